"""What a release does when something under it dies: every drill under load, undone afterwards, and judged."""

from odoo_gate.resilience.curve import recovery_curve
from odoo_gate.resilience.degraded import degraded_mode
from odoo_gate.resilience.disk import disk_full
from odoo_gate.resilience.drill import Drilled, Fault, Hit, Underway, Work, run_drill
from odoo_gate.resilience.jobs import Job, cron_crash
from odoo_gate.resilience.judgement import drill_findings, drill_metrics
from odoo_gate.resilience.limits import most_recovery_seconds
from odoo_gate.resilience.network import CUT_CLIENT, SLOW_DATABASE, lost_response
from odoo_gate.resilience.preparation import Prepared, prepare
from odoo_gate.resilience.reports import Report, duplicate_webhook
from odoo_gate.resilience.servers import DATABASE_CRASH, DATABASE_RESTART, INGRESS_RESTART, ODOO_KILL, WORKER_KILL
from odoo_gate.resilience.sessions import redis_loss
from odoo_gate.resilience.stage import Stage, staged

__all__ = [
    "CUT_CLIENT",
    "DATABASE_CRASH",
    "DATABASE_RESTART",
    "INGRESS_RESTART",
    "ODOO_KILL",
    "SLOW_DATABASE",
    "WORKER_KILL",
    "Drilled",
    "Fault",
    "Hit",
    "Job",
    "Prepared",
    "Report",
    "Stage",
    "Underway",
    "Work",
    "cron_crash",
    "degraded_mode",
    "disk_full",
    "drill_findings",
    "drill_metrics",
    "duplicate_webhook",
    "lost_response",
    "most_recovery_seconds",
    "prepare",
    "recovery_curve",
    "redis_loss",
    "run_drill",
    "staged",
]
