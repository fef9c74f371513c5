from odoo import api, models
from odoo.exceptions import UserError


class Line(models.Model):
    _inherit = "account.analytic.line"

    @api.model
    def formatted_read_group(self, domain, groupby=(), *arguments, **options):
        if "date:week" in groupby:
            raise UserError("This overview is closed.")
        return super().formatted_read_group(domain, groupby, *arguments, **options)
