"""Evidence: one JSON line a check result, written as it happens, read strictly, merged by concatenation.

A line is `{"version": 1, "result": {...}}`. The last thing a session writes is its `run.complete` result; a
file without it, or with a line that cannot be read, comes from a run that was cut off, and that shows when it
is judged.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path, PurePosixPath
from typing import Annotated, Literal

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, ValidationError

from odoo_gate.errors import ExitCode, GateError
from odoo_gate.model import CheckResult, Finding, Metric, Outcome, Place, Severity
from odoo_gate.strict_json import read_json

EVIDENCE = "evidence.jsonl"
"""The file of a run folder that holds what a run of pytest found."""

RUN_COMPLETE = "run.complete"
"""The check every evidence file must hold: whether all that was selected came to an end."""

EVIDENCE_READABLE = "run.evidence-readable"
"""The check that errs, by `collect_evidence`, for every evidence file that is not whole."""

ARTIFACT_KEPT = "run.artifact-kept"
"""The check that errs, by `collect_evidence`, for every artifact that a result names and that is gone."""

MAX_LINE_BYTES = 4 * 1024 * 1024
MAX_TEXT = 8_000
"""Characters kept of one reason or message: enough for a traceback, too few to drown a report."""
_KEPT_HEAD, _KEPT_TAIL = 5_000, 2_900
"""With the line that stands between them less than MAX_TEXT, so that nothing is cut twice."""


class EvidenceError(GateError):
    """An evidence file is missing, damaged or cut off: nothing can be concluded from the run."""

    exit_code = ExitCode.INCONCLUSIVE


class _Wire(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", strict=True, allow_inf_nan=False)


class PlaceV1(_Wire):
    path: str
    line: int | None = None


class FindingV1(_Wire):
    rule: str
    message: str
    severity: Severity
    place: PlaceV1 | None = None
    remedy: str = ""


class MetricV1(_Wire):
    name: str
    value: float
    unit: str


class CheckResultV1(_Wire):
    """Version 1 of a check result on disk and in a signed statement, so that `model` may change freely."""

    check: str
    target: str
    outcome: Outcome
    started: AwareDatetime
    duration: Annotated[float, Field(ge=0)]
    reason: str = ""
    findings: tuple[FindingV1, ...] = ()
    metrics: tuple[MetricV1, ...] = ()
    artifacts: tuple[str, ...] = ()

    @classmethod
    def of(cls, result: CheckResult) -> CheckResultV1:
        """The versioned form of `result`, its texts made safe to encode and cut at MAX_TEXT."""
        return cls(
            check=result.check,
            target=encodable(result.target),
            outcome=result.outcome,
            started=result.started.astimezone(UTC),
            duration=_seconds(result),
            reason=_short(result.reason),
            findings=tuple(_finding_v1(finding) for finding in result.findings),
            metrics=tuple(MetricV1(name=m.name, value=m.value, unit=m.unit) for m in result.metrics),
            artifacts=tuple(encodable(path) for path in result.artifacts),
        )

    def to_result(self) -> CheckResult:
        """Raises ValueError when the line states what no result can be (a skip without a reason)."""
        try:
            started = self.started.astimezone(UTC)
        except OverflowError as error:
            raise ValueError(f"started is {self.started}") from error
        return CheckResult(
            check=self.check,
            target=self.target,
            outcome=self.outcome,
            started=started,
            duration=self.duration,
            reason=self.reason,
            findings=tuple(_finding(finding) for finding in self.findings),
            metrics=tuple(Metric(m.name, m.value, m.unit) for m in self.metrics),
            artifacts=self.artifacts,
        )


class EvidenceLineV1(_Wire):
    """A line of an evidence file."""

    version: Literal[1]
    result: CheckResultV1


class EvidenceWriter:
    """Appends results to one file, a line each, so that a killed run leaves all it had found."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def write(self, result: CheckResult) -> None:
        """Append `result` in one write. Raises OSError when the disk refuses it."""
        line = EvidenceLineV1(version=1, result=CheckResultV1.of(result)).model_dump_json(ensure_ascii=True)
        self.path.parent.mkdir(parents=True, exist_ok=True)
        with self.path.open("ab") as file:
            file.write(line.encode("ascii") + b"\n")


def find_evidence(run_folder: Path) -> list[Path]:
    """The files `evidence.jsonl` and `evidence-<session>.jsonl` at any depth of a run folder, sorted."""
    return sorted(run_folder.rglob("evidence*.jsonl"))


def read_evidence(paths: Iterable[Path]) -> list[CheckResult]:
    """Every result of every file, merged.

    Raises EvidenceError at the first file that is missing, damaged, empty or without `run.complete`.
    """
    results: list[CheckResult] = []
    for path in paths:
        found, fault = _read_file(path)
        if fault:
            raise EvidenceError(f"{path}: {fault}", hint="run the checks again: this run is not whole")
        results.extend(found)
    return merge(results)


def collect_evidence(run_folder: Path, *, at: datetime) -> list[CheckResult]:
    """Every result below `run_folder`, merged; what is wrong with a file becomes an errored result.

    Such a result is dated `at`: a `run.evidence-readable` for an evidence file that is not whole (what can be
    read of it is kept, so that a failure found before the damage still shows), a `run.artifact-kept` for an
    artifact that is not there. Artifacts are looked for beside the evidence file that names them, and come
    back relative to `run_folder`.
    """
    paths = find_evidence(run_folder)
    if not paths:
        return [_errored(EVIDENCE_READABLE, "", "the run left no evidence file at all", at)]
    results: list[CheckResult] = []
    for path in paths:
        name = path.relative_to(run_folder)
        found, fault = _read_file(path)
        results.extend(_artifacts_below(result, name.parent) for result in found)
        if fault:
            reason = f"{name.as_posix()}: {fault}"
            results.append(_errored(EVIDENCE_READABLE, name.as_posix(), reason, at))
    lost = sorted({name for result in results for name in result.artifacts if not _is_kept(run_folder, name)})
    results.extend(
        _errored(ARTIFACT_KEPT, name, f"{name} is named by a result and is not in the run folder", at) for name in lost
    )
    return merge(results)


def merge(results: Iterable[CheckResult]) -> list[CheckResult]:
    """Whatever did not pass, each once; one pass of a check and target, where it is all that was reported of them.

    No result hides another, in whatever order they come: what excuses one (a waiver, an allowed skip) says nothing of
    the next. Two are the same when outcome, reason and findings are; the first of them is kept.
    """
    known = list(results)
    troubled = {(result.check, result.target) for result in known if result.outcome is not Outcome.PASSED}
    kept: dict[tuple[object, ...], CheckResult] = {}
    for result in known:
        name = (result.check, result.target)
        if result.outcome is not Outcome.PASSED:
            kept.setdefault((*name, result.outcome, result.reason, result.findings), result)
        elif name not in troubled:
            kept.setdefault(name, result)
    return list(kept.values())


def _read_file(path: Path) -> tuple[list[CheckResult], str]:
    """The results of one file up to its first fault, and that fault in a sentence (empty: none)."""
    try:
        data = path.read_bytes()
    except OSError as error:
        return [], f"it cannot be read: {error.strerror}"
    if not data:
        return [], "it is empty"
    results: list[CheckResult] = []
    *lines, rest = data.split(b"\n")
    for number, line in enumerate(lines, start=1):
        try:
            results.append(_read_line(line))
        except ValueError as error:
            return results, f"line {number} is not evidence: {error}"
    if rest:
        return results, f"its last line ({len(lines) + 1}) is cut off"
    if all(result.check != RUN_COMPLETE for result in results):
        return results, f"it holds no {RUN_COMPLETE} result: the session did not come to its end"
    return results, ""


def _read_line(line: bytes) -> CheckResult:
    try:
        read_json(line, max_bytes=MAX_LINE_BYTES)
        return EvidenceLineV1.model_validate_json(line).result.to_result()
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        place = ".".join(str(part) for part in first["loc"])
        raise ValueError(f"{place or 'the line'}: {first['msg']}") from error


def _artifacts_below(result: CheckResult, folder: Path) -> CheckResult:
    if not result.artifacts or folder == Path():
        return result
    return replace(result, artifacts=tuple((folder / name).as_posix() for name in result.artifacts))


def _is_kept(run_folder: Path, name: str) -> bool:
    path = PurePosixPath(name)
    return not path.is_absolute() and ".." not in path.parts and (run_folder / path).is_file()


def _errored(check: str, target: str, reason: str, at: datetime) -> CheckResult:
    return CheckResult(check, target, Outcome.ERRORED, started=at, duration=0.0, reason=reason)


def encodable(text: str) -> str:
    """`text` with halves of surrogate pairs replaced: Odoo's logs may hold bytes that were never text."""
    return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")


def _short(text: str) -> str:
    text = encodable(text)
    if len(text) <= MAX_TEXT:
        return text
    left_out = len(text) - _KEPT_HEAD - _KEPT_TAIL
    return f"{text[:_KEPT_HEAD]}\n… {left_out} characters left out …\n{text[-_KEPT_TAIL:]}"


def _seconds(result: CheckResult) -> float:
    if not math.isfinite(result.duration) or result.duration < 0:
        raise ValueError(f"{result.check}: a duration of {result.duration} s")
    return result.duration


def _finding_v1(finding: Finding) -> FindingV1:
    place = finding.place
    return FindingV1(
        rule=encodable(finding.rule),
        message=_short(finding.message),
        severity=finding.severity,
        place=PlaceV1(path=encodable(place.path), line=place.line) if place else None,
        remedy=_short(finding.remedy),
    )


def _finding(wire: FindingV1) -> Finding:
    return Finding(
        rule=wire.rule,
        message=wire.message,
        severity=wire.severity,
        place=Place(wire.place.path, wire.place.line) if wire.place else None,
        remedy=wire.remedy,
    )
