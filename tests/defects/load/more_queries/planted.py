from odoo import api, models


class Order(models.Model):
    _inherit = "purchase.order"

    @api.model_create_multi
    def create(self, vals_list):
        for number in range(20):
            self.env.cr.execute("SELECT name FROM res_company WHERE id = %s", [number])
        return super().create(vals_list)
