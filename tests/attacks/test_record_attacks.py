"""The record bent: a line changed, dropped, moved or cut; an old GO shown after a newer NO-GO."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from odoo_gate.attest.record import FIRST, Record
from odoo_gate.attest.statement import read_statement
from odoo_gate.errors import ExitCode, VerificationError

NOW = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)


@pytest.fixture
def record(tmp_path: Path) -> Record:
    return Record(tmp_path / "record.jsonl")


def remember(record: Record, run: Any, later: timedelta = timedelta()) -> None:
    """Add a run's verdict, as if it had been judged `later` than it was."""
    payload = run.file("readiness.json").read_bytes()
    statement = read_statement(payload)
    predicate = statement.predicate.model_copy(update={"judged_on": statement.predicate.judged_on + later})
    record.append("judged", statement.model_copy(update={"predicate": predicate}), payload, NOW)


def test_verifications_are_recorded_one_after_the_other(go: Any, record: Record) -> None:
    assert go.verify(record=record).exit_code is ExitCode.GO
    assert go.verify(record=record, environment="qa").exit_code is ExitCode.INVALID
    first, second = record.entries()
    assert (first.event, first.previous, first.detail) == ("verified", FIRST, "")
    assert (second.event, second.detail) == ("refused", "environment")
    assert record.head not in (FIRST, first.previous, second.previous)


def test_an_old_go_after_a_newer_no_go(go: Any, no_go: Any, record: Record) -> None:
    remember(record, no_go, timedelta(minutes=1))
    verification = go.verify(record=record)
    assert verification.exit_code is ExitCode.INVALID
    assert [e.name for e in verification.examined if not e.held] == ["record"]


@pytest.mark.parametrize("later", [timedelta(), -timedelta(hours=1)], ids=["the same moment", "earlier"])
def test_a_no_go_that_is_not_newer_supersedes_nothing(go: Any, no_go: Any, record: Record, later: timedelta) -> None:
    remember(record, no_go, later)
    assert go.verify(record=record).exit_code is ExitCode.GO


def test_a_newer_go_or_an_inconclusive_run_supersedes_nothing(go: Any, inconclusive: Any, record: Record) -> None:
    remember(record, go, timedelta(minutes=1))
    remember(record, inconclusive, timedelta(minutes=1))
    assert go.verify(record=record).exit_code is ExitCode.GO


BENT: dict[str, Callable[[list[bytes]], list[bytes]]] = {
    "a word changed": lambda lines: [lines[0].replace(b"NO-GO", b"GO"), *lines[1:]],
    "the first dropped": lambda lines: lines[1:],
    "one in the middle dropped": lambda lines: [lines[0], *lines[2:]],
    "two exchanged": lambda lines: [lines[1], lines[0], *lines[2:]],
    "one repeated": lambda lines: [lines[0], *lines],
    "the last cut": lambda lines: [*lines[:-1], lines[-1][:-20]],
    "garbage": lambda lines: [*lines, b"\x00{"],
    "a duplicate key": lambda lines: [*lines, lines[-1][:-1] + b',"run":"x"}'],
}


@pytest.mark.parametrize("how", BENT)
def test_a_record_that_was_changed(go: Any, no_go: Any, record: Record, how: str) -> None:
    for later in range(3):
        remember(record, no_go, timedelta(minutes=later))
    lines = record.path.read_bytes().split(b"\n")[:-1]
    record.path.write_bytes(b"\n".join(BENT[how](lines)) + b"\n")
    with pytest.raises(VerificationError, match="record"):
        record.entries()
    verification = go.verify(record=record)
    assert verification.exit_code is ExitCode.INVALID
    assert [e.name for e in verification.examined if not e.held] == ["record"]


def test_a_record_without_its_last_newline(no_go: Any, record: Record) -> None:
    remember(record, no_go)
    record.path.write_bytes(record.path.read_bytes().rstrip(b"\n"))
    with pytest.raises(VerificationError, match="cut off"):
        record.entries()


def test_whole_lines_cut_off_the_end_show_in_the_digest(no_go: Any, record: Record) -> None:
    remember(record, no_go)
    remember(record, no_go)
    kept = record.head
    record.path.write_bytes(record.path.read_bytes().split(b"\n")[0] + b"\n")
    assert record.head != kept
