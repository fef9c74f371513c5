"""Judging a run: what it judges is prepared, its evidence assembled, its verdict signed."""

from odoo_gate.judgement.assembly import Assembled, assemble
from odoo_gate.judgement.calendars import policy_folder, read_calendars, record_calendars
from odoo_gate.judgement.earlier_runs import EarlierRuns, earlier_runs
from odoo_gate.judgement.explanation import Blocker, Explanation, explain
from odoo_gate.judgement.part import judge_part
from odoo_gate.judgement.policy_file import read_policy
from odoo_gate.judgement.prepared import Prepared, merge, prepare, read_prepared
from odoo_gate.judgement.run_folders import new_run_folder, point_latest, runs_folder

__all__ = [
    "Assembled",
    "Blocker",
    "EarlierRuns",
    "Explanation",
    "Prepared",
    "assemble",
    "earlier_runs",
    "explain",
    "judge_part",
    "merge",
    "new_run_folder",
    "point_latest",
    "policy_folder",
    "prepare",
    "read_calendars",
    "read_policy",
    "read_prepared",
    "record_calendars",
    "runs_folder",
]
