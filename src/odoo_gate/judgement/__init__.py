"""Judging a run: what it judges is prepared, its evidence assembled, its verdict signed."""

from odoo_gate.judgement.assembly import Assembled, assemble
from odoo_gate.judgement.part import judge_part
from odoo_gate.judgement.policy_file import read_policy
from odoo_gate.judgement.prepared import Prepared, merge, prepare, read_prepared
from odoo_gate.judgement.run_folders import point_latest, runs_folder

__all__ = [
    "Assembled",
    "Prepared",
    "assemble",
    "judge_part",
    "merge",
    "point_latest",
    "prepare",
    "read_policy",
    "read_prepared",
    "runs_folder",
]
