import time

from odoo import api, models


class Attendance(models.Model):
    _inherit = "hr.attendance"

    def write(self, values):
        self._tell_the_bureau()
        return super().write(values)

    @api.model_create_multi
    def create(self, vals_list):
        self._tell_the_bureau()
        return super().create(vals_list)

    def _tell_the_bureau(self):
        self.env.cr.execute("SELECT id FROM ir_module_module WHERE name = 'hr_attendance' FOR UPDATE")
        time.sleep(2.0)  # what the bureau takes to answer
