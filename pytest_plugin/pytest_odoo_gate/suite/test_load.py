"""Whether people can still work at the peak: what work costs, whether results are right, whether it became slower.

Queries are counted first, which no noise moves. Then every peak is driven once at its declared rate, payroll and
month-end are compared with the baseline in blocks; where gate.toml asks for headroom, a peak is raised until it breaks.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from odoo_gate.load.blocks import BASELINE, CANDIDATE, Side
from odoo_gate.load.caller import Refused
from odoo_gate.load.capacity import Capacity, capacity_metrics, capacity_picture
from odoo_gate.load.comparison import Terms
from odoo_gate.load.duel import (
    BLOCKS,
    MIX,
    QUIET,
    check_decided,
    comparison_metrics,
    fight,
    plan_of_blocks,
    verdict_findings,
)
from odoo_gate.load.headroom import check_loaded, find_capacities, headroom_findings
from odoo_gate.load.objectives import (
    check_generator,
    latencies,
    notes,
    objective_findings,
    peak_metrics,
    result_findings,
    where_time_went,
)
from odoo_gate.load.peaks import Peaks, drive_peaks, plans_of
from odoo_gate.load.pictures import both_distributions, business_results, peak_distributions, query_growth, ratios
from odoo_gate.load.query_costs import QueryCosts, cost_findings, cost_notes, count_both, slope_findings
from odoo_gate.load.request_log import LOG_OPTIONS
from odoo_gate.load.stand import Stand, hired, standing
from odoo_gate.model import Finding, Say
from odoo_gate.odoo.store import Template
from odoo_gate.odoo.testbed import Release, Testbed
from odoo_gate.picture import Picture
from odoo_gate.settings import Settings
from odoo_gate.settings.performance import LoadSettings
from odoo_gate.traffic import find_profile
from pytest_odoo_gate.checks import CheckFailed, GateRecord

_SEED = 1


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where drives work: what they know of people and their passwords is no evidence."""
    return tmp_path_factory.mktemp("load")


@pytest.fixture(scope="module")
def costs(
    testbed: Testbed,
    candidate: Release,
    candidate_data: Template,
    baseline: Release | None,
    baseline_data: Template | None,
    gate_settings: Settings,
    say: Say,
) -> QueryCosts | Refused:
    releases: dict[Side, tuple[Release, Template]] = {CANDIDATE: (candidate, candidate_data)}
    if baseline is not None and baseline_data is not None:
        releases[BASELINE] = (baseline, baseline_data)
    try:
        return count_both(testbed, releases, gate_settings.load, say)
    except Refused as error:
        return error


@pytest.fixture
def counted(costs: QueryCosts | Refused) -> Callable[[], QueryCosts]:
    """What was counted, asked for inside the check: work that Odoo refuses fails it."""

    def get() -> QueryCosts:
        if isinstance(costs, Refused):
            raise CheckFailed([Finding("refused", costs.message, remedy=costs.hint)]) from costs
        return costs

    return get


@pytest.mark.gate("load.queries")
def test_work_takes_no_more_queries(
    counted: Callable[[], QueryCosts], gate_settings: Settings, gate_record: GateRecord
) -> None:
    result = counted()
    before = result.baseline.small if result.baseline else {}
    gate_record.metric("compared", len(result.candidate.small.keys() & before.keys()), "1")
    for what, queries in sorted(result.candidate.small.items()):
        gate_record.metric(what, queries, "queries")
    for finding in cost_notes(result):
        gate_record.finding(finding)
    gate_record.judge(cost_findings(result, gate_settings.load))


@pytest.mark.gate("load.query-slope")
def test_queries_do_not_grow_with_lines(
    counted: Callable[[], QueryCosts], gate_settings: Settings, gate_record: GateRecord
) -> None:
    result = counted()
    for growth in result.candidate.growths:
        gate_record.metric(growth.what, growth.per_line, "queries/line")
    _leave(gate_record, "load-query-slope", query_growth(result))
    gate_record.judge(slope_findings(result, gate_settings.load))


@pytest.fixture(scope="module")
def peaks(
    testbed: Testbed, candidate: Release, candidate_data: Template, gate_settings: Settings, folder: Path, say: Say
) -> Peaks:
    plans = plans_of(gate_settings.load, _SEED)
    people = hired(plans.values())
    postgres = testbed.start_postgres()
    with standing(testbed, candidate, candidate_data, postgres, LOG_OPTIONS, say, people=people) as stand:
        return drive_peaks(stand, plans, folder / "peaks", say)


@pytest.mark.gate("load.results")
def test_every_intent_is_there_once(peaks: Peaks, gate_record: GateRecord) -> None:
    gate_record.metric("intents", sum(len(peak.ledger.entries) for peak in peaks.driven), "1")
    gate_record.metric("kept", sum(len(peak.ledger.done) for peak in peaks.driven), "1")
    for peak in peaks.driven:
        gate_record.metric(f"{peak.profile.name}: intents", len(peak.ledger.entries), "1")
        gate_record.metric(f"{peak.profile.name}: in the database once", len(peak.ledger.done), "1")
        _keep(gate_record, peak.traffic.folder / "samples.jsonl", f"load-{peak.profile.name}.samples.jsonl")
    gate_record.judge((*result_findings(peaks), *notes(peaks)))


@pytest.mark.gate("load.objectives")
def test_every_peak_meets_its_objectives(peaks: Peaks, gate_settings: Settings, gate_record: GateRecord) -> None:
    own = gate_settings.load.objectives
    done = [each for peak in peaks.driven for seconds in latencies(peak).values() for each in seconds]
    gate_record.metric("slowest", max(done, default=0.0), "s")
    for peak in peaks.driven:
        gate_record.metrics.extend(peak_metrics(peak))
        _leave(gate_record, f"load-{peak.profile.name}", peak_distributions(peak, own))
        for what, picture in peak.diagnosis.pictures.items():
            gate_record.picture(f"load-{peak.profile.name}-{what}", picture)
    _leave(gate_record, "load-posted", business_results(peaks.driven))
    check_generator(peaks)
    gate_record.judge((*objective_findings(peaks, own), *where_time_went(peaks), *notes(peaks)))


@pytest.fixture(scope="module")
def stands(
    testbed: Testbed,
    candidate: Release,
    candidate_data: Template,
    baseline: Release | None,
    baseline_data: Template | None,
    say: Say,
) -> Iterator[dict[Side, Stand] | None]:
    """Both releases at work on one PostgreSQL; None without a baseline."""
    if baseline is None or baseline_data is None:
        yield None
        return
    postgres = testbed.start_postgres()
    people = hired(plan_of_blocks(profile, _SEED) for profile in MIX)
    with (
        standing(testbed, baseline, baseline_data, postgres, QUIET, say, people=people) as theirs,
        standing(testbed, candidate, candidate_data, postgres, QUIET, say, people=people) as ours,
    ):
        yield {BASELINE: theirs, CANDIDATE: ours}


@pytest.mark.thorough
@pytest.mark.gate("load.payroll")
def test_payroll_is_as_fast_as_before(
    stands: dict[Side, Stand] | None, gate_settings: Settings, gate_record: GateRecord, folder: Path, say: Say
) -> None:
    _compare("payroll", stands, gate_settings, gate_record, folder, say)


@pytest.mark.thorough
@pytest.mark.gate("load.month-end")
def test_month_end_is_as_fast_as_before(
    stands: dict[Side, Stand] | None, gate_settings: Settings, gate_record: GateRecord, folder: Path, say: Say
) -> None:
    _compare("month-end", stands, gate_settings, gate_record, folder, say)


@pytest.mark.thorough
@pytest.mark.gate("load.headroom")
def test_more_than_the_declared_peak_holds(
    testbed: Testbed,
    candidate: Release,
    candidate_data: Template,
    gate_settings: Settings,
    gate_record: GateRecord,
    folder: Path,
    say: Say,
) -> None:
    asked = gate_settings.load.headroom
    found = _capacities(testbed, candidate, candidate_data, gate_settings.load, folder, say) if asked else ()
    for each in found:
        gate_record.metrics.extend(capacity_metrics(each))
        _leave(gate_record, f"load-{each.profile}-capacity", capacity_picture(each))
    gate_record.metric("raised", len(found), "1")
    gate_record.metric("least-held", min((each.factor for each in found), default=0.0), "times")
    check_loaded(found, asked)
    gate_record.judge(headroom_findings(found, asked))


def _capacities(
    testbed: Testbed, candidate: Release, candidate_data: Template, load: LoadSettings, folder: Path, say: Say
) -> tuple[Capacity, ...]:
    profiles = [find_profile(name, load.peaks) for name in load.headroom]
    people = {profile.name: profile.people for profile in profiles}
    postgres = testbed.start_postgres()
    with standing(testbed, candidate, candidate_data, postgres, {}, say, people=people) as stand:
        return find_capacities(stand, profiles, load, folder / "headroom", say)


def _compare(
    profile: str,
    stands: dict[Side, Stand] | None,
    settings: Settings,
    gate_record: GateRecord,
    folder: Path,
    say: Say,
) -> None:
    if stands is None:
        message = "gate.toml names no [baseline]: there is nothing to compare with"
        raise CheckFailed([Finding("no-baseline", message, remedy="add [baseline] to gate.toml: what runs today")])
    terms = Terms(margin=settings.load.margin)
    blocks_folder = folder / f"blocks-{profile}"
    compared, blocks = fight(stands, plan_of_blocks(profile, _SEED), settings.load.rounds, terms, blocks_folder, say)
    gate_record.metrics.extend(comparison_metrics(compared))
    _keep(gate_record, blocks_folder / BLOCKS, f"load-{profile}.{BLOCKS}")
    _leave(gate_record, f"load-{profile}-ratios", ratios(compared, profile, terms.margin))
    _leave(gate_record, f"load-{profile}-latency", both_distributions(blocks, profile))
    gate_record.judge(verdict_findings(compared, blocks, profile, terms))
    check_decided(compared, profile)


def _keep(gate_record: GateRecord, file: Path, name: str) -> None:
    """Raw measurements as evidence, to be judged again by whoever doubts."""
    path = gate_record.run_folder / name
    path.write_bytes(file.read_bytes())
    gate_record.artifact(path)


def _leave(gate_record: GateRecord, name: str, picture: Picture | None) -> None:
    """Numbers of a chart beside the evidence, for the report; there is none of what was not measured."""
    if picture is not None:
        gate_record.picture(name, picture)
