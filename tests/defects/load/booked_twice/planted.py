from odoo import api, models


class Line(models.Model):
    _inherit = "account.analytic.line"

    @api.model_create_multi
    def create(self, vals_list):
        super().create([dict(values) for values in vals_list])
        return super().create(vals_list)
