import time

from odoo import api, models


class Line(models.Model):
    _inherit = "account.analytic.line"

    @api.model_create_multi
    def create(self, vals_list):
        time.sleep(0.4)
        return super().create(vals_list)
