import base64
import hashlib

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Domain

from .payroll_layout import Detail, render_file


class ConstructionPayrollExport(models.Model):
    """One delivery of hours to the payroll bureau.

    It takes what was entered for the period until the cut-off. Delivered hours are locked, so the file can be
    made again byte for byte.
    """

    _name = "construction.payroll.export"
    _description = "Payroll Export"
    _inherit = ["mail.thread"]
    _order = "id desc"
    _check_company_auto = True

    name = fields.Char("Number", default="/", readonly=True, copy=False)
    state = fields.Selection(
        [("draft", "Draft"), ("exported", "Exported")],
        default="draft",
        required=True,
        readonly=True,
        copy=False,
        tracking=True,
    )
    company_id = fields.Many2one(
        "res.company", required=True, readonly=True, index=True, default=lambda self: self.env.company
    )
    date_range_id = fields.Many2one(
        "date.range", "Pay Period", required=True, ondelete="restrict", check_company=True
    )
    cut_off = fields.Datetime(
        required=True, default=fields.Datetime.now, help="Hours entered after it are not exported."
    )
    file_content = fields.Binary("File", readonly=True, copy=False, attachment=True)
    file_name = fields.Char(readonly=True, copy=False)
    file_sha256 = fields.Char("SHA-256", readonly=True, copy=False)
    record_count = fields.Integer("Records", readonly=True, copy=False)
    timesheet_hours = fields.Float(readonly=True, copy=False)
    attendance_hours = fields.Float(readonly=True, copy=False)

    @api.model_create_multi
    def create(self, vals_list):
        for vals in vals_list:
            if vals.get("name", "/") == "/":
                company = self.env["res.company"].browse(vals.get("company_id")) or self.env.company
                vals["name"] = (
                    self.env["ir.sequence"].with_company(company).next_by_code("construction.payroll.export")
                )
        return super().create(vals_list)

    @api.ondelete(at_uninstall=False)
    def _unlink_except_exported(self):
        if any(export.state == "exported" for export in self):
            raise UserError(self.env._("What went to the payroll bureau is kept."))

    def action_export(self):
        """Take the hours, write the file and lock the hours."""
        for export in self:
            if export.state != "draft":
                raise UserError(self.env._("%s was exported already.", export.name))
            export._take_hours()
            export._write_file()

    def action_reset(self):
        """Give the hours back, for when the bureau refuses the file."""
        for export in self:
            for source in export._get_sources():
                source.write({"payroll_export_id": False})
        self.write(
            {
                "state": "draft",
                "file_content": False,
                "file_name": False,
                "file_sha256": False,
                "record_count": 0,
            }
        )

    def _take_hours(self):
        """Mark the hours of this export as its own."""
        self.ensure_one()
        domain = Domain(
            [
                ("company_id", "=", self.company_id.id),
                ("date", ">=", self.date_range_id.date_start),
                ("date", "<=", self.date_range_id.date_end),
                ("create_date", "<=", self.cut_off),
                ("payroll_export_id", "=", False),
            ]
        )
        # sudo: everyone is paid, also for hours on projects the payroll officer may not see.
        timesheets = self.env["account.analytic.line"].sudo()
        attendances = self.env["hr.attendance"].sudo()
        attendance_domain = Domain([("check_out", "!=", False)]) & domain.map_conditions(
            lambda condition: (
                Domain("employee_id.company_id", condition.operator, condition.value)
                if condition.field_expr == "company_id"
                else condition
            )
        )
        timesheets.search(domain & Domain("project_id", "!=", False)).write({"payroll_export_id": self.id})
        attendances.search(attendance_domain).write({"payroll_export_id": self.id})

    def _get_sources(self):
        """Return the timesheets and the attendances of this export."""
        domain = [("payroll_export_id", "in", self.ids)]
        # sudo: as in _take_hours.
        return self.env["account.analytic.line"].sudo().search(domain), self.env[
            "hr.attendance"
        ].sudo().search(domain)

    def _get_details(self):
        """Return the detail records: hours by employee, day, kind and cost code."""
        self.ensure_one()
        domain = [("payroll_export_id", "=", self.id)]
        # sudo: as in _take_hours.
        timesheets = (
            self.env["account.analytic.line"]
            .sudo()
            ._read_group(domain, ["employee_id", "date:day", "cost_code_id"], ["unit_amount:sum"])
        )
        attendances = (
            self.env["hr.attendance"]
            .sudo()
            ._read_group(domain, ["employee_id", "date:day"], ["worked_hours:sum"])
        )
        hours = [(employee, day, "T", code.code or "", value) for employee, day, code, value in timesheets]
        hours += [(employee, day, "A", "", value) for employee, day, value in attendances]
        nameless = sorted({employee.name for employee, *_rest in hours if not employee.payroll_number})
        if nameless:
            raise UserError(self.env._("Enter the payroll number of: %s.", ", ".join(nameless)))
        return [
            Detail(employee.payroll_number, day, kind, code, round(value * 100))
            for employee, day, kind, code, value in hours
        ]

    def _render_file(self, details):
        self.ensure_one()
        period = self.date_range_id
        try:
            return render_file(
                self.company_id.payroll_code or "", period.date_start, period.date_end, self.name, details
            )
        except ValueError as error:
            raise UserError(
                self.env._("A value does not fit the layout of the payroll file: %s", error)
            ) from error

    def _write_file(self):
        self.ensure_one()
        if not self.company_id.payroll_code:
            raise UserError(self.env._("Enter the payroll code of %s.", self.company_id.name))
        details = self._get_details()
        if not details:
            raise UserError(self.env._("There are no hours to export until %s.", self.date_range_id.date_end))
        content = self._render_file(details)
        self.write(
            {
                "state": "exported",
                "file_content": base64.b64encode(content),
                "file_name": f"{self.name}.txt",
                "file_sha256": hashlib.sha256(content).hexdigest(),
                "record_count": len(details),
                "timesheet_hours": sum(d.hundredths for d in details if d.kind == "T") / 100,
                "attendance_hours": sum(d.hundredths for d in details if d.kind == "A") / 100,
            }
        )
