"""Secrets in files: known shapes by detect-secrets, and values whose name says what they are, as Odoo writes them."""

from odoo_gate.secrets.scanning import scan
from odoo_gate.secrets.secret import Secret, fingerprint
from odoo_gate.secrets.sources import Sources, TextFile, files_of

__all__ = ["Secret", "Sources", "TextFile", "files_of", "fingerprint", "scan"]
