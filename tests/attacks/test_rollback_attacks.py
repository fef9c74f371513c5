"""The package that takes a release back: bent, of another project, never rehearsed."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest

from odoo_gate.attest import KeySigner, new_signer
from odoo_gate.attest.rollback import BackupV1, open_rollback, rollback_files
from odoo_gate.errors import GateError, UsageError, VerificationError
from odoo_gate.model import CheckResult, Metric, Outcome

NOW = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)
BACKUP = BackupV1(reference="s3://backups/before.dump", sha256="b" * 64)
REHEARSED = CheckResult(
    "recovery.rollback", "", Outcome.PASSED, NOW, 60.0, metrics=(Metric("rollback", 312, "s"),)
)  # fmt: skip


@pytest.fixture
def key() -> KeySigner:
    return new_signer()


def bundle(run: Any) -> bytes:
    return bytes(run.file("readiness.sigstore.json").read_bytes())


@pytest.fixture
def pair(signed: Callable[..., Any], key: KeySigner) -> tuple[bytes, bytes]:
    candidate = signed("", REHEARSED, name="new", signer=key)
    return bundle(candidate), bundle(signed("", name="old", signer=key))


@pytest.fixture
def package(pair: tuple[bytes, bytes], key: KeySigner) -> dict[str, bytes]:
    return rollback_files(*pair, BACKUP, key, key.public_key, NOW)


def test_a_package_says_the_way_back(package: dict[str, bytes], key: KeySigner) -> None:
    back = open_rollback(package, key.public_key)
    assert (back.candidate.run, back.previous.run, back.backup, back.method) == ("new", "old", BACKUP, "restore")
    assert [(m.name, m.value, m.unit) for m in back.rehearsed] == [("rollback", 312.0, "s")]
    assert package["images.env"].startswith(b"ODOO=sha256:aaaa")


@pytest.mark.parametrize(
    "name",
    ["rollback.json", "rollback.sigstore.json", "previous.sigstore.json", "candidate.sigstore.json", "images.env"],
)
def test_any_file_of_it_bent_or_gone(package: dict[str, bytes], key: KeySigner, name: str) -> None:
    for data in (package[name][:-2], package[name].replace(b"a", b"b", 1), b""):
        with pytest.raises(VerificationError):
            open_rollback({**package, name: data}, key.public_key)
    with pytest.raises(VerificationError, match="lacks"):
        open_rollback({other: data for other, data in package.items() if other != name}, key.public_key)


def test_the_releases_swapped(package: dict[str, bytes], key: KeySigner) -> None:
    swapped = {
        **package,
        "previous.sigstore.json": package["candidate.sigstore.json"],
        "candidate.sigstore.json": package["previous.sigstore.json"],
    }
    with pytest.raises(VerificationError):
        open_rollback(swapped, key.public_key)


def test_somebody_else_signed_it(pair: tuple[bytes, bytes], key: KeySigner) -> None:
    forged = rollback_files(*pair, BACKUP, new_signer(), key.public_key, NOW)
    with pytest.raises(VerificationError):
        open_rollback(forged, key.public_key)


def test_a_way_back_that_nobody_rehearsed(pair: tuple[bytes, bytes], key: KeySigner) -> None:
    _, old = pair
    with pytest.raises(UsageError, match=r"no recovery\.rollback"):
        rollback_files(old, old, BACKUP, key, key.public_key, NOW)


def test_back_to_what_was_no_go(signed: Callable[..., Any], pair: tuple[bytes, bytes], key: KeySigner) -> None:
    broken = CheckResult("tests.at-install", "/a:T.t", Outcome.FAILED, NOW, 1.0, "1 != 2")
    with pytest.raises(UsageError, match="says NO-GO"):
        rollback_files(pair[0], bundle(signed("", broken, name="b", signer=key)), BACKUP, key, key.public_key, NOW)


def test_back_to_another_environment(signed: Callable[..., Any], pair: tuple[bytes, bytes], key: KeySigner) -> None:
    other = bundle(signed("", name="dev", signer=key, environment="development"))
    with pytest.raises(UsageError, match="not taken back"):
        rollback_files(pair[0], other, BACKUP, key, key.public_key, NOW)


def test_a_report_that_is_not_genuine(pair: tuple[bytes, bytes], key: KeySigner) -> None:
    with pytest.raises(GateError):
        rollback_files(pair[0], pair[1], BACKUP, key, new_signer().public_key, NOW)
