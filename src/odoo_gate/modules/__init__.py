"""What must be true of a module by itself: it has tests, installs alone, updates, uninstalls, translates."""

from odoo_gate.modules.install import install_log_findings, installed_alone
from odoo_gate.modules.places import place_of, release_failure
from odoo_gate.modules.tests_found import listing_findings
from odoo_gate.modules.translations import translation_findings
from odoo_gate.modules.uninstall import uninstall_findings
from odoo_gate.modules.update import update_findings
from odoo_gate.modules.views import view_findings

__all__ = [
    "install_log_findings",
    "installed_alone",
    "listing_findings",
    "place_of",
    "release_failure",
    "translation_findings",
    "uninstall_findings",
    "update_findings",
    "view_findings",
]
