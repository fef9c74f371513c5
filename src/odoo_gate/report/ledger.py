"""What became of the work under way in each drill: a line a drill, from its figures."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from odoo_gate.model import CheckResult, Metric
from odoo_gate.report.changes import anchor_of
from odoo_gate.report.wording import amount

_COLUMNS = (
    *("recovery_seconds", "max_recovery_seconds", "transactions"),
    *("failed", "acknowledged_lost", "doubled", "half"),
)
_NEVER = frozenset({"acknowledged_lost", "doubled", "half"})
"""What must not happen to any document."""


@dataclass(frozen=True, slots=True)
class LedgerCell:
    """A figure in words; `bad` when it is one that must be zero and is not."""

    text: str
    bad: bool


@dataclass(frozen=True, slots=True)
class LedgerLine:
    """One drill; `cells` in the order: recovery, allowed, transactions, failed, lost, doubled, half done."""

    check: str
    anchor: str
    outcome: str
    cells: tuple[LedgerCell, ...]


def ledger(results: Sequence[CheckResult]) -> list[LedgerLine]:
    """A line for every result that counted documents; none for what never came so far."""
    return list(_lines(results))


def _lines(results: Sequence[CheckResult]) -> Iterator[LedgerLine]:
    for result in results:
        figures = {metric.name: metric for metric in result.metrics}
        if result.family == "resilience" and "acknowledged_lost" in figures:
            cells = tuple(_cell(name, figures) for name in _COLUMNS)
            yield LedgerLine(result.check, anchor_of(result.check), str(result.outcome), cells)


def _cell(name: str, figures: Mapping[str, Metric]) -> LedgerCell:
    metric = figures.get(name)
    if metric is None:
        return LedgerCell("not measured", False)
    return LedgerCell(amount(metric.value, metric.unit), name in _NEVER and metric.value != 0)
