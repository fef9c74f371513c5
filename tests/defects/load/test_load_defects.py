"""Every planted defect is found by the named check, through what the suite calls; the clean twin passes all of them.

All defects lie in one release, each where the others do not reach. It and the clean twin serve clones of one template.
"""

from __future__ import annotations

import os
import shutil
import tomllib
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path

import psycopg
import pytest

from odoo_gate.data import like_production
from odoo_gate.load.blocks import BASELINE, CANDIDATE, SIDES, Block, Side
from odoo_gate.load.caller import Caller
from odoo_gate.load.capacity import Capacity
from odoo_gate.load.comparison import Answer, Comparison, Terms
from odoo_gate.load.counting import SINGLE_USER, Counting
from odoo_gate.load.duel import QUIET, fight, verdict_findings
from odoo_gate.load.growth import new_growths
from odoo_gate.load.headroom import find_capacities, headroom_findings
from odoo_gate.load.lines import Lines
from odoo_gate.load.methods import with_methods
from odoo_gate.load.objectives import objective_findings, result_findings
from odoo_gate.load.peaks import Peaks, drive_peaks
from odoo_gate.load.query_costs import QueryCosts, cost_findings, count_sides, slope_findings
from odoo_gate.load.simulation import answers, resampled_run
from odoo_gate.load.stand import Stand
from odoo_gate.load.statements import Statements
from odoo_gate.model import Finding, Severity
from odoo_gate.odoo.testbed import Release, Testbed, open_testbed
from odoo_gate.settings import load_settings
from odoo_gate.settings.performance import LoadObjective, LoadPeak, LoadSettings
from odoo_gate.stack.addons_source import AddonsSource
from odoo_gate.stack.postgres import Postgres
from odoo_gate.stack.run import Run, new_run_id
from odoo_gate.traffic import Plan, Site, find_profile, load_profiles, prepare_site

CASES = Path(__file__).parent
EXAMPLE = CASES.parents[2] / "examples/construction"
PEOPLE, BUYERS = 4, 9
HIRED = {**dict.fromkeys(load_profiles(), PEOPLE), "procurement-import": BUYERS}
"""Every company needs a manager to approve its orders."""
COUNTED = ("construction_job_costing",)
SIZES = (5, 50)
SETTINGS = LoadSettings()
PATIENT = LoadObjective(p95_seconds=120)
"""How fast the machine of the test is says nothing of the release."""
PEAKS = (
    Plan(
        "payroll",
        8,
        180,
        PEOPLE,
        1,
        24,
        {"write-timesheet": 6, "correct-attendance": 12, "review-hours": 3, "export-hours": 3},
    ),
    Plan("procurement-import", 4, 60, BUYERS, 1, 4, {"approve-order": 1}),
)
ROOM = LoadSettings(
    capacity_step_seconds=10,
    capacity_max_factor=2,
    headroom={"project-startup": 1.0},
    peaks={"project-startup": LoadPeak(people=PEOPLE, arrivals_per_minute=30, mix={"start-project": 1})},
    objectives={"project-startup": LoadObjective(p95_seconds=8, max_lock_waits=100)},
)
"""Twice what is declared: ten projects in ten seconds."""
FIGHTS = {
    "month-end": Plan("month-end", 2, 240, PEOPLE, 1, 8, {"post-invoice": 1}),
    "payroll": Plan("payroll", 2, 240, PEOPLE, 1, 8, {"write-timesheet": 1}),
}
ROUNDS = 4
CALM = Terms(max_pace=1e9, max_lag=1e9, max_foreign=1)
"""Other tests may run beside this one: the machine's own pace is no reason to stop."""
OWN = {plan.profile: PATIENT for plan in PEAKS}


@dataclass(frozen=True)
class Case:
    name: str
    defect: str
    check: str = ""
    rule: str = ""
    addon: str = ""
    names: str = ""


def cases() -> list[Case]:
    found = [Case(path.parent.name, **tomllib.loads(path.read_text("utf-8"))) for path in CASES.glob("*/expect.toml")]
    return sorted((case for case in found if case.check), key=lambda case: case.name)


@dataclass(frozen=True)
class Bed:
    testbed: Testbed
    postgres: Postgres
    releases: Mapping[Side, Release]
    sites: Mapping[Side, Site]
    folder: Path

    @contextmanager
    def serving(self, options: Mapping[str, str]) -> Iterator[dict[Side, Stand]]:
        """Both releases at work."""
        stands = {}
        try:
            for side in SIDES:
                server = self.testbed.start_server(
                    self.releases[side], self.sites[side].database, postgres=self.postgres.address, options=options
                )
                lines, redis = Lines(self.testbed, server), self.testbed.redis()
                site = replace(self.sites[side], websocket=server.gevent_url)
                stands[side] = Stand(self.releases[side], self.postgres, server, site, lines, redis)
            yield stands
        finally:
            for stand in stands.values():
                self.testbed.stop_server(stand.server)


@pytest.fixture(scope="module")
def bed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Bed]:
    folder = tmp_path_factory.mktemp("load")
    with Run(new_run_id(), folder / "run", print) as run, ExitStack() as stack:
        testbed = open_testbed(load_settings(EXAMPLE, os.environ), run, print)
        template = like_production(testbed, testbed.candidate, print)
        postgres = testbed.start_postgres()
        releases, sites = {}, {}
        for side in SIDES:
            clone = stack.enter_context(testbed.clone(template, testbed.candidate))
            sites[side] = prepare_site(testbed, testbed.candidate, clone, print, people=HIRED)
            testbed.load_database(clone, postgres)
            with psycopg.connect(postgres.dsn(clone.database), autocommit=True) as connection:
                for script in scripts(side):
                    connection.execute(script.read_text("utf-8"))
            releases[side] = planted(testbed.candidate, folder / side, side)
        yield Bed(testbed, postgres, releases, sites, folder)


def scripts(side: Side) -> list[Path]:
    planted = sorted(CASES.glob("*/planted.sql")) if side == CANDIDATE else []
    return [*sorted(CASES.glob("*/both.sql")), *planted]


def planted(release: Release, root: Path, side: Side) -> Release:
    """The example's candidate with what the cases add to it; the clean twin gets what is sound."""
    shutil.copytree(EXAMPLE / "addons", root / "addons")
    for case in cases():
        models = root / "addons" / case.addon / "models"
        for name in ("both", "planted") if side == CANDIDATE else ("both",):
            source = CASES / case.name / f"{name}.py"
            if source.exists():
                shutil.copy(source, models / f"{name}_{case.name}.py")
                with (models / "__init__.py").open("a", encoding="utf-8") as file:
                    file.write(f"\nfrom . import {name}_{case.name}\n")
    addons = AddonsSource(root, (root / "addons",), release.addons.image_paths)
    return replace(release, addons=addons)


@pytest.fixture(scope="module")
def counted(bed: Bed) -> Mapping[Side, QueryCosts]:
    """The planted release against the clean twin, and the clean twin counted twice more.

    Its first count had other documents at the head of its lists: those that counting makes were not there yet.
    """
    with bed.serving(SINGLE_USER) as stands:
        countings = {
            side: Counting(Caller(stand.server), Statements(stand.dsn), COUNTED, stand.server.series)
            for side, stand in stands.items()
        }
        told = count_sides(countings, SETTINGS, print, SIZES)
        clean, again = told[BASELINE], countings[BASELINE]
        first, twin = (replace(again.count(SIZES, print), pages=again.pages()) for _ in range(2))
        tolerance = SETTINGS.max_queries_per_line
        growing = new_growths(told[CANDIDATE].growths, clean.growths, tolerance)
        suspects = countings[CANDIDATE].explain(growing, tolerance, print)
    database = bed.sites[CANDIDATE].database
    named = with_methods(suspects, bed.testbed.candidate, database)
    return {
        CANDIDATE: QueryCosts(told[CANDIDATE], clean, tuple(named)),
        BASELINE: QueryCosts(twin, first, tuple(new_growths(twin.growths, first.growths, tolerance))),
    }


@pytest.fixture(scope="module")
def stands(bed: Bed) -> Iterator[Mapping[Side, Stand]]:
    with bed.serving(QUIET) as both:
        yield both


@pytest.fixture(scope="module")
def peaks(bed: Bed, stands: Mapping[Side, Stand]) -> Mapping[Side, Peaks]:
    plans = {find_profile(plan.profile): plan for plan in PEAKS}
    return {side: drive_peaks(stand, plans, bed.folder / f"peaks-{side}", print) for side, stand in stands.items()}


@pytest.fixture(scope="module")
def raised(bed: Bed, stands: Mapping[Side, Stand]) -> Mapping[Side, tuple[Capacity, ...]]:
    """The peaks with headroom, raised until they break."""
    profiles = [find_profile(name, ROOM.peaks) for name in ROOM.headroom]
    return {
        side: find_capacities(stand, profiles, ROOM, bed.folder / f"raised-{side}", print)
        for side, stand in stands.items()
    }


@pytest.fixture(scope="module")
def fought(bed: Bed, stands: Mapping[Side, Stand]) -> Callable[[str], tuple[Comparison, tuple[Block, ...]]]:
    """The planted release against the clean twin in blocks, by profile."""

    @cache
    def get(profile: str) -> tuple[Comparison, tuple[Block, ...]]:
        return fight(stands, FIGHTS[profile], ROUNDS, CALM, bed.folder / f"blocks-{profile}", print)

    return get


def findings_of(check: str, side: Side, request: pytest.FixtureRequest) -> list[Finding]:
    """What a check of the suite says of one release."""
    if check == "load.queries":
        return cost_findings(request.getfixturevalue("counted")[side], SETTINGS)
    if check == "load.query-slope":
        return slope_findings(request.getfixturevalue("counted")[side], SETTINGS)
    if check == "load.objectives":
        return objective_findings(request.getfixturevalue("peaks")[side], OWN)
    if check == "load.results":
        return result_findings(request.getfixturevalue("peaks")[side])
    if check == "load.headroom":
        return headroom_findings(request.getfixturevalue("raised")[side], ROOM.headroom)
    profile = check.removeprefix("load.")
    compared, blocks = request.getfixturevalue("fought")(profile)
    return verdict_findings(compared, blocks, profile, CALM)


def errors(findings: list[Finding]) -> list[Finding]:
    return [finding for finding in findings if finding.severity is Severity.ERROR]


def test_there_are_defects():
    assert len(cases()) == 12


@pytest.mark.parametrize("case", cases(), ids=lambda case: case.name)
def test_the_named_check_finds_the_defect(case, request):
    told = errors(findings_of(case.check, CANDIDATE, request))
    found = [finding for finding in told if finding.rule == case.rule and case.names in finding.message]
    assert found, told
    assert all(finding.remedy for finding in found)


@pytest.mark.parametrize(
    "check", ["load.queries", "load.query-slope", "load.objectives", "load.results", "load.headroom"]
)
def test_the_clean_twin_passes(check, request):
    assert errors(findings_of(check, BASELINE, request)) == []


@pytest.mark.parametrize("profile", sorted(FIGHTS))
def test_the_clean_twin_is_as_fast_as_itself(profile, fought):
    """The blocks that were measured, with what the defect costs taken out: who is who is drawn by lot."""
    _, blocks = fought(profile)
    found = answers(lambda lot: resampled_run(blocks, lot), CALM, 200, seed=1)
    assert found[Answer.FAIL] <= 0.085 * 200  # 0.05 and more than two standard errors
