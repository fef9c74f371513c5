"""Every drill lets a sound release pass and finds the defect planted for it, through what the suite calls.

One stack serves them all: the release of `desk` has no defect, or the one that a file in its container names.
"""

from __future__ import annotations

import secrets
import shutil
import sys
import time
import tomllib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from resilience.desk_work import notes, writing

from odoo_gate.invariants import Snapshot
from odoo_gate.model import Finding, Severity
from odoo_gate.odoo.rpc import ADMIN, login_as
from odoo_gate.odoo.testbed import open_testbed
from odoo_gate.resilience import (
    CUT_CLIENT,
    DATABASE_CRASH,
    DATABASE_RESTART,
    INGRESS_RESTART,
    ODOO_KILL,
    SLOW_DATABASE,
    WORKER_KILL,
    Fault,
    Prepared,
    Stage,
    Work,
    cron_crash,
    degraded_mode,
    disk_full,
    drill_findings,
    drill_metrics,
    duplicate_webhook,
    lost_response,
    prepare,
    recovery_curve,
    redis_loss,
    run_drill,
    staged,
)
from odoo_gate.resilience.limits import PRODUCTION
from odoo_gate.settings import load_settings
from odoo_gate.stack.archive import Upload, tar_stream
from odoo_gate.stack.power import start_container
from odoo_gate.stack.run import Run, new_run_id
from odoo_gate.traffic import Person

CASES = Path(__file__).parent
EXAMPLE = CASES.parents[2] / "examples/construction"
SESSIONS = "construction_session_redis"
CONF = "/etc/nginx/nginx.conf"
FILE = "/tmp/desk-defect"
MOST = 6.0
"""Seconds a defective release gets to recover."""
UNHURRIED = 180.0
"""What a sound one gets: the limits of production hold for production's machine, not for one that runs tests."""
PATIENCE = 120.0
"""Seconds it is watched for if it does recover, whatever else is wrong with it."""
SETTLE = 4.0
"""Seconds after which `told_too_early` has written what it ever will."""
LICENCES = ("sh", "-c", "cat /tmp/desk-licences-* 2> /dev/null | wc -c")
RESUME_ALL = "import psycopg; psycopg.connect('', autocommit=True).execute('UPDATE ir_cron SET active = true')"


@dataclass(frozen=True)
class Case:
    """A planted defect, the check that is to find it, and the rule of its finding, or which of some.

    `also`: rules that must be among the findings, too.
    """

    name: str
    defect: str
    check: str
    rule: str
    planted: str
    also: tuple[str, ...] = ()

    @property
    def drill(self) -> str:
        return self.check.removeprefix("resilience.")


def planted() -> list[Case]:
    facts = {path.parent.name: tomllib.loads(path.read_text("utf-8")) for path in sorted(CASES.glob("*/expect.toml"))}
    cases = {name: {**told, "also": tuple(told.get("also", ()))} for name, told in facts.items() if "check" in told}
    return [Case(name, **told) for name, told in cases.items()]


@dataclass
class Desk:
    """The running stack, and what can happen to it."""

    stage: Stage
    prepared: Prepared
    people: tuple[Person, ...]
    before: Snapshot
    folder: Path
    numbers: Iterator[int] = field(default_factory=lambda: iter(range(1000)))

    def fault(self, drill: str, resume: tuple[str, ...] = ()) -> Fault:
        settings = self.stage.testbed.settings
        degraded = settings.resilience.degraded
        mode = degraded.model_copy(update={"resume": resume}) if resume else degraded
        faults = [
            WORKER_KILL, ODOO_KILL, DATABASE_RESTART, DATABASE_CRASH, SLOW_DATABASE, CUT_CLIENT, INGRESS_RESTART,
            redis_loss(self.people), disk_full(), cron_crash(self.prepared.jobs), lost_response(self.prepared.reports),
            duplicate_webhook(self.prepared.reports), degraded_mode(mode, settings.root),
        ]  # fmt: skip
        return {fault.drill: fault for fault in faults}[drill]

    def drilled(self, fault: Fault, most: float, patience: float, settle: float = 0.0) -> tuple[Finding, ...]:
        """What the suite's check says."""
        work = Work(lambda url, folder: writing(url, self.stage.database, self.people, folder, settle), notes)
        folder = self.folder / f"{fault.drill}-{next(self.numbers)}"
        result = run_drill(self.stage, fault, work, self.before, folder, patience=patience)
        if isinstance(result, tuple):
            return result
        assert recovery_curve(result).marks
        assert {metric.name for metric in drill_metrics(result)} >= {"transactions", "failed", "acknowledged_done"}
        return tuple(drill_findings(result, most))

    @contextmanager
    def planting(self, case: Case) -> Iterator[None]:
        container = (
            self.stage.ingress.container if case.planted == "lost_configuration" else self.stage.server.container
        )
        if case.planted == "lost_configuration":
            kept = container.execute("cat", CONF)
            container.execute("sh", "-c", f"echo 'no configuration' > {CONF}")
            try:
                yield
            finally:
                with tar_stream(Upload(((CONF, kept.encode()),))) as stream:
                    container.docker.put_archive("/", stream)
                start_container(container)
            return
        told = f"{case.planted} {secrets.token_hex(4)}"
        container.execute("sh", "-c", f"rm -f /tmp/desk-licences-*; echo '{told}' > {FILE}")
        try:
            if case.planted == "kept_connection":
                self.take_licences()
            yield
        finally:
            container.execute("rm", "-f", FILE)

    def take_licences(self) -> None:
        """People work until each worker has its connection: one that has none could not lose it."""
        deadline = time.monotonic() + 60
        with writing(self.stage.url(), self.stage.database, self.people, self.folder):
            while self.stage.server.container.execute(*LICENCES).strip() < "2":
                assert time.monotonic() < deadline, "no two workers took notes"
                time.sleep(0.1)

    def work_again(self) -> None:
        """Give every job its work back: an effect that is there already would be none of the next drill's."""
        with self.stage.connected() as connection:
            connection.execute("DELETE FROM desk_effect")
            connection.execute("UPDATE desk_task SET done = false")


def write_project(root: Path) -> Path:
    shutil.copytree(CASES / "desk", root)
    shutil.copytree(EXAMPLE / "addons" / SESSIONS, root / "addons" / SESSIONS)
    shutil.copy(EXAMPLE / "requirements.txt", root)
    return root


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    root = write_project(tmp_path_factory.mktemp("resilience") / "project")
    with Run(new_run_id(), root / "run", print) as run:
        testbed = open_testbed(load_settings(root, {}), run, print)
        candidate = testbed.candidate
        with testbed.clone(testbed.exact_template(candidate, "desk"), candidate) as clone:
            prepared = prepare(testbed.settings, candidate, clone)
            with staged(testbed, candidate, clone, print) as stage:
                people = [Person(ADMIN, ADMIN, "admin", 1)]
                for name in ("ann", "bob"):
                    login_as(stage.server, name, ["base.group_user"], password=f"{name}-of-the-desk")
                    people.append(Person(name, f"{name}-of-the-desk", "user", 1))
                yield Desk(stage, prepared, tuple(people), stage.snapshot(), root)


def errors(findings: tuple[Finding, ...]) -> list[Finding]:
    return [finding for finding in findings if finding.severity is Severity.ERROR]


def test_every_drill_has_a_defect():
    assert {case.drill for case in planted()} == set(PRODUCTION)


@pytest.mark.parametrize("drill", sorted(PRODUCTION))
def test_the_clean_twin_passes(drill: str, desk: Desk) -> None:
    desk.work_again()
    found = desk.drilled(desk.fault(drill), UNHURRIED, UNHURRIED)
    assert errors(found) == []


@pytest.mark.parametrize("case", planted(), ids=lambda case: case.name)
def test_the_named_check_finds_the_defect(case: Case, desk: Desk) -> None:
    desk.work_again()
    resume = (sys.executable, "-c", RESUME_ALL) if case.planted == "resumes_everything" else ()
    patience = MOST if "not-recovered" in case.rule else PATIENCE
    settle = SETTLE if case.planted == "told_too_early" else 0.0
    with desk.planting(case):
        found = errors(desk.drilled(desk.fault(case.drill, resume), MOST, patience, settle))
    rules = {finding.rule for finding in found}
    assert rules & set(case.rule.split(" or ")), found
    assert rules >= set(case.also), found
    assert all(finding.message and finding.remedy for finding in found)
