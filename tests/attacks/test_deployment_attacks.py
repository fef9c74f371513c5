"""A genuine report for something else: another addon, image, commit, policy, place or time."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from odoo_gate.attest import Source
from odoo_gate.errors import ExitCode

NOW = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)
COMMIT = "4be1c2d97a01f7e3c5a9e0b7a2f4d19cc01f2a3b"
OTHER = "sha256:" + "e" * 64


def refused_for(verification: Any) -> list[str]:
    """The names of what did not hold; the exit code is the one of a refusal."""
    assert verification.exit_code is ExitCode.INVALID
    return [examined.name for examined in verification.examined if not examined.held]


def test_one_byte_of_an_addon(go: Any) -> None:
    listing = go.deployment.addons_listing
    assert refused_for(go.verify(addons_listing=listing.replace(b"1  ", b"2  ", 1))) == ["addons"]


def test_the_files_that_differ_are_named(go: Any) -> None:
    listing = go.deployment.addons_listing.replace(b"1  ", b"2  ", 1) + b"%064d  addons/x.py\n" % 3
    refused = next(e for e in go.verify(addons_listing=listing).examined if e.name == "addons")
    assert refused.detail.endswith("judged: addons/job_costing/__init__.py, addons/x.py")
    go.file("addons.sha256").write_bytes(b"0  lies\n")
    refused = next(e for e in go.verify(addons_listing=listing).examined if e.name == "addons")
    assert refused.detail.endswith("that were judged")


def test_a_file_added_to_an_addon(go: Any) -> None:
    listing = go.deployment.addons_listing + b"%064d  addons/job_costing/models.py\n" % 3
    assert refused_for(go.verify(addons_listing=listing)) == ["addons"]


def test_no_addons_at_all(go: Any) -> None:
    assert refused_for(go.verify(addons_listing=b"")) == ["addons"]


@pytest.mark.parametrize("role", ["odoo", "postgres", "redis"])
def test_another_image(go: Any, role: str) -> None:
    assert refused_for(go.verify(images={**go.deployment.images, role: OTHER})) == [f"image {role}"]


def test_images_in_each_others_place(go: Any) -> None:
    images = dict(go.deployment.images)
    images["odoo"], images["redis"] = images["redis"], images["odoo"]
    assert refused_for(go.verify(images=images)) == ["image odoo", "image redis"]


def test_an_image_that_was_never_judged(go: Any) -> None:
    assert refused_for(go.verify(images={**go.deployment.images, "nginx": OTHER})) == ["image nginx"]


@pytest.mark.parametrize(
    "source", [Source("f" * 40), Source(""), Source("4be1c2d97a01f7e3c5a9e0b7a2f4d19cc01f2a3b", True)]
)
def test_another_commit_or_changes_on_top_of_it(go: Any, source: Source) -> None:
    assert refused_for(go.verify(source=source)) == ["source"]


def test_another_environment(go: Any) -> None:
    assert refused_for(go.verify(environment="qa")) == ["environment"]


def test_a_go_for_development_used_for_production(development_go: Any) -> None:
    assert refused_for(development_go.verify(environment="production")) == ["environment"]


def test_a_weaker_policy_at_the_gate_than_at_the_deploy_job(go: Any) -> None:
    stricter = go.deployment.policy.replace(b'"tests.*"', b'"tests.*", "load.*"')
    assert refused_for(go.verify(policy=stricter)) == ["policy", "verdict"]


def test_one_byte_of_the_policy(go: Any) -> None:
    assert "policy" in refused_for(go.verify(policy=go.deployment.policy + b" "))


@pytest.mark.parametrize(
    ("unsaid", "refused", "flag"),
    [
        ({"environment": None}, ["environment"], "--environment"),
        ({"policy": None}, ["policy", "verdict"], "--policy"),
        ({"addons_listing": None}, ["addons"], "--addons"),
        ({"source": None}, ["source"], "--source"),
        ({"images": {}}, ["image odoo", "image postgres", "image redis"], "--image odoo=sha256:"),
    ],
)
def test_what_the_caller_does_not_say_is_a_refusal(
    go: Any, unsaid: dict[str, Any], refused: list[str], flag: str
) -> None:
    verification = go.verify(**unsaid)
    assert refused_for(verification) == refused
    assert any(flag in examined.detail for examined in verification.examined if not examined.held)


def test_a_go_that_has_run_out(go: Any) -> None:
    late = NOW + timedelta(hours=23, minutes=55)
    assert go.verify(now=late - timedelta(seconds=1), max_age=None).exit_code is ExitCode.GO
    assert refused_for(go.verify(now=late, max_age=None)) == ["age"]


def test_older_than_the_caller_accepts(go: Any) -> None:
    assert go.verify(now=NOW, max_age=timedelta(minutes=5)).exit_code is ExitCode.GO
    assert refused_for(go.verify(now=NOW, max_age=timedelta(minutes=4))) == ["age"]


def test_judged_in_the_future(go: Any) -> None:
    assert refused_for(go.verify(now=NOW - timedelta(minutes=6))) == ["age"]
