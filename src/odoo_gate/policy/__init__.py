"""Policy: which checks an environment demands, and the verdict that follows from the evidence. Pure."""

from odoo_gate.policy.approvals import Approval, ApprovalRules, lacking
from odoo_gate.policy.calendar import Calendar, Window, next_window, windows_at
from odoo_gate.policy.derived import derived_results, is_derived
from odoo_gate.policy.document import AllowedSkip, Duty, EnvironmentRules, Policy, default_policy, load_policy
from odoo_gate.policy.judgement import allowance, judge, valid_until
from odoo_gate.policy.limits import Limit
from odoo_gate.policy.manual import ManualAnswer, ManualDemand, answers_that_count, manual_ends
from odoo_gate.policy.objectives import Grade, Graded, Objective, Score, grades
from odoo_gate.policy.override import OverrideRules
from odoo_gate.policy.waivers import Waiver, WaiverReview, WaiverState, exceeded, review, waivers_of

__all__ = [
    "AllowedSkip",
    "Approval",
    "ApprovalRules",
    "Calendar",
    "Duty",
    "EnvironmentRules",
    "Grade",
    "Graded",
    "Limit",
    "ManualAnswer",
    "ManualDemand",
    "Objective",
    "OverrideRules",
    "Policy",
    "Score",
    "Waiver",
    "WaiverReview",
    "WaiverState",
    "Window",
    "allowance",
    "answers_that_count",
    "default_policy",
    "derived_results",
    "exceeded",
    "grades",
    "is_derived",
    "judge",
    "lacking",
    "load_policy",
    "manual_ends",
    "next_window",
    "review",
    "valid_until",
    "waivers_of",
    "windows_at",
]
