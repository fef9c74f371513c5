from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from odoo_gate.errors import SettingsError
from odoo_gate.model import Severity
from odoo_gate.recovery.business import Kind, Lost, loss_metrics
from odoo_gate.recovery.objectives import Loss, Objectives, objectives_of, rpo_findings, rto_findings
from odoo_gate.recovery.rollback import Rollback, rollback_findings, rollback_loss_findings
from odoo_gate.recovery.writes import Write, lost_writes
from odoo_gate.settings import RecoverySettings, settings_from

NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)
INVOICES, SHEETS = Kind("customer invoices", "account_move"), Kind("timesheet lines", "account_analytic_line")
LOST = (
    Lost(INVOICES, 3, 0.0, 1, (NOW - timedelta(seconds=50)).replace(tzinfo=None)),
    Lost(SHEETS, 3, 7.5, 0, (NOW - timedelta(seconds=90)).replace(tzinfo=None)),
)


def rules(findings, severity=Severity.ERROR):
    return [finding.rule for finding in findings if finding.severity is severity]


def loss(*, age=100.0, writes=2, lost_after=10.0, committed_before=False):
    taken = 1000.0
    sent = taken - 5 if committed_before else taken + lost_after
    all_writes = tuple(Write(f"w{i}", sent, sent + 0.1) for i in range(writes))
    return Loss(taken=taken, disaster=taken + age, backup_seconds=30.0, writes=all_writes, lost=all_writes[:1])


def test_the_class_of_the_environment_decides_where_nothing_is_set():
    plain = RecoverySettings()
    assert objectives_of(plain, "production").rto < objectives_of(plain, "qa").rto
    assert objectives_of(plain, "unheard-of") == objectives_of(plain, "production")
    assert objectives_of(RecoverySettings(rto_seconds=5), "qa").rto == 5


def test_rto():
    assert rules(rto_findings(Objectives(10, 10), 9.9)) == []
    assert rules(rto_findings(Objectives(10, 10), 10.1)) == ["rto-missed"]


def test_what_is_lost_counts_from_the_oldest_write_that_is_gone():
    assert loss(age=100, lost_after=10).seconds == 90
    assert lost_writes((Write("a", 1, 2), Write("b", 3, 4)), frozenset({"a"})) == (Write("b", 3, 4),)


def test_rpo():
    assert rules(rpo_findings(Objectives(10, 3600, 1800), loss())) == []
    assert rules(rpo_findings(Objectives(10, 99), loss(age=100))) == ["backup-too-old"]
    assert rules(rpo_findings(Objectives(10, 1000, 1000), loss())) == ["schedule-misses-rpo"]


def test_without_writes_nothing_was_measured():
    assert rules(rpo_findings(Objectives(10, 3600), loss(writes=0))) == ["no-writes"]


def test_a_write_from_before_the_backup_must_be_in_it():
    assert rules(rpo_findings(Objectives(10, 3600), loss(committed_before=True))) == ["committed-write-lost"]


def test_an_untold_schedule_is_noted():
    assert rules(rpo_findings(Objectives(10, 3600), loss()), Severity.NOTE) == ["no-schedule"]


def test_what_a_rollback_loses_is_named_and_within_the_rpo():
    found = list(rollback_loss_findings(LOST, RecoverySettings(), 100, NOW.timestamp()))
    assert rules(found) == []
    assert "customer invoices 3" in found[-1].message
    assert "timesheet hours 7.5" in found[-1].message
    assert "changes to customer invoices 1" in found[-1].message


def test_without_a_tolerance_nothing_older_than_the_rpo_may_be_lost():
    assert rules(rollback_loss_findings(LOST, RecoverySettings(), 60, NOW.timestamp())) == ["lost-beyond-rpo"]


@pytest.mark.parametrize(
    ("tolerance", "expected"),
    [
        ({"max_lost_documents": 6}, []),
        ({"max_lost_documents": 5}, ["too-many-lost"]),
        ({"max_lost_documents": 6, "max_lost_hours": 7}, ["too-many-hours-lost"]),
    ],
)
def test_a_declared_tolerance_decides(tolerance, expected):
    found = rollback_loss_findings(LOST, RecoverySettings(**tolerance), 1, NOW.timestamp())
    assert rules(found) == expected


def test_losses_as_metrics():
    metrics = {metric.name: metric.value for metric in loss_metrics(LOST)}
    assert metrics["lost_documents"] == 6
    assert metrics["lost_customer_invoices"] == 3
    assert metrics["lost_timesheet_lines_hours"] == 7.5


def test_a_rollback_without_business_proves_nothing():
    nothing = Rollback(1, 1, 1, {"account.move": 0}, (), ())
    assert rules(rollback_findings(nothing)) == ["no-business", "no-journeys"]


def test_a_script_is_named_exactly_when_it_is_the_way_back(tmp_path):
    (tmp_path / "addons").mkdir()
    written = {"project": {"series": "19.0"}, "recovery": {"rollback": "script"}}
    with pytest.raises(SettingsError, match="rollback_script"):
        settings_from(written, root=tmp_path)
    written["recovery"]["rollback_script"] = "back.sql"
    with pytest.raises(SettingsError, match="is not a file"):
        settings_from(written, root=tmp_path)
    (tmp_path / "back.sql").touch()
    assert settings_from(written, root=tmp_path).recovery.rollback_script == "back.sql"
