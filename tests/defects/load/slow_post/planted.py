import time

from odoo import models


class Move(models.Model):
    _inherit = "account.move"

    def action_post(self):
        time.sleep(0.4)  # of a transaction that takes less than a second
        return super().action_post()
