from odoo import api, models


class HrAttendance(models.Model):
    _name = "hr.attendance"
    _inherit = ["hr.attendance", "construction.payroll.source"]

    @api.model
    def _get_payroll_fields(self):
        return super()._get_payroll_fields() | {"check_in", "check_out"}
