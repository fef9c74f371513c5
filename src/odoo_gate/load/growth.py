"""How the queries of one call grow with the lines it works on, and what that says. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from odoo_gate.model import IN_BASELINE, Finding, Severity

SIZES = (5, 50, 200)
_PAGE_FACTOR = 1.5
_PAGE_ALLOWANCE = 64
"""Pages (half a megabyte) that plans of small tables may differ by."""


@dataclass(frozen=True, slots=True)
class Statement:
    """A statement as pg_stat_statements has it, and how often it ran more for each line more."""

    text: str
    per_line: float


@dataclass(frozen=True, slots=True)
class Pages:
    """How many pages of 8 KiB some work touched in the database, and the statement that touched most of them."""

    total: int
    heaviest: str
    of_heaviest: int

    def fewest(self, other: Pages) -> Pages:
        """What both looks agree on at least: anything beyond came from elsewhere than the work."""
        least = min(self, other, key=lambda pages: pages.of_heaviest)
        return Pages(min(self.total, other.total), least.heaviest, least.of_heaviest)


@dataclass(frozen=True, slots=True)
class Growth:
    """What a call costs in queries by the lines it works on.

    `what` begins with `model.method`; `field` is the one that was read alone, `method` what computes it. `statement`
    is what ran once a line, where it was looked for and found.
    """

    what: str
    queries: Mapping[int, int]
    field: str = ""
    method: str = ""
    statement: Statement | None = None

    @property
    def per_line(self) -> float:
        """Queries a line: the least-squares slope. 0 for what was measured at one size only."""
        sizes = sorted(self.queries)
        mean_size = sum(sizes) / len(sizes)
        mean_queries = sum(self.queries.values()) / len(sizes)
        spread = sum((size - mean_size) ** 2 for size in sizes)
        if spread == 0:
            return 0.0
        return sum((size - mean_size) * (self.queries[size] - mean_queries) for size in sizes) / spread

    def fewest(self, other: Growth) -> Growth:
        """The fewest queries that either count found at each size."""
        found = {size: min(queries, other.queries.get(size, queries)) for size, queries in self.queries.items()}
        return replace(self, queries=found)


def nothing_measured(growths: Sequence[Growth]) -> list[Finding]:
    """An error when no call was measured at several sizes."""
    if any(len(growth.queries) > 1 for growth in growths):
        return []
    return [
        Finding(
            "nothing-measured",
            "no call was measured at several sizes: there is no document with lines, and no list with rows",
            remedy="rehearse on data that has invoices, orders or lists (see [data] in gate.toml)",
        )
    ]


def new_growths(candidate: Sequence[Growth], known: Sequence[Growth], tolerance: float) -> list[Growth]:
    """Calls that ask the database `tolerance` queries a line or more beyond what the baseline's ask."""
    before = {growth.what: growth.per_line for growth in known}
    return [growth for growth in candidate if growth.per_line - before.get(growth.what, 0.0) >= tolerance]


def per_line_findings(suspects: Sequence[Growth], known: Sequence[Growth]) -> list[Finding]:
    """An error for each of `suspects`."""
    before = {growth.what: growth.per_line for growth in known}
    return [_finding(growth, before.get(growth.what), Severity.ERROR) for growth in suspects]


def known_per_line_findings(candidate: Sequence[Growth], known: Sequence[Growth], tolerance: float) -> list[Finding]:
    """A warning for each call that asks again for each line, and does so in production already."""
    new = new_growths(candidate, known, tolerance)
    return [
        _finding(growth, None, Severity.WARNING)
        for growth in candidate
        if growth.per_line >= tolerance and growth not in new
    ]


def _finding(growth: Growth, known: float | None, severity: Severity) -> Finding:
    counts = ", ".join(f"{growth.queries[size]} for {size}" for size in sorted(growth.queries))
    against = "" if known is None or severity is Severity.WARNING else f"; the baseline asks {known:.2f}"
    statement = f"; once a line: {growth.statement.text}" if growth.statement else ""
    by = f", computed by {growth.method}," if growth.method else ""
    end = IN_BASELINE if severity is Severity.WARNING else ""
    return Finding(
        "n-plus-one",
        f"{growth.what}{by} asks the database {growth.per_line:.2f} times a line ({counts} lines{against})"
        f"{statement}{end}",
        severity,
        remedy="read for all records at once: search or _read_group over self.ids outside the loop, or prefetch",
    )


def more_queries(
    candidate: Mapping[str, int], baseline: Mapping[str, int], max_growth: float, allowance: int
) -> list[str]:
    """What takes more queries than `max_growth` (0.1 is 10 %) and `allowance` let it, of what both do."""
    return [
        name
        for name in sorted(candidate.keys() & baseline.keys())
        if candidate[name] > baseline[name] + max(allowance, max_growth * baseline[name])
    ]


def count_findings(
    candidate: Mapping[str, int], baseline: Mapping[str, int], max_growth: float, allowance: int
) -> list[Finding]:
    """Transactions that take more queries than the baseline's: by `max_growth` (0.1 is 10 %) and `allowance` queries.

    Nothing compared is an error, and so is a transaction of the baseline that the candidate no longer does.
    """
    found = []
    for name in sorted(baseline.keys() - candidate.keys()):
        message = f"{name} was measured on the baseline and not on the candidate"
        found.append(Finding("not-measured", message, remedy="see the run's log: why could the candidate not do it?"))
    for name in more_queries(candidate, baseline, max_growth, allowance):
        found.append(
            Finding(
                "more-queries",
                f"{name} takes {candidate[name]} queries, the baseline {baseline[name]}",
                remedy="compare the SQL of both (log_handler odoo.sql_db:DEBUG); raise load.max_query_growth"
                " when the new queries are wanted",
            )
        )
    if not candidate.keys() & baseline.keys():
        message = "no transaction was counted on both releases"
        found.append(Finding("nothing-compared", message, remedy="see the run's log for why"))
    return found


def page_findings(candidate: Mapping[str, Pages], baseline: Mapping[str, Pages]) -> list[Finding]:
    """Work that reads through far more data than on the baseline: a search that no index serves.

    Nothing compared is an error, and so is work without a single page: there is none.
    """
    both = candidate.keys() & baseline.keys()
    if not both or any(pages.total == 0 for name in both for pages in (candidate[name], baseline[name])):
        message = "the pages that work goes through were not counted on both releases"
        return [Finding("pages-not-counted", message, remedy="see the run's log: does pg_stat_statements count?")]
    return [
        Finding(
            "more-data",
            f"{name} goes through {candidate[name].total} pages of the database, {baseline[name].total} on the"
            f" baseline; most of them ({candidate[name].of_heaviest}, there {baseline[name].of_heaviest}) in:"
            f" {candidate[name].heaviest}",
            remedy="add an index for what is searched (index=True on the field), or search by what has one",
        )
        for name in more_data(candidate, baseline)
    ]


def more_data(candidate: Mapping[str, Pages], baseline: Mapping[str, Pages]) -> list[str]:
    """What goes through far more pages than on the baseline, in all or in its heaviest statement."""
    return [
        name
        for name in sorted(candidate.keys() & baseline.keys())
        if _is_far_more(candidate[name].total, baseline[name].total)
        or _is_far_more(candidate[name].of_heaviest, baseline[name].of_heaviest)
    ]


def _is_far_more(now: int, then: int) -> bool:
    return now > _PAGE_FACTOR * then + _PAGE_ALLOWANCE
