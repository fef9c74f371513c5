"""The gate's own key: rotated, revoked, for another environment; and a trust file of the day before yesterday."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import people
import pytest

from odoo_gate.attest import new_signer, verify
from odoo_gate.attest.record import Record
from odoo_gate.attest.trust import Trust, load_trust
from odoo_gate.errors import ExitCode, SettingsError

NOW = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)
FROM, UNTIL = "valid_from = 2026-01-01T00:00:00Z\n", "valid_until = 2027-01-01T00:00:00Z\n"
ROTATED = f"{FROM}valid_until = 2026-11-21T18:00:00Z\n"
REVOKED = f"{FROM}{UNTIL}revoked = 2026-11-22T00:00:00Z\n"


def trust_of(run: Any, *more: str, serial: int = 1, **gate: str) -> Trust:
    return people.trust_of({}, {}, people.gate("main", run.signer, **gate), *more, serial=serial)


def by_trust(run: Any, trust: Trust, now: datetime = NOW, **other: Any) -> Any:
    """Verified by the gates of the trust file alone, with no key of the caller's."""
    from dataclasses import replace

    return verify(run.folder, replace(run.deployment, trust=trust, **other), None, now)


def refused(verification: Any) -> list[str]:
    assert verification.exit_code is ExitCode.INVALID
    return [examined.name for examined in verification.examined if not examined.held]


def test_a_gate_of_the_trust_file(go: Any) -> None:
    other = people.gate("old", new_signer())
    assert by_trust(go, trust_of(go, other)).exit_code is ExitCode.GO
    assert go.verify(trust=trust_of(go, other)).exit_code is ExitCode.GO


def test_no_gate_and_no_key(go: Any) -> None:
    nobody = people.trust_of({"anna": "finance"}, {"anna": new_signer()})
    assert refused(by_trust(go, nobody)) == ["bundle"]


def test_a_gate_that_nobody_trusts(go: Any) -> None:
    other = people.trust_of({}, {}, people.gate("main", new_signer()))
    assert refused(by_trust(go, other)) == ["signature"]
    assert refused(go.verify(trust=other)) == ["key"]


def test_a_person_who_signs_a_report(go: Any) -> None:
    anna = new_signer()
    go.put_statement(go.statement(), anna)
    trust = people.trust_of({"anna": "finance"}, {"anna": anna}, people.gate("main", go.signer))
    assert refused(by_trust(go, trust)) == ["signature"]


def test_a_gate_for_another_environment(go: Any) -> None:
    assert refused(by_trust(go, trust_of(go, environments='"qa"'))) == ["key"]


def test_a_rotated_key_still_counts_for_what_it_signed_before(go: Any) -> None:
    new = people.gate("new", new_signer())
    assert by_trust(go, trust_of(go, new, dates=ROTATED), NOW + timedelta(hours=8)).exit_code is ExitCode.GO


def test_a_rotated_key_signs_no_more(go: Any) -> None:
    gone = f"{FROM}valid_until = 2026-11-21T11:00:00Z\n"
    assert refused(by_trust(go, trust_of(go, dates=gone))) == ["key"]


def test_a_key_that_is_not_yet_good(go: Any) -> None:
    soon = f"valid_from = 2026-11-22T00:00:00Z\n{UNTIL}"
    assert refused(by_trust(go, trust_of(go, dates=soon))) == ["key"]


def test_a_revoked_key_never_counts(go: Any) -> None:
    """Not even for what it says that it signed before: it says so itself."""
    trust = trust_of(go, dates=REVOKED)
    assert refused(go.verify(trust=trust)) == ["key"]
    assert refused(by_trust(go, trust)) == ["bundle"]


def test_an_older_trust_file_in_place_of_the_newer(go: Any, tmp_path: Path) -> None:
    record = Record(tmp_path / "record.jsonl")
    assert by_trust(go, trust_of(go, serial=7), record=record).exit_code is ExitCode.GO
    assert by_trust(go, trust_of(go, serial=7), record=record).exit_code is ExitCode.GO
    assert refused(by_trust(go, trust_of(go, serial=6), record=record)) == ["trust file"]
    assert refused(by_trust(go, trust_of(go, serial=0), record=record)) == ["trust file"]
    assert by_trust(go, trust_of(go, serial=8), record=record).exit_code is ExitCode.GO
    assert refused(by_trust(go, trust_of(go, serial=7), record=record)) == ["trust file"]


def test_another_trust_file_with_the_same_serial(go: Any, tmp_path: Path) -> None:
    record = Record(tmp_path / "record.jsonl")
    assert by_trust(go, trust_of(go, serial=7), record=record).exit_code is ExitCode.GO
    mallory = people.person("mallory", "finance", new_signer())
    assert refused(by_trust(go, trust_of(go, mallory, serial=7), record=record)) == ["trust file"]


def test_a_refused_trust_file_is_not_the_newest(go: Any, tmp_path: Path) -> None:
    """Who hands in a file with a huge serial and the wrong content must not lock the right one out."""
    record = Record(tmp_path / "record.jsonl")
    assert by_trust(go, trust_of(go, serial=2), record=record).exit_code is ExitCode.GO
    wrong = people.trust_of({}, {}, people.gate("main", new_signer()), serial=10**6)
    assert refused(by_trust(go, wrong, record=record)) == ["signature"]
    assert by_trust(go, trust_of(go, serial=2), record=record).exit_code is ExitCode.GO


@pytest.mark.parametrize(
    "line",
    ["serial = -1", "serial = 1.0", 'serial = "2"', "serial = true", 'digest = "x"', "[gates]", "gates = []"],
)
def test_a_malformed_trust_file(line: str) -> None:
    with pytest.raises(SettingsError):
        load_trust(f"version = 1\n{line}\n".encode())


def test_a_gate_and_a_person_with_one_key() -> None:
    signer = new_signer()
    with pytest.raises(SettingsError, match="have the same key"):
        people.trust_of({"anna": "finance"}, {"anna": signer}, people.gate("main", signer))
