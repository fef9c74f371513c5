"""What must hold of a database, and be the same in two: measured by SQL, compared as plain data."""

from odoo_gate.invariants.comparison import compare, holding, nothing_asked
from odoo_gate.invariants.model import (
    Block,
    Custom,
    Declared,
    InvariantResult,
    InvariantsError,
    Kind,
    Measured,
    Result,
    Snapshot,
)
from odoo_gate.invariants.project import ProjectInvariants, measure_inside, observe
from odoo_gate.invariants.registry import INVARIANTS
from odoo_gate.invariants.snapshot import Inside, take_snapshot

__all__ = [
    "INVARIANTS",
    "Block",
    "Custom",
    "Declared",
    "Inside",
    "InvariantResult",
    "InvariantsError",
    "Kind",
    "Measured",
    "ProjectInvariants",
    "Result",
    "Snapshot",
    "compare",
    "holding",
    "measure_inside",
    "nothing_asked",
    "observe",
    "take_snapshot",
]
