"""All invariants, in the order they are reported."""

from __future__ import annotations

from collections.abc import Mapping

from odoo_gate.invariants.definitions.accounting import ACCOUNTING
from odoo_gate.invariants.definitions.administration import ADMINISTRATION
from odoo_gate.invariants.definitions.numbering import NUMBERING
from odoo_gate.invariants.definitions.operations import OPERATIONS
from odoo_gate.invariants.definitions.records import RECORDS
from odoo_gate.invariants.definitions.structure import STRUCTURE

ALL = (*ACCOUNTING, *OPERATIONS, *NUMBERING, *RECORDS, *STRUCTURE, *ADMINISTRATION)

INVARIANTS: Mapping[str, str] = {invariant.id: invariant.title for invariant in ALL}
"""Invariant id → title."""
