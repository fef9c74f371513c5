from odoo import api, fields, models
from odoo.exceptions import UserError


class ConstructionPayrollSource(models.AbstractModel):
    """Hours that go to payroll once, and do not change after that."""

    _name = "construction.payroll.source"
    _description = "Source of Payroll Hours"

    payroll_export_id = fields.Many2one(
        "construction.payroll.export", readonly=True, copy=False, index="btree_not_null", ondelete="restrict"
    )

    @api.model
    def _get_payroll_fields(self):
        """Return the names of the fields that make the hours what they are."""
        return {"company_id", "employee_id"}

    def write(self, vals):
        if self._get_payroll_fields() & vals.keys():
            self._check_not_exported()
        return super().write(vals)

    @api.ondelete(at_uninstall=False)
    def _unlink_except_exported(self):
        self._check_not_exported()

    def _check_not_exported(self):
        # sudo: who corrects hours need not have access to payroll to learn that they are paid.
        if self.sudo().payroll_export_id:
            raise UserError(self.env._("These hours went to payroll already: enter a correction instead."))
