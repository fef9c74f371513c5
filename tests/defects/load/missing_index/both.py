from odoo import models


class Move(models.Model):
    _inherit = "account.move"

    def _post(self, soft=True):
        self.env.cr.execute("SELECT rate FROM planted_rate WHERE code = %s", ["c777"])
        return super()._post(soft)
