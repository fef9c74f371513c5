"""Policy: which checks an environment demands, and the verdict that follows from the evidence. Pure."""

from odoo_gate.policy.approvals import Approval, ApprovalRules, lacking
from odoo_gate.policy.calendar import Calendar, Window, next_window, windows_at
from odoo_gate.policy.document import AllowedSkip, Duty, EnvironmentRules, Policy, default_policy, load_policy
from odoo_gate.policy.judgement import allowance, judge, valid_until
from odoo_gate.policy.waivers import Waiver, WaiverReview, WaiverState, review, waivers_of

__all__ = [
    "AllowedSkip",
    "Approval",
    "ApprovalRules",
    "Calendar",
    "Duty",
    "EnvironmentRules",
    "Policy",
    "Waiver",
    "WaiverReview",
    "WaiverState",
    "Window",
    "allowance",
    "default_policy",
    "judge",
    "lacking",
    "load_policy",
    "next_window",
    "review",
    "valid_until",
    "waivers_of",
    "windows_at",
]
