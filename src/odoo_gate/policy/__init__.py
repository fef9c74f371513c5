"""Policy: which checks an environment demands, and the verdict that follows from the evidence. Pure."""

from odoo_gate.policy.document import AllowedSkip, EnvironmentRules, Policy, default_policy, load_policy
from odoo_gate.policy.judgement import allowance, judge

__all__ = [
    "AllowedSkip",
    "EnvironmentRules",
    "Policy",
    "allowance",
    "default_policy",
    "judge",
    "load_policy",
]
