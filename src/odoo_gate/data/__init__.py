"""Databases that look like production: generated from archetypes, or made of a dump."""

from odoo_gate.data.errors import DataError
from odoo_gate.data.generation import Generated, data_template, generate
from odoo_gate.data.like_production import like_production
from odoo_gate.data.spec import PROFILES, SCALES, DataSpec, data_spec

__all__ = [
    "PROFILES",
    "SCALES",
    "DataError",
    "DataSpec",
    "Generated",
    "data_spec",
    "data_template",
    "generate",
    "like_production",
]
