"""What runs in Odoo, through the agent."""
