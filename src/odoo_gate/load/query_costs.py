"""What both releases ask of the database for the same work, counted side by side: noise does not move a count."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from typing import TypeVar

from odoo_gate.load.blocks import BASELINE, CANDIDATE, Side
from odoo_gate.load.caller import Caller
from odoo_gate.load.counting import SINGLE_USER, Counted, Counting
from odoo_gate.load.growth import (
    SIZES,
    Growth,
    count_findings,
    known_per_line_findings,
    more_data,
    more_queries,
    new_growths,
    nothing_measured,
    page_findings,
    per_line_findings,
)
from odoo_gate.load.methods import with_methods
from odoo_gate.load.statements import Statements
from odoo_gate.model import Finding, Say, Severity
from odoo_gate.odoo.store import Template
from odoo_gate.odoo.testbed import Release, Testbed
from odoo_gate.settings.performance import LoadSettings
from odoo_gate.stack.postgres import Postgres, Tuning

Result = TypeVar("Result")


@dataclass(frozen=True, slots=True)
class QueryCosts:
    """Both releases counted; `suspects` are the candidate's calls that grow more than the baseline's, looked into."""

    candidate: Counted
    baseline: Counted | None
    suspects: tuple[Growth, ...]


def count_both(
    testbed: Testbed, templates: Mapping[Side, tuple[Release, Template]], settings: LoadSettings, say: Say
) -> QueryCosts:
    """Count the candidate of `templates`, and at the same time its baseline where there is one.

    Raises StackError, TemplateError, AgentError.
    """
    postgres = testbed.start_postgres(Tuning.COUNTING)
    with ExitStack() as stack:
        opened = {side: stack.enter_context(_counting(testbed, *each, postgres)) for side, each in templates.items()}
        countings = {side: counting for side, (counting, _) in opened.items()}
        told = count_sides(countings, settings, say)
        candidate, baseline = told[CANDIDATE], told.get(BASELINE)
        growing = new_growths(candidate.growths, baseline.growths if baseline else (), settings.max_queries_per_line)
        found = countings[CANDIDATE].explain(growing, settings.max_queries_per_line, say)
        suspects = with_methods(found, templates[CANDIDATE][0], opened[CANDIDATE][1])
    return QueryCosts(candidate, baseline, tuple(suspects))


def count_sides(
    countings: Mapping[Side, Counting], settings: LoadSettings, say: Say, sizes: Sequence[int] = SIZES
) -> dict[Side, Counted]:
    """What each release asks: queries counted side by side, pages one release after the other.

    What differs is counted once more on both, and of two counts the fewer stands: what noise there is only adds, in the
    candidate as blame and in the baseline as an excuse. Raises StackError, TemplateError.
    """
    told = _side_by_side(countings, lambda side: countings[side].count(sizes, say))
    told = {side: replace(counted, pages=countings[side].pages()) for side, counted in told.items()}
    calls, works = _doubtful(told, settings)
    if not calls and not works:
        return told
    say(f"counting again: {', '.join(sorted({*calls, *works}))}")
    again = _side_by_side(countings, lambda side: countings[side].count_again(_known(calls, told[side])))
    pages = {side: counting.pages_again(works) for side, counting in countings.items()}
    return {side: counted.fewest(again[side], pages[side]) for side, counted in told.items()}


def _doubtful(told: Mapping[Side, Counted], settings: LoadSettings) -> tuple[set[str], list[str]]:
    """The calls whose queries, and the work whose pages, are more on one release than the other's would allow."""
    if BASELINE not in told:
        return {growth.what for growth in new_growths(told[CANDIDATE].growths, (), settings.max_queries_per_line)}, []
    calls: set[str] = set()
    works: set[str] = set()
    for one, other in ((told[CANDIDATE], told[BASELINE]), (told[BASELINE], told[CANDIDATE])):
        calls |= {growth.what for growth in new_growths(one.growths, other.growths, settings.max_queries_per_line)}
        calls |= set(more_queries(one.small, other.small, settings.max_query_growth, settings.query_allowance))
        works |= set(more_data(one.pages, other.pages))
    return calls, sorted(works)


def _known(calls: Collection[str], counted: Counted) -> list[str]:
    """Those of `calls` that this release has, too."""
    return sorted({growth.what for growth in counted.growths} & set(calls))


def _side_by_side(countings: Mapping[Side, Counting], do: Callable[[Side], Result]) -> dict[Side, Result]:
    with ThreadPoolExecutor(len(countings)) as pool:
        futures = {side: pool.submit(do, side) for side in countings}
        return {side: future.result() for side, future in futures.items()}


def cost_findings(costs: QueryCosts, settings: LoadSettings) -> list[Finding]:
    """Calls that cost more queries or go through more data than the baseline's."""
    if costs.baseline is None:
        message = "gate.toml names no [baseline]: there is nothing to compare the counts with"
        return [Finding("no-baseline", message, remedy="add [baseline] to gate.toml: what runs today")]
    candidate, baseline = costs.candidate, costs.baseline
    return [
        *count_findings(candidate.small, baseline.small, settings.max_query_growth, settings.query_allowance),
        *page_findings(candidate.pages, baseline.pages),
    ]


def slope_findings(costs: QueryCosts, settings: LoadSettings) -> list[Finding]:
    """Calls that ask again for each line, with the method and the statement; the baseline's own as warnings."""
    known = costs.baseline.growths if costs.baseline is not None else ()
    tolerance = settings.max_queries_per_line
    return [
        *nothing_measured(costs.candidate.growths),
        *per_line_findings(costs.suspects, known),
        *known_per_line_findings(costs.candidate.growths, known, tolerance),
    ]


def cost_notes(costs: QueryCosts) -> list[Finding]:
    """Lists that nobody can read, and so nobody waits for."""
    return [
        Finding("not-readable", f"the list of {model} was not read: {reason}", Severity.NOTE)
        for model, reason in sorted(costs.candidate.unread.items())
    ]


@contextmanager
def _counting(
    testbed: Testbed, release: Release, template: Template, postgres: Postgres
) -> Iterator[tuple[Counting, str]]:
    with testbed.clone(template, release) as clone:
        testbed.load_database(clone, postgres)
        server = testbed.start_server(release, clone.database, postgres=postgres.address, options=SINGLE_USER)
        try:
            statements = Statements(postgres.dsn(clone.database))
            yield Counting(Caller(server), statements, release.graph.own, server.series), clone.database
        finally:
            testbed.stop_server(server)
