"""The process that holds a developer's stack: `python -m odoo_gate.workbench <request>`. Started by `launching`."""

from __future__ import annotations

import sys

from odoo_gate.workbench.holding import hold
from odoo_gate.workbench.request import Request

if __name__ == "__main__":
    sys.exit(hold(Request.from_json(sys.argv[1])))
