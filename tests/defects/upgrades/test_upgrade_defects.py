"""Every planted defect of an upgrade is found by the check that is there for it; the clean upgrade passes them all.

All modules lie in one pair of releases and one database; each case upgrades its module on a clone of it, on the
store's fast server. The rehearsal itself, on a durable one, is tested in `tests/integration/migration`.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import psycopg
import pytest
from upgrades import fill_planted
from upgrades.planting import CLEAN, LANGUAGES, Upgrade, upgrades, write_project

from odoo_gate.invariants import ProjectInvariants, compare
from odoo_gate.migration import (
    Scale,
    Schema,
    State,
    differences,
    drift,
    fingerprint,
    review,
    script_findings,
    take_schema,
    take_state,
    upgrade_findings,
)
from odoo_gate.migration.rehearsal import Upgraded
from odoo_gate.migration.upgrade_log import LogLine
from odoo_gate.model import Finding, Severity, silent
from odoo_gate.odoo.agent_client import LogRecord, ReleaseFailure
from odoo_gate.odoo.store import Clone, Template
from odoo_gate.odoo.testbed import Release, Testbed, open_testbed
from odoo_gate.settings import load_settings
from odoo_gate.stack.odoo_command import CommandEnd
from odoo_gate.stack.run import Run, new_run_id

BIG = 12_000
SCALE = Scale(rows={}, big=10_000)
PROJECT = ProjectInvariants(retention_accounts=("2900*",))
DRIFTING = (CLEAN, "not_null_lost")
Judged = Mapping[str, list[Finding]]


@dataclass(frozen=True)
class Bench:
    testbed: Testbed
    baseline: Release
    template: Template
    before: State
    scripts: list[Finding]
    fresh: Schema


@pytest.fixture(scope="session")
def bench(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Bench]:
    """Production's database with every module, and how it is before any upgrade."""
    root = write_project(tmp_path_factory.mktemp("upgrades"))
    settings = load_settings(root, os.environ)
    with Run(new_run_id(), root / "run", silent) as run:
        testbed = open_testbed(settings, run)
        baseline = testbed.baseline
        assert baseline is not None
        agent = baseline.agent
        modules = list(baseline.graph.own)
        script = Path(fill_planted.__file__)
        arguments = {"modules": modules, "big": ["not_null_big_table", "type_change_rewrites"], "rows": BIG}

        def fill(database: str) -> None:
            agent.install(database, modules, auto_install=False, languages=LANGUAGES)
            agent.run_script(database, script, "fill", arguments)

        template = testbed.store.layer(
            testbed.store.template(testbed.exact_spec(baseline, ["account"]), agent),
            {"fill": script.read_text("utf-8"), "addons": {name: baseline.graph.digest(name) for name in modules}},
            "the upgrades' defects",
            fill,
            agent,
        )
        with testbed.clone(template, baseline) as clone:
            before = measured(testbed, baseline, clone)
        scripts = script_findings(testbed.candidate.graph, baseline.graph, settings.migration)[0]
        yield Bench(testbed, baseline, template, before, scripts, fresh_schema(testbed))


@pytest.fixture(scope="session")
def judged(bench: Bench) -> Callable[[tuple[str, ...]], Judged]:
    """Check id → findings, for the upgrade of some modules."""

    @cache
    def judge(modules: tuple[str, ...]) -> Judged:
        with (
            bench.testbed.clone(bench.template, bench.testbed.candidate) as clone,
            bench.testbed.clone(bench.template, bench.baseline) as untouched,
        ):
            return upgraded(bench, modules, clone, untouched)

    return judge


def fresh_schema(testbed: Testbed) -> Schema:
    """The schema where the clean twin and the module that drifts were installed from scratch."""
    candidate = testbed.candidate
    bare = testbed.store.template(testbed.exact_spec(candidate, ["account"]), candidate.agent)
    with testbed.clone(bare) as clone:
        candidate.agent.install(clone.database, DRIFTING, auto_install=False, languages=LANGUAGES)
        with psycopg.connect(testbed.postgres.dsn(clone.database)) as connection:
            return take_schema(connection)


def upgraded(bench: Bench, modules: tuple[str, ...], clone: Clone, untouched: Clone) -> Judged:
    candidate = bench.testbed.candidate
    found: dict[str, list[Finding]] = {"migration.scripts": bench.scripts}
    try:
        log, status = candidate.agent.update(clone.database, modules).log, 0
    except ReleaseFailure as failure:
        log, status = failure.log, 1
    after = measured(bench.testbed, candidate, clone)
    end = Upgraded(CommandEnd(status, 0.0, Path("odoo.log")), tuple(map(line_of, log)))
    found["migration.upgrade"] = upgrade_findings(end, after.pending)
    for result in compare(bench.before.invariants, after.invariants):
        found[f"migration.{result.id}"] = list(result.findings)
    found["migration.schema"] = schema_findings(bench, after, untouched, clone)
    found["migration.schema-drift"] = [
        change.finding for change in drift(after.schema, bench.fresh) if change.object.startswith(modules)
    ]
    if modules != (CLEAN,) and len(modules) == 1:
        return found
    candidate.agent.update(clone.database, modules)
    again = measured(bench.testbed, candidate, clone)
    found["migration.twice"] = differences(after, again, "the second upgrade", "not-idempotent", "see docs")
    return found


def schema_findings(bench: Bench, after: State, untouched: Clone, clone: Clone) -> list[Finding]:
    dsn = bench.testbed.postgres.dsn
    with psycopg.connect(dsn(untouched.database)) as old, psycopg.connect(dsn(clone.database)) as new:

        def same_data(table: str, before: str, now: str) -> bool:
            return fingerprint(old, table, before) == fingerprint(new, table, now)

        return [change.finding for change in review(bench.before.schema, after.schema, SCALE, same_data)]


def measured(testbed: Testbed, release: Release, clone: Clone) -> State:
    return take_state(testbed.postgres.dsn(clone.database), clone.database, release.agent, PROJECT)


def line_of(record: LogRecord) -> LogLine:
    return LogLine(record.level, record.logger, record.message, tuple(record.traceback.splitlines()))


def errors(findings: list[Finding]) -> list[Finding]:
    return [each for each in findings if each.severity is Severity.ERROR]


def spoken(findings: list[Finding], module: str) -> list[Finding]:
    """The errors that name one case: the candidate's code of all modules is loaded, whichever is upgraded."""
    return [each for each in errors(findings) if module in f"{each.place} {each.message}"]


def companions(case: Upgrade) -> tuple[str, ...]:
    """The modules that are upgraded together with the case's."""
    if case.batch == "alone":
        return (case.name,)
    return tuple(each.name for each in upgrades() if each.batch == "shared")


def test_the_clean_twin_passes_every_check(judged):
    found = judged((CLEAN,))
    names = [case.name for case in upgrades()]
    told = {
        check: [each for each in errors(findings) if not any(spoken([each], name) for name in names)]
        for check, findings in found.items()
    }
    assert len(found) >= 25
    assert {check: findings for check, findings in told.items() if findings} == {}


def test_there_are_defects():
    assert len(upgrades()) == 19


@pytest.mark.parametrize("case", upgrades(), ids=lambda case: case.name)
def test_the_named_check_finds_the_defect(case: Upgrade, judged: Callable[[tuple[str, ...]], Judged]) -> None:
    found = judged(companions(case))[case.check]
    told = errors(found) if case.batch == "alone" else spoken(found, case.name)
    assert told, errors(found)
    assert not case.rule or case.rule in {finding.rule for finding in told}, told
    assert all(finding.remedy for finding in told), told
