"""What makes a drill fail, each by its rule; a sound drill has no finding."""

from __future__ import annotations

from dataclasses import replace

import pytest

from odoo_gate.invariants import Kind, Measured, Snapshot
from odoo_gate.model import Finding
from odoo_gate.resilience import drill_findings, drill_metrics, most_recovery_seconds, recovery_curve
from odoo_gate.resilience.drill import Drilled
from odoo_gate.resilience.limits import PRODUCTION
from odoo_gate.resilience.timeline import Timeline
from odoo_gate.settings import ResilienceSettings
from odoo_gate.traffic import Entry, Ledger, Outcome, Sample


def sample(number: float, outcome: Outcome = Outcome.ACKNOWLEDGED) -> Sample:
    return Sample("desk", "note", f"n-{number}", "ann", number, number, number + 0.9, outcome, "" if outcome is Outcome.ACKNOWLEDGED else "HTTP 500")  # fmt: skip  # noqa: E501


def snapshot(*unbalanced: str) -> Snapshot:
    rows = dict.fromkeys(unbalanced, "5")
    measured = {"own": {"rows": Measured(Kind.HOLDS, rows, len(rows), 10)}}
    return Snapshot("db", "2026-11-22T00:00:00+00:00", "19.0", {}, measured, {}, {"own": "Entries balance"})


SAMPLES = tuple(sample(number) for number in range(30))
SOUND = Drilled(
    drill="database-restart",
    what="PostgreSQL restarted",
    timeline=Timeline(SAMPLES, 10.5, 10.5, 11.0),
    books=Ledger(tuple(Entry(each, 1, 1, 0) for each in SAMPLES)),
    before=snapshot(),
    after=snapshot(),
    wounds=(),
    metrics=(),
    findings=(),
    started=0.0,
    ended=31.0,
)


def rules(drilled: Drilled, most: float = 15) -> set[str]:
    found = tuple(drill_findings(drilled, most))
    assert all(finding.message and finding.remedy for finding in found)
    return {finding.rule for finding in found} - {"zero-invariants", "invariant-not-measured"}


def entry(records: int, done: int, half: int) -> Ledger:
    return Ledger((Entry(SAMPLES[0], records, done, half), Entry(SAMPLES[1], 1, 1, 0)))


def test_a_sound_drill_passes():
    assert rules(SOUND) == set()
    assert {metric.name: metric.value for metric in drill_metrics(SOUND)}["recovery_seconds"] == pytest.approx(1.4)


@pytest.mark.parametrize(
    ("change", "rule"),
    [
        ({"books": entry(0, 0, 0)}, "acknowledged-lost"),
        ({"books": entry(2, 1, 0)}, "doubled"),
        ({"books": entry(1, 1, 1)}, "half-done"),
        ({"books": Ledger(())}, "nothing-read-back"),
        ({"wounds": ("Redis does not answer",)}, "not-undone"),
        ({"timeline": Timeline(SAMPLES[:11], 10.95, 10.95, 10.95)}, "not-recovered"),
        ({"timeline": Timeline(SAMPLES, 40.0, 40.0, 40.0)}, "nothing-under-way"),
        ({"findings": (Finding("no-effect", "nothing was hit", remedy="hit it"),)}, "no-effect"),
    ],
)
def test_each_wrong_is_found_by_its_rule(change, rule):
    assert rule in rules(replace(SOUND, **change))


def test_slow_recovery_is_found():
    assert rules(SOUND, most=1.0) == {"recovery-too-slow"}


def test_errors_that_stay_are_found():
    late = tuple(
        sample(number, Outcome.REFUSED if number % 4 == 0 else Outcome.ACKNOWLEDGED) for number in range(30, 50)
    )
    assert "errors-after-recovery" in rules(replace(SOUND, timeline=Timeline((*SAMPLES, *late), 10.5, 10.5, 11.0)))


def test_what_held_before_must_hold_after():
    found = rules(replace(SOUND, after=snapshot("MISC/2026/11/0001")))
    assert any(rule.startswith("invariant-") for rule in found)


def test_the_curve_marks_fault_and_recovery():
    picture = recovery_curve(SOUND)
    assert [mark.label for mark in picture.marks] == ["fault", "recovered"]
    assert sum(y for _, y in picture.lines[0].points) == len(SAMPLES)
    held = replace(SOUND, timeline=Timeline(SAMPLES, 10.5, 13.5, 13.5))
    assert [mark.label for mark in recovery_curve(held).marks] == ["fault", "undone", "recovered"]


def test_limits_come_from_gate_toml_else_from_the_class():
    settings = ResilienceSettings(max_recovery_seconds={"odoo-kill": 20})
    assert most_recovery_seconds(settings, "production", "odoo-kill") == 20
    assert most_recovery_seconds(settings, "production", "worker-kill") == PRODUCTION["worker-kill"]
    assert most_recovery_seconds(settings, "qa", "worker-kill") == 2 * PRODUCTION["worker-kill"]
    assert most_recovery_seconds(settings, "unheard-of", "worker-kill") == PRODUCTION["worker-kill"]
