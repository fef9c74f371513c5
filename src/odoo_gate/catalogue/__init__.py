"""What each check asks, why that matters, what makes it fail and what to do: a file a family, a block a check.

The report, `odoo-gate explain` and the documentation all read it here.
"""

from odoo_gate.catalogue.entries import Entry, Family, entries, entry, families

__all__ = ["Entry", "Family", "entries", "entry", "families"]
