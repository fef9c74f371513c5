from odoo import models


class Order(models.Model):
    _inherit = "purchase.order"

    def button_approve(self, **_options):
        return {}
