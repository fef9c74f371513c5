"""May this release replace what runs in production: an upgrade of production-like data, rehearsed and judged."""

from odoo_gate.migration.declarations import judged, unused
from odoo_gate.migration.drift import drift
from odoo_gate.migration.judgement import (
    downtime_findings,
    lock_findings,
    missing_findings,
    prediction_findings,
    upgrade_findings,
)
from odoo_gate.migration.pictures import downtime_picture, lock_picture
from odoo_gate.migration.prediction import Point, predicted
from odoo_gate.migration.rehearsal import Rehearsal, failed_upgrade, rehearse
from odoo_gate.migration.repetition import Repeated, aborted, differences, upgraded_twice
from odoo_gate.migration.review import Scale, review
from odoo_gate.migration.schema import Schema, fingerprint, take_schema
from odoo_gate.migration.scripts import script_findings
from odoo_gate.migration.side_by_side import both_serve
from odoo_gate.migration.stage import Stage
from odoo_gate.migration.state import State, take_state
from odoo_gate.odoo.upgrade_plan import UpgradePlan, plan_upgrade

__all__ = [
    "Point",
    "Rehearsal",
    "Repeated",
    "Scale",
    "Schema",
    "Stage",
    "State",
    "UpgradePlan",
    "aborted",
    "both_serve",
    "differences",
    "downtime_findings",
    "downtime_picture",
    "drift",
    "failed_upgrade",
    "fingerprint",
    "judged",
    "lock_findings",
    "lock_picture",
    "missing_findings",
    "plan_upgrade",
    "predicted",
    "prediction_findings",
    "rehearse",
    "review",
    "script_findings",
    "take_schema",
    "take_state",
    "unused",
    "upgrade_findings",
    "upgraded_twice",
]
