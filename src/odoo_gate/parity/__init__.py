"""Whether what is tested is what runs: the environment's definition in git, compared with the candidate's stack."""

from odoo_gate.parity.comparison import (
    ParityReport,
    configuration_findings,
    database_findings,
    image_findings,
    odoo_findings,
    secret_findings,
)
from odoo_gate.parity.definition import Definition, read_definition
from odoo_gate.parity.tested import StackUnderTest, read_stack

__all__ = [
    "Definition",
    "ParityReport",
    "StackUnderTest",
    "configuration_findings",
    "database_findings",
    "image_findings",
    "odoo_findings",
    "read_definition",
    "read_stack",
    "secret_findings",
]
