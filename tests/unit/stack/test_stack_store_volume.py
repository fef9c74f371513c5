"""When the data of a server that ran with fsync off may be used again."""

from __future__ import annotations

import pytest

from odoo_gate.stack.store_volumes import VolumeState, is_trustworthy

RAN = VolumeState(ready=True, clean=False, boot="boot-1")


def test_killed_container_on_a_host_that_stayed_up_lost_nothing() -> None:
    assert is_trustworthy(RAN, "boot-1", "in production")


def test_a_host_that_went_down_may_have_lost_pages() -> None:
    assert not is_trustworthy(RAN, "boot-2", "in production")


def test_an_orderly_shutdown_survives_a_reboot() -> None:
    assert is_trustworthy(RAN, "boot-2", "shut down")


@pytest.mark.parametrize("control", ["shut down in recovery", "shutting down", "in crash recovery", "starting up"])
def test_any_other_state_after_a_reboot_is_not_trusted(control: str) -> None:
    assert not is_trustworthy(RAN, "boot-2", control)


def test_a_data_directory_that_was_never_finished_is_not_trusted() -> None:
    assert not is_trustworthy(VolumeState(ready=False, boot="boot-1"), "boot-1", "shut down")


def test_a_data_directory_that_cannot_be_read_is_not_trusted() -> None:
    assert not is_trustworthy(RAN, "boot-1", "")
