"""What both releases ask of the database for the same work, counted side by side: noise does not move a count."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass

from odoo_gate.load.blocks import BASELINE, CANDIDATE, Side
from odoo_gate.load.caller import Caller
from odoo_gate.load.counting import SINGLE_USER, Counted, Counting
from odoo_gate.load.growth import (
    Growth,
    count_findings,
    known_per_line_findings,
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
from odoo_gate.stack.postgres import Postgres


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
    postgres = testbed.start_postgres()
    with ThreadPoolExecutor(len(templates)) as pool, ExitStack() as stack:
        opened = {side: stack.enter_context(_counting(testbed, *each, postgres)) for side, each in templates.items()}
        futures = {side: pool.submit(counting.count, say=say) for side, (counting, _) in opened.items()}
        told = {side: future.result() for side, future in futures.items()}
        candidate, baseline = told[CANDIDATE], told.get(BASELINE)
        counting, database = opened[CANDIDATE]
        growing = new_growths(candidate.growths, baseline.growths if baseline else (), settings.max_queries_per_line)
        found = counting.explain(growing, settings.max_queries_per_line, say)
        suspects = with_methods(found, templates[CANDIDATE][0], database)
    return QueryCosts(candidate, baseline, tuple(suspects))


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
