"""`python -m odoo_gate`: the same as `odoo-gate`."""

from odoo_gate.cli import main

main()
