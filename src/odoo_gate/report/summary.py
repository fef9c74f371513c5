"""A run as Markdown: what a CI job's summary page, a merge request or a chat message shows of it. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from odoo_gate.model import CheckResult, Finding, Outcome, Reason, Severity, Status, Verdict
from odoo_gate.report.families import FAMILIES, question, who_acts
from odoo_gate.report.text import visible

SUMMARY = "summary.md"
"""The file of a run folder that holds it."""
MAX_BYTES = 500_000
"""GitHub refuses a job summary over 1 MiB, GitLab a note over a million characters; a job has more to say than this."""

_MAX_REASONS = 50
_MAX_FINDINGS = 10
_MAX_LINE = 400
_MARKS = {Status.GO: "✅", Status.NO_GO: "❌", Status.INCONCLUSIVE: "⚠️"}
_SENTENCES = {
    Status.GO: "Every check that the policy demands passed.",
    Status.NO_GO: "This release must not be deployed.",
    Status.INCONCLUSIVE: "There is no answer: not everything that must be known was found out. Do not deploy on it.",
}
_SPECIAL = "\\`*_{}[]()<>#+!|~&@$"
"""What Markdown, or GitHub and GitLab in it, give a meaning: names after @ and # would notify and link."""


@dataclass(frozen=True, slots=True)
class Heading:
    """What a summary says of its run besides verdict and results."""

    project: str
    commit: str
    run: str


def render_summary(verdict: Verdict, results: Sequence[CheckResult], heading: Heading) -> str:
    """The summary, at most MAX_BYTES of UTF-8. What does not fit is counted, and in the report."""
    lines: list[str] = []
    used = 0
    parts = [*_head(verdict, heading), *_table(results), *_reasons(verdict, results)]
    note = "\n_The rest does not fit here; it is in the report._\n"
    for line in parts:
        size = len(line.encode()) + 1
        if used + size > MAX_BYTES - len(note.encode()):
            return "\n".join(lines) + "\n" + note
        lines.append(line)
        used += size
    return "\n".join(lines) + "\n"


def markdown(text: str) -> str:
    """`text` as one line of Markdown that shows it and does nothing else."""
    clean = " ".join(visible(text).split())
    cut = clean if len(clean) <= _MAX_LINE else clean[: _MAX_LINE - 1] + "…"
    escaped = "".join(f"\\{each}" if each in _SPECIAL else each for each in cut)
    return escaped.replace("\\@", "&#64;").replace("://", ":&#47;&#47;")


def _head(verdict: Verdict, heading: Heading) -> Iterator[str]:
    commit = f", commit {heading.commit[:12]}" if heading.commit else ""
    yield f"## {_MARKS[verdict.status]} {verdict.status} for {markdown(verdict.environment)}"
    yield ""
    yield f"{_SENTENCES[verdict.status]} {markdown(heading.project)}{commit}, run {markdown(heading.run)}."
    yield ""


def _table(results: Sequence[CheckResult]) -> Iterator[str]:
    counts: dict[str, Counter[Outcome]] = {}
    for result in results:
        counts.setdefault(result.family, Counter())[result.outcome] += 1
    yield "| family | question | passed | failed | errored | skipped |"
    yield "|---|---|--:|--:|--:|--:|"
    for name in [*(each for each in FAMILIES if each in counts), *sorted(counts.keys() - FAMILIES.keys())]:
        found = counts[name]
        cells = [found[each] for each in (Outcome.PASSED, Outcome.FAILED, Outcome.ERRORED, Outcome.SKIPPED)]
        yield f"| {markdown(name)} | {question(name)} | {' | '.join(map(str, cells))} |"
    missing = [name for name in FAMILIES if name not in counts]
    if missing:
        yield ""
        yield f"Not asked: {', '.join(missing)}."
    yield ""


def _reasons(verdict: Verdict, results: Sequence[CheckResult]) -> Iterator[str]:
    if not verdict.reasons:
        return
    yield "### Why not GO"
    yield ""
    for reason in verdict.reasons[:_MAX_REASONS]:
        yield from _reason(reason, results)
    if len(verdict.reasons) > _MAX_REASONS:
        yield f"- and {len(verdict.reasons) - _MAX_REASONS} more, in the report"
    yield ""


def _reason(reason: Reason, results: Sequence[CheckResult]) -> Iterator[str]:
    ended = reason.outcome or "not run"
    yield f"- **{markdown(reason.check)}** {ended}: {markdown(reason.message.partition(chr(10))[0])}"
    yield f"  - who acts: {who_acts(reason.check)}"
    errors = [
        finding
        for result in results
        if result.check == reason.check and result.outcome is reason.outcome
        for finding in result.findings
        if finding.severity is Severity.ERROR
    ]
    for finding in errors[:_MAX_FINDINGS]:
        yield f"  - {_said(finding)}"
    if len(errors) > _MAX_FINDINGS:
        yield f"  - and {len(errors) - _MAX_FINDINGS} more findings, in the report"


def _said(finding: Finding) -> str:
    place = f"{markdown(str(finding.place))}: " if finding.place else ""
    remedy = f" Remedy: {markdown(finding.remedy)}" if finding.remedy else ""
    return f"{place}{markdown(finding.message)}{remedy}"
