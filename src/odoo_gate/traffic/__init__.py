"""People at work: profiles of what they do, driven against an Odoo by Locust, each arrival recorded."""
