"""What a stranger reaches of the deployment: databases, known passwords, the ingress, sessions."""

from odoo_gate.security.surface.configuration import configuration_findings
from odoo_gate.security.surface.definition import publication_findings, role_findings
from odoo_gate.security.surface.judgement import Judged, judge_deployment, judge_ingress
from odoo_gate.security.surface.sessions import session_findings
from odoo_gate.security.surface.site import AS_IN_PRODUCTION, Site, secured

__all__ = [
    "AS_IN_PRODUCTION",
    "Judged",
    "Site",
    "configuration_findings",
    "judge_deployment",
    "judge_ingress",
    "publication_findings",
    "role_findings",
    "secured",
    "session_findings",
]
