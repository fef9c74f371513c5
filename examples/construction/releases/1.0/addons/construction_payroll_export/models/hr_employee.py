from odoo import api, fields, models
from odoo.exceptions import ValidationError


class HrEmployee(models.Model):
    _inherit = "hr.employee"

    payroll_number = fields.Char(
        size=8,
        copy=False,
        groups="hr.group_hr_user",
        help="The number of the employee at the payroll bureau.",
    )

    _payroll_number_unique = models.UniqueIndex(
        "(company_id, payroll_number) WHERE payroll_number IS NOT NULL",
        "A payroll number belongs to one employee of a company.",
    )

    @api.constrains("payroll_number")
    def _check_payroll_number(self):
        for employee in self:
            number = employee.payroll_number
            if number and not (number.isascii() and number.isdigit()):
                raise ValidationError(self.env._("A payroll number consists of digits: %s does not.", number))
