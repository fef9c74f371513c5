"""Recovery rehearsed: backup, disaster, restore, point in time, rollback; measured and judged."""

from odoo_gate.recovery.backup import Source, take_backup
from odoo_gate.recovery.business import loss_metrics
from odoo_gate.recovery.encryption import BackupError, read_key
from odoo_gate.recovery.manifest import Backup, DatabaseFacts, Manifest, read_backup
from odoo_gate.recovery.objectives import Loss, Objectives, objectives_of, rpo_findings, rto_findings
from odoo_gate.recovery.pictures import recovery_picture
from odoo_gate.recovery.point_in_time import PointInTime, point_in_time_findings
from odoo_gate.recovery.real_backup import Verified, verify_backup
from odoo_gate.recovery.rehearsal import (
    Production,
    Recovery,
    recovery_metrics,
    rehearse_recovery,
    rehearse_recovery_to_a_moment,
    stand_up,
)
from odoo_gate.recovery.restore import Restored, Target, drop_restored, restore_backup
from odoo_gate.recovery.rollback import Rollback, rehearse_rollback, rollback_findings, rollback_loss_findings
from odoo_gate.recovery.verification import attachment_findings, finding_of, restored_findings, stored_findings

__all__ = [
    "Backup",
    "BackupError",
    "DatabaseFacts",
    "Loss",
    "Manifest",
    "Objectives",
    "PointInTime",
    "Production",
    "Recovery",
    "Restored",
    "Rollback",
    "Source",
    "Target",
    "Verified",
    "attachment_findings",
    "drop_restored",
    "finding_of",
    "loss_metrics",
    "objectives_of",
    "point_in_time_findings",
    "read_backup",
    "read_key",
    "recovery_metrics",
    "recovery_picture",
    "rehearse_recovery",
    "rehearse_recovery_to_a_moment",
    "rehearse_rollback",
    "restore_backup",
    "restored_findings",
    "rollback_findings",
    "rollback_loss_findings",
    "rpo_findings",
    "rto_findings",
    "stand_up",
    "stored_findings",
    "take_backup",
    "verify_backup",
]
