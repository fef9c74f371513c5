"""The CA bundle a build gets is the one pip on this machine would use."""

from __future__ import annotations

from pathlib import Path

import pytest

from odoo_gate.errors import ImageError
from odoo_gate.stack.pip_ca import ca_bundle


@pytest.fixture
def system(tmp_path: Path) -> tuple[Path, ...]:
    (tmp_path / "system.pem").write_bytes(b"system")
    return tmp_path / "absent.pem", tmp_path / "system.pem"


def test_the_systems_bundle_when_no_variable_names_one(system: tuple[Path, ...]) -> None:
    assert ca_bundle({}, system) == b"system"


def test_pips_own_variable_wins(tmp_path: Path, system: tuple[Path, ...]) -> None:
    env = {}
    for variable in ("SSL_CERT_FILE", "REQUESTS_CA_BUNDLE", "PIP_CERT"):
        (tmp_path / variable).write_bytes(variable.encode())
        env[variable] = str(tmp_path / variable)
        assert ca_bundle(env, system) == variable.encode()


def test_an_empty_variable_counts_as_unset(system: tuple[Path, ...]) -> None:
    assert ca_bundle({"PIP_CERT": ""}, system) == b"system"


def test_a_bundle_that_cannot_be_read_is_not_passed_over(tmp_path: Path, system: tuple[Path, ...]) -> None:
    with pytest.raises(ImageError, match="No such file") as caught:
        ca_bundle({"SSL_CERT_FILE": str(tmp_path / "gone.pem")}, system)
    assert "SSL_CERT_FILE" in caught.value.hint


def test_no_bundle_at_all_is_empty(tmp_path: Path) -> None:
    assert ca_bundle({}, (tmp_path / "absent.pem",)) == b""
