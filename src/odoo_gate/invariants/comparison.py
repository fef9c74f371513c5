"""What two snapshots, or one, say about each invariant."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from fnmatch import fnmatchcase

from odoo_gate.invariants.difference import Difference, Weight, equal, filled, flaws, kept, not_lower
from odoo_gate.invariants.model import Block, Declared, InvariantResult, Kind, Measured, Result, Snapshot
from odoo_gate.invariants.question import FLAWS, Invariant, Question
from odoo_gate.invariants.registry import ALL
from odoo_gate.invariants.rights import rights_differences
from odoo_gate.model import Finding, Metric, Severity

MOST_FINDINGS = 20
"""Findings about one question; how many more there are is said."""
MOST_NOTES = 3
"""Findings about one question that change nothing: flaws of before, rights taken away."""

_SEVERITY = {Weight.ERROR: Severity.ERROR, Weight.WARNING: Severity.WARNING, Weight.NOTE: Severity.NOTE}
_EMPTY = Measured(Kind.EQUAL, {}, 0, 0)


def compare(before: Snapshot, after: Snapshot, declared: Sequence[Declared] = ()) -> tuple[InvariantResult, ...]:
    """Every invariant between two databases, in the order of INVARIANTS, then the project's own.

    A flaw that was there before is a warning: it is not the release's doing. Raises ValueError when a declaration
    names an invariant that does not exist.
    """
    invariants = _invariants(before, after)
    unknown = {each.invariant for each in declared} - {each.id for each in invariants}
    if unknown:
        raise ValueError(f"declared changes of invariants that do not exist: {', '.join(sorted(unknown))}")
    return tuple(
        _compared(invariant, before, after, [each for each in declared if each.invariant == invariant.id])
        for invariant in invariants
    )


def holding(snapshot: Snapshot) -> tuple[InvariantResult, ...]:
    """What must hold of one database alone. An invariant that only compares is not applicable."""
    return tuple(_held(invariant, snapshot) for invariant in _invariants(snapshot))


def _invariants(*snapshots: Snapshot) -> tuple[Invariant, ...]:
    """The ones that come with odoo-gate, and the project's own that the snapshots measured."""
    known = {invariant.id for invariant in ALL}
    customs: dict[str, Invariant] = {}
    for snapshot in snapshots:
        for name, title in snapshot.titles.items():
            if name not in known:
                customs.setdefault(name, Invariant(name, title, (_custom_question(name, snapshots),)))
    return (*ALL, *customs.values())


def _custom_question(name: str, snapshots: Sequence[Snapshot]) -> Question:
    measured = next((each.measured[name]["rows"] for each in snapshots if name in each.measured), None)
    kind = measured.kind if measured else Kind.EQUAL
    says = "{value}" if kind is Kind.HOLDS else "rows of the project's own invariant"
    return Question("rows", kind, says, remedy="see the invariant in gate.toml")


@dataclass
class _Account:
    """What was found about one invariant so far."""

    invariant: Invariant
    findings: list[Finding] = field(default_factory=list)
    examined: int = 0
    differences: int = 0
    absent: list[str] = field(default_factory=list)
    lacks_essential: bool = False

    def skip(self, question: Question, reason: str) -> None:
        """The question was not asked. One of the project's own that was not is an error: somebody relies on it."""
        self.lacks_essential |= question.essential
        if self.invariant in ALL:
            self.absent.append(f"{question.name}: {reason}")
            return
        message = f"{self.invariant.id} was not measured: {reason}"
        remedy = "measure it with the agent of a running Odoo, in both databases"
        self.findings.append(Finding("not-measured", message, Severity.ERROR, remedy=remedy))

    def result(self, nothing: str) -> InvariantResult:
        """`nothing` says why the invariant is not applicable when nothing was looked at."""
        metrics = (Metric("examined", self.examined, "1"), Metric("differences", self.differences, "1"))
        notes = [_note("not-measured", f"not measured, {line}") for line in self.absent]
        findings = (*self.findings, *notes)
        errors = [finding for finding in findings if finding.severity is Severity.ERROR]
        name, title = self.invariant.id, self.invariant.title
        if errors:
            return InvariantResult(name, title, Result.FAILED, errors[0].message, findings, metrics)
        if self.lacks_essential or not self.examined:
            reason = "; ".join(self.absent) or nothing
            return InvariantResult(name, title, Result.NOT_APPLICABLE, reason, findings, metrics)
        return InvariantResult(name, title, Result.PASSED, "", findings, metrics)


def _compared(invariant: Invariant, before: Snapshot, after: Snapshot, declared: Sequence[Declared]) -> InvariantResult:
    account = _Account(invariant)
    used: set[Declared] = set()
    for question in invariant.questions:
        old, new = _measured(before, invariant, question), _measured(after, invariant, question)
        if new is None:
            reason = _why_absent(after, invariant, question)
            if old is not None and old.examined and not question.is_external:
                message = f"{_subject(question)} can no longer be measured: {reason}"
                account.findings.append(Finding(question.name, message, Severity.ERROR, remedy=question.remedy))
            else:
                account.skip(question, reason)
            continue
        if old is None and question.kind not in FLAWS:
            account.skip(question, f"before, {_why_absent(before, invariant, question)}")
            continue
        account.examined += max(new.examined, old.examined if old else 0)
        found = list(_differences(question, old, new))
        used |= _report(account, question, found, declared)
        if any(each.weight is Weight.ERROR for each in found) and old is not None:
            account.findings.extend(_drilled(question, old, new))
    for each in declared:
        if each not in used and account.examined:
            message = f"the change declared for {each.key} ({each.reason}) did not happen"
            remedy = "take it out of gate.toml once the release is in production"
            account.findings.append(Finding("declared-in-vain", message, Severity.WARNING, remedy=remedy))
    return account.result("there is nothing of it in either database")


def _held(invariant: Invariant, snapshot: Snapshot) -> InvariantResult:
    account = _Account(invariant)
    for question in invariant.questions:
        measured = _measured(snapshot, invariant, question)
        if question.kind not in FLAWS and (measured is not None or invariant in ALL):
            continue
        if measured is None:
            account.skip(question, _why_absent(snapshot, invariant, question))
            continue
        if question.kind is Kind.HOLDS:
            account.examined += measured.examined
        weight = Weight.ERROR if question.kind is Kind.HOLDS else Weight.NOTE
        found = [Difference(key, value, weight) for key, value in measured.rows.items()]
        _report(account, question, found, (), total=measured.total)
    is_alone = any(question.kind is Kind.HOLDS for question in invariant.questions)
    return account.result("there is nothing of it in the database" if is_alone else "it compares two databases")


def _differences(question: Question, old: Measured | None, new: Measured) -> Iterator[Difference]:
    before = old or _EMPTY
    match question.kind:
        case Kind.EQUAL:
            return equal(before.rows, new.rows)
        case Kind.KEPT:
            return _kept(question, before, new)
        case Kind.NOT_LOWER:
            return not_lower(before.rows, new.rows)
        case Kind.FILLED:
            return filled(before.rows, new.rows)
        case Kind.RIGHTS:
            return rights_differences(before.rows, new.rows)
        case Kind.HOLDS:
            return flaws(old, new, tolerated=Weight.WARNING)
        case Kind.NEVER_WORSE:
            return _never_worse(question, old, new)


def _never_worse(question: Question, before: Measured | None, after: Measured) -> Iterator[Difference]:
    for each in flaws(before, after, tolerated=Weight.NOTE):
        minor = question.is_minor is not None and question.is_minor(each.key, each.message)
        yield replace(each, weight=Weight.WARNING) if minor and each.weight is Weight.ERROR else each


def _kept(question: Question, before: Measured, after: Measured) -> Iterator[Difference]:
    for each in kept(before.rows, after.rows):
        is_gone = each.key not in after.rows
        minor = is_gone and question.is_minor is not None and question.is_minor(each.key, before.rows[each.key])
        yield replace(each, weight=Weight.NOTE) if minor else each


def _report(
    account: _Account,
    question: Question,
    found: Sequence[Difference],
    declared: Sequence[Declared],
    total: int | None = None,
) -> set[Declared]:
    """Turn differences into findings, bounded by severity; returns the declarations that covered some."""
    used = set()
    by_weight: dict[Weight, list[Finding]] = {weight: [] for weight in sorted(Weight, reverse=True)}
    for each in found:
        cover = next((one for one in declared if _covers(one, each)), None)
        if cover is not None:
            used.add(cover)
        weight = Weight.NOTE if cover else each.weight
        account.differences += weight is Weight.ERROR
        suffix = f" (declared: {cover.reason})" if cover else each.aside
        remedy = question.remedy if weight is Weight.ERROR else ""
        message = f"{_sentence(question, each)}{suffix}"
        by_weight[weight].append(Finding(question.name, message, _SEVERITY[weight], remedy=remedy))
    for weight, findings in by_weight.items():
        most = MOST_NOTES if weight is Weight.NOTE and not declared else MOST_FINDINGS
        account.findings.extend(findings[:most])
        number = total if total is not None and findings else len(findings)
        if number > most:
            message = f"{_subject(question)}: {number - most} more like these"
            account.findings.append(Finding(question.name, message, _SEVERITY[weight], remedy=question.remedy))
    return used


def _covers(declared: Declared, difference: Difference) -> bool:
    if difference.weight is not Weight.ERROR or not fnmatchcase(difference.key, declared.key):
        return False
    if declared.tolerance is None:
        return True
    return difference.amount is not None and difference.amount <= declared.exact_tolerance


def _sentence(question: Question, difference: Difference) -> str:
    """A flaw reads as the question says it; a difference names what was compared."""
    if "{value}" in question.says:
        return f"{difference.key} {question.says.format(value=difference.message)}"
    if question.kind in FLAWS:
        return f"{difference.key} {question.says}"
    return f"{question.says}: {difference.key} {difference.message}"


def _subject(question: Question) -> str:
    return question.name if question.kind in FLAWS else question.says


def _drilled(question: Question, before: Measured, after: Measured) -> Iterator[Finding]:
    """The rows behind a difference, or the blocks of rows they are in."""
    rule, table = f"{question.name}-rows", after.table
    if before.width != after.width and before.blocks and after.blocks:
        yield _note(rule, f"{table} grew too much to tell which rows differ")
        return
    old, new = {block.place: block for block in before.blocks}, {block.place: block for block in after.blocks}
    differing = [place for place in sorted(old.keys() | new.keys()) if old.get(place) != new.get(place)]
    for place in differing[:MOST_FINDINGS]:
        was, now = old.get(place), new.get(place)
        yield _note(rule, f"{table} {_places(was or now)}: {_content(was)} → {_content(now)}")
    if len(differing) > MOST_FINDINGS:
        yield _note(rule, f"{table}: {len(differing) - MOST_FINDINGS} more places differ")


def _places(block: Block | None) -> str:
    if block is None:
        return ""
    return f"row {block.first}" if block.count == 1 else f"rows {block.first} to {block.last}"


def _content(block: Block | None) -> str:
    if block is None:
        return "none"
    return block.content if block.count == 1 else f"{block.count} rows, checksum {block.content}"


def _measured(snapshot: Snapshot, invariant: Invariant, question: Question) -> Measured | None:
    return snapshot.measured.get(invariant.id, {}).get(question.name)


def _why_absent(snapshot: Snapshot, invariant: Invariant, question: Question) -> str:
    return snapshot.absent.get(invariant.id, {}).get(question.name, "the snapshot does not know this question")


def _note(rule: str, message: str) -> Finding:
    return Finding(rule, message, Severity.NOTE)


_OF_ANY_SCHEMA = frozenset(
    {"attachments", "constraints", "crons-and-modules", "fields-and-columns", "row-counts", "sequences"}
)
"""They apply to a database without a single record, too: to its tables, its modules, what lies in its filestore."""


def nothing_asked(results: Iterable[InvariantResult]) -> tuple[Finding, ...]:
    """The finding that no invariant looked at a record: then nothing was compared, and nothing may pass."""
    applied = {result.id for result in results if result.outcome is not Result.NOT_APPLICABLE}
    if applied - _OF_ANY_SCHEMA:
        return ()
    message = "no invariant found a record in this database to look at: nothing was asked"
    return (Finding("zero-invariants", message, remedy="take a database with documents: see [data] in gate.toml"),)
