"""Scripts that run inside Odoo."""
