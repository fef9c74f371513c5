"""The thin layer that makes pytest the engine of odoo-gate."""
