import time

from odoo import api, models


class Project(models.Model):
    _inherit = "project.project"

    @api.model_create_multi
    def create(self, vals_list):
        self.env.cr.execute("SELECT pg_advisory_xact_lock(4711)")
        time.sleep(4.0)  # longer than a fast machine needs for a project, however busy
        return super().create(vals_list)
