from odoo import models


class DeskTicket(models.Model):
    _inherit = "desk.ticket"

    def action_approve(self):
        self.write({"state": "approved"})
