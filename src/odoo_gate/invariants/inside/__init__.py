"""Files that run inside the Odoo container: sent there by `Agent.run_script`, never imported here."""
