"""odoo-gate: may this exact Odoo release go to that environment now? Answered with signed evidence."""

__version__ = "0.1.0"
