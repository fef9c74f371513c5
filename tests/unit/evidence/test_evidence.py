"""Evidence: what is written is read back; what is cut off or damaged never looks whole."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone
from itertools import permutations
from pathlib import Path

import pytest

from odoo_gate.errors import ExitCode
from odoo_gate.evidence import (
    EVIDENCE_READABLE,
    MAX_TEXT,
    EvidenceError,
    EvidenceWriter,
    collect_evidence,
    find_evidence,
    merge,
    read_evidence,
)
from odoo_gate.model import CheckResult, Finding, Metric, Outcome, Place, Severity

NOW = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)


def result(check: str = "modules.manifest", target: str = "job_costing", outcome: str = "passed") -> CheckResult:
    state = Outcome(outcome)
    return CheckResult(check, target, state, NOW, 1.5, reason="" if state is Outcome.PASSED else f"{outcome} because")


COMPLETE = result("run.complete", "")


def write(path: Path, *results: CheckResult) -> Path:
    writer = EvidenceWriter(path)
    for each in results:
        writer.write(each)
    return path


def test_every_field_survives_the_file(tmp_path: Path) -> None:
    rich = CheckResult(
        check="tests.post-install",
        target="/job_costing:TestCost.test_total",
        outcome=Outcome.FAILED,
        started=NOW,
        duration=0.25,
        reason="AssertionError: 1 != 2\n<script>alert(1)</script> \u202e",
        findings=(
            Finding("wrong-total", "the total is off", Severity.ERROR, Place("addons/x.py", 3), "add them up"),
            Finding("slow", "slow", Severity.NOTE),
        ),
        metrics=(Metric("queries", 42, "1"),),
        artifacts=("artifacts/shot.png",),
    )
    path = write(tmp_path / "evidence.jsonl", rich, COMPLETE)
    assert read_evidence([path]) == [rich, COMPLETE]


def test_times_are_written_in_utc(tmp_path: Path) -> None:
    local = CheckResult("a.b", "", Outcome.PASSED, NOW.astimezone(timezone(timedelta(hours=2))), 0.0)
    path = write(tmp_path / "evidence.jsonl", local)
    assert b"2026-11-21T12:00:00Z" in path.read_bytes()


def test_text_that_was_never_text_is_written_readably(tmp_path: Path) -> None:
    odd = CheckResult("a.b", "x\udcff", Outcome.FAILED, NOW, 0.0, reason="bytes \udc80 in a log")
    path = write(tmp_path / "evidence.jsonl", odd, COMPLETE)
    assert read_evidence([path])[0].reason == "bytes \ufffd in a log"


def test_a_huge_reason_keeps_its_ends_and_says_what_is_left_out(tmp_path: Path) -> None:
    huge = CheckResult("a.b", "", Outcome.FAILED, NOW, 0.0, reason="first" + "x" * (MAX_TEXT - 2) + "last")
    path = write(tmp_path / "evidence.jsonl", huge, COMPLETE)
    kept = read_evidence([path])[0].reason
    assert kept.startswith("first")
    assert kept.endswith("last")
    assert "\n… 107 characters left out …\n" in kept
    assert len(kept) <= MAX_TEXT


@pytest.mark.parametrize(
    ("damage", "fault"),
    [
        (lambda data: data[:-5], r"last line \(3\) is cut off"),
        (lambda data: data[: data.rindex(b'{"version"')], "holds no run.complete"),
        (lambda _: b"", "empty"),
        (lambda data: b"\n" + data, "line 1 is not evidence"),
        (lambda data: data.replace(b'"version":1', b'"version":2', 1), "line 1 is not evidence: version"),
        (
            lambda data: data.replace(b'"duration":1.5', b'"duration":NaN', 1),
            "line 1 is not evidence: it holds NaN",
        ),
        (
            lambda data: data.replace(b'"duration":1.5', b'"duration":-1.0', 1),
            "line 1 is not evidence: result.duration",
        ),
        (lambda data: data.replace(b'"target":', b'"target":"a","target":', 1), "appears twice"),
        (lambda data: data.replace(b'"target":', b'"extra":1,"target":', 1), "result.extra"),
        (
            lambda data: data.replace(b'"failed"', b'"skipped"', 1).replace(b"failed because", b"", 1),
            "without a reason",
        ),
        (lambda data: data.replace(b"12:00:00Z", b"12:00:00", 1), "line 1 is not evidence: result.started"),
        (lambda data: data.replace(b'"passed"', b'"PASSED"', 1), "line 2 is not evidence: result.outcome"),
    ],
)
def test_damaged_evidence_is_never_taken_for_whole(tmp_path: Path, damage: object, fault: str) -> None:
    path = write(tmp_path / "evidence.jsonl", result(outcome="failed"), result(target="b"), COMPLETE)
    path.write_bytes(damage(path.read_bytes()))  # type: ignore[operator]
    with pytest.raises(EvidenceError, match=fault) as caught:
        read_evidence([path])
    assert caught.value.exit_code is ExitCode.INCONCLUSIVE

    collected = collect_evidence(tmp_path, at=NOW)
    broken = [each for each in collected if each.check == EVIDENCE_READABLE]
    assert [each.outcome for each in broken] == [Outcome.ERRORED]


def test_what_a_killed_run_had_found_is_kept(tmp_path: Path) -> None:
    path = write(tmp_path / "evidence.jsonl", result(outcome="failed"), result(target="b"))
    path.write_bytes(path.read_bytes()[:-9])
    checks = [each.check for each in collect_evidence(tmp_path, at=NOW)]
    assert checks == ["modules.manifest", EVIDENCE_READABLE]


def test_no_evidence_file_is_an_error_of_its_own(tmp_path: Path) -> None:
    (only,) = collect_evidence(tmp_path, at=NOW)
    assert (only.check, only.outcome) == (EVIDENCE_READABLE, Outcome.ERRORED)


def test_a_missing_file_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(EvidenceError, match="cannot be read"):
        read_evidence([tmp_path / "evidence.jsonl"])


def test_one_cut_off_session_is_seen_beside_a_whole_one(tmp_path: Path) -> None:
    write(tmp_path / "evidence-tests.jsonl", result(), COMPLETE)
    write(tmp_path / "shard" / "evidence-load.jsonl", result("load.steady", ""))
    broken = [each for each in collect_evidence(tmp_path, at=NOW) if each.check == EVIDENCE_READABLE]
    assert [each.target for each in broken] == ["shard/evidence-load.jsonl"]


def test_merging_keeps_the_worst_of_each_check_and_target(tmp_path: Path) -> None:
    first = write(tmp_path / "1" / "evidence.jsonl", result(), result(target="b", outcome="failed"), COMPLETE)
    second = write(tmp_path / "2" / "evidence.jsonl", result(outcome="errored"), result(target="b"), COMPLETE)
    merged = {each.target: each.outcome for each in read_evidence([first, second])}
    assert merged == {"job_costing": Outcome.ERRORED, "b": Outcome.FAILED, "": Outcome.PASSED}
    assert find_evidence(tmp_path) == [first, second]


@pytest.mark.parametrize("order", list(permutations(("failed", "errored", "skipped", "passed"))))
def test_what_did_not_pass_is_kept_in_whatever_order_it_came(order: tuple[str, ...]) -> None:
    kept = {str(each.outcome) for each in merge(result(outcome=outcome) for outcome in order)}
    assert kept == {"failed", "errored", "skipped"}


def test_two_failures_of_one_check_and_target_are_two() -> None:
    first, second = (replace(result(outcome="failed"), findings=(Finding("r", said),)) for said in ("this", "that"))
    assert merge([first, second]) == [first, second]


def test_the_same_said_again_by_another_shard_is_one() -> None:
    for outcome in Outcome:
        once = result(outcome=outcome)
        assert merge([once, replace(once, started=NOW + timedelta(minutes=1), duration=9.0)]) == [once]


def test_a_duration_that_is_no_duration_is_refused_on_writing(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="duration"):
        write(tmp_path / "evidence.jsonl", CheckResult("a.b", "", Outcome.PASSED, NOW, float("nan")))
