"""A running Odoo, driven without Odoo on the host: agent, templates, clones, RPC."""
