"""Who may do what, asked of a running release: roles, portal users, callable methods, sensitive fields, duties."""

from odoo_gate.security.live.duties import BUILT_IN, abilities_of, duty_findings
from odoo_gate.security.live.fields import Read, field_findings, field_rights, unknown_patterns
from odoo_gate.security.live.matrix import Matrix, Right, merged, read_matrix, write_matrix
from odoo_gate.security.live.methods import call_methods, method_findings
from odoo_gate.security.live.portal import portal_findings, visit_portal
from odoo_gate.security.live.rights import Measured, door_findings, measure_rights, rights_findings
from odoo_gate.security.live.site import Site, open_site, roles_of

__all__ = [
    "BUILT_IN",
    "Matrix",
    "Measured",
    "Read",
    "Right",
    "Site",
    "abilities_of",
    "call_methods",
    "door_findings",
    "duty_findings",
    "field_findings",
    "field_rights",
    "measure_rights",
    "merged",
    "method_findings",
    "open_site",
    "portal_findings",
    "read_matrix",
    "rights_findings",
    "roles_of",
    "unknown_patterns",
    "visit_portal",
    "write_matrix",
]
