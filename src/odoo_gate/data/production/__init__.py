"""Databases made of a dump of production: restored, neutralised, anonymised, and searched for what is left."""

from odoo_gate.data.production.templates import anonymised_template, restored_template

__all__ = ["anonymised_template", "restored_template"]
