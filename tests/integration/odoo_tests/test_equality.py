"""The outcomes of our items are those of Odoo's own runner, test by test.

Odoo's side: `odoo -i MODULES --test-tags ...` on a database that did not exist before, in the same image.
Ours: `pytest -n 2` in a project that names the same modules.

A tour in a browser can end differently on a busy machine, with Odoo's runner as with ours. A test whose
outcomes differ is therefore run again, alone, on both sides; it counts as equal when both sides can end alike, or
when Odoo's runner waited in vain for the browser both times: its step of 10 s includes making the asset bundles, which
our templates hold. Tests that are not tours must be equal the first time.
"""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import pytest

from odoo_gate.evidence import read_evidence
from odoo_gate.model import Outcome
from odoo_gate.odoo.agent_client import Lane, Listing
from odoo_gate.odoo.listing import list_release
from odoo_gate.odoo.odoo_log import OdooRun, TestKey, read_run
from odoo_gate.odoo.testbed import Testbed, open_testbed
from odoo_gate.settings import Settings, load_settings
from odoo_gate.stack.container import ContainerSpec, RunningContainer
from odoo_gate.stack.images import run_reference
from odoo_gate.stack.postgres import Tuning, start_postgres
from odoo_gate.stack.run import Run, new_run_id

STOCK = ("project", "purchase_requisition", "project_purchase", "hr_timesheet")
OCA = {
    "queue_job": "odoo-addon-queue-job==19.0.2.4.0.1",
    "auditlog": "odoo-addon-auditlog==19.0.2.0.1",
    "date_range": "odoo-addon-date-range==19.0.1.0.1",
    "base_tier_validation": "odoo-addon-base-tier-validation==19.0.1.4.6",
}
MORE_TOURS = (
    "project:TestProjectSharingUi",
    "project:TestProjectUpdateUi",
    "project:TestBurndownChartTour",
    "project:TestProjectTags",
    "project:TestProjectTemplatesTour",
)
"""Each takes half a minute of Chromium on both sides, and says what the tours that are left say."""
LANES: Mapping[str, Lane] = {"tests.at-install": "at_install", "tests.post-install": "post_install"}
PATIENCE = 1800.0
"""Seconds either side may take on a slow machine."""
MOST_UNSTEADY = 5
"""Tours that may end differently the first time."""


@dataclass(frozen=True)
class Case:
    """A series with the modules to compare on it."""

    series: str
    modules: tuple[str, ...]
    requirements: tuple[str, ...] = ()
    without: tuple[str, ...] = ()
    """Classes that neither side runs."""
    least: int = 1
    """Tests there must be: a comparison of nothing proves nothing."""

    @property
    def tags(self) -> Sequence[str]:
        """What takes `without` out, in the syntax of Odoo's --test-tags."""
        return [f"-/{each}" for each in self.without]


CASES = (
    Case("19.0", (*STOCK, *OCA), tuple(OCA.values()), MORE_TOURS, least=390),
    Case("14.0", ("hr_timesheet",), least=5),
)


@dataclass(frozen=True)
class Bench:
    """A project on disk, and what it runs on."""

    case: Case
    root: Path
    settings: Settings
    run: Run
    testbed: Testbed

    def ours(self, name: str, selection: Sequence[str] = ()) -> Mapping[TestKey, Outcome]:
        """What pytest leaves in the evidence."""
        folder = self.root / name
        done = subprocess.run(
            [
                *(sys.executable, "-m", "pytest", "-q", "-n", "2", "-p", "no:cacheprovider"),
                *("--odoo-gate-run", str(folder), *selection),
            ],
            cwd=self.root,
            capture_output=True,
            text=True,
            timeout=PATIENCE,
            check=False,
        )
        assert done.returncode in (pytest.ExitCode.OK, pytest.ExitCode.TESTS_FAILED), done.stdout + done.stderr
        return {
            (LANES[result.check], result.target): result.outcome
            for result in read_evidence([folder / "evidence.jsonl"])
            if result.check in LANES
        }


@pytest.fixture(scope="module", params=CASES, ids=lambda case: case.series)
def bench(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Bench]:
    case: Case = request.param
    root = tmp_path_factory.mktemp("equality")
    (root / "addons").mkdir()
    (root / "gate.toml").write_text(
        f'[project]\nname = "equality"\nseries = "{case.series}"\n'
        f"[addons]\nmodules = {list(case.modules)}\nrequirements = {list(case.requirements)}\n"
        f'[tests]\ntags = "{",".join(case.tags)}"\n'
    )
    settings = load_settings(root, os.environ)
    with Run(new_run_id(), root / "run", print) as run:
        yield Bench(case, root, settings, run, open_testbed(settings, run, print))


class OdooRunner:
    """Odoo's own runner, on a PostgreSQL of its own that nobody else uses."""

    def __init__(self, bench: Bench) -> None:
        self._run = bench.run
        self._image = run_reference(bench.testbed.candidate.test_image)
        self._postgres = start_postgres(
            bench.run, run_reference(bench.testbed.images[2]), Tuning.FAST, name="postgres-of-odoo"
        ).address
        self._case = bench.case
        self._containers: list[RunningContainer] = []

    def install(self) -> OdooStarted:
        """Install the modules in a new database and run their tests, as CI does."""
        modules = self._case.modules
        tags = [*(f"/{module}" for module in modules), *self._case.tags]
        return self._start("-i", ",".join(modules), f"--test-tags={','.join(tags)}", "--unaccent")

    def again(self, tests: Sequence[str]) -> OdooStarted:
        """Run some tests once more on the database of `install`, and its files: pages are made of some of them."""
        tags = [f"/{tag.split('/')[1]}:{tag.rpartition(':')[2]}" for tag in tests]
        return self._start(f"--test-tags={','.join(tags)}")

    def _start(self, *arguments: str) -> OdooStarted:
        container = self._run.start(
            ContainerSpec(
                name=f"odoo-runner-{len(self._containers) + 1}",
                image=self._image,
                command=("odoo", "-d", "equality", "--stop-after-init", "--max-cron-threads=0", *arguments),
                environment={
                    "HOST": self._postgres.alias,
                    "PORT": "5432",
                    "USER": self._postgres.user,
                    "PASSWORD": self._postgres.password,
                },
                options={
                    "shm_size": "1g",
                    "init": True,
                    "volumes_from": [each.docker.id for each in self._containers[:1]],
                },
            )
        )
        self._containers.append(container)
        return OdooStarted(container)


class OdooStarted:
    """A running Odoo runner."""

    def __init__(self, container: object) -> None:
        self._container = container

    def result(self) -> OdooRun:
        """Wait for its end."""
        deadline = time.monotonic() + PATIENCE
        while self._container.is_running():  # type: ignore[attr-defined]
            assert time.monotonic() < deadline, "Odoo's runner did not end"
            time.sleep(1)
        log = self._container.docker.logs().decode(errors="replace")  # type: ignore[attr-defined]
        run = read_run(log.splitlines())
        assert run.finished, log[-4000:]
        return run


def warm_templates(bench: Bench) -> None:
    """Build what our side runs on, while Odoo's runner works."""
    release = bench.testbed.candidate
    bench.testbed.full_template(release)
    for module in {test.module for test in listing(bench).tests if test.lane == "at_install"}:
        bench.testbed.exact_template(release, module)


def listing(bench: Bench) -> Listing:
    return list_release(bench.testbed.candidate, bench.settings.tests.tags)


def test_same_tests_same_outcomes(bench: Bench) -> None:
    runner = OdooRunner(bench)
    started = runner.install()
    warm_templates(bench)
    theirs = started.result()
    ours = bench.ours("first")

    assert len(ours) >= bench.case.least
    tours = {(test.lane, test.id) for test in listing(bench).tests if test.http}
    odd = differences(ours, theirs)
    assert not {key: pair for key, pair in odd.items() if key not in tours}
    assert len(odd) <= MOST_UNSTEADY, odd
    if odd:
        assert_can_end_alike(bench, runner, odd, theirs)


def differences(
    ours: Mapping[TestKey, Outcome], theirs: OdooRun
) -> Mapping[TestKey, tuple[Outcome | None, Outcome | None]]:
    """Every test with what each side says, where they disagree; None for a side that did not run it."""
    keys = {*ours, *theirs.outcomes}
    pairs = {key: (ours.get(key), theirs.outcome_of(*key)) for key in keys}
    return {key: pair for key, pair in pairs.items() if pair[0] is not pair[1]}


def assert_can_end_alike(
    bench: Bench,
    runner: OdooRunner,
    odd: Mapping[TestKey, tuple[Outcome | None, Outcome | None]],
    first: OdooRun,
) -> None:
    assert all(None not in pair for pair in odd.values()), odd
    theirs = runner.again([test for _, test in odd]).result()
    expression = " or ".join(sorted({test.rpartition(".")[2] for _, test in odd}))
    ours = bench.ours("again", ["-k", expression])
    for key, (our_first, their_first) in odd.items():
        alike = {our_first, ours.get(key)} & {their_first, theirs.outcome_of(*key)}
        assert alike or key in first.timed_out & theirs.timed_out, key
