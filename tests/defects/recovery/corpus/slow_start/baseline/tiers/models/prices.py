import time

from odoo import models
from odoo.tools import config

SECONDS = 20


class Prices(models.AbstractModel):
    _name = "tiers.prices"
    _description = "Prices, computed before anybody is served"

    def _register_hook(self):
        super()._register_hook()
        if config["workers"]:
            time.sleep(SECONDS)
