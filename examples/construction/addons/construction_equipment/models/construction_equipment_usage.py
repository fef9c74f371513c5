from odoo import api, fields, models
from odoo.exceptions import UserError


class ConstructionEquipmentUsage(models.Model):
    """Hours of a machine on a job; confirmed, they are a cost of the job."""

    _name = "construction.equipment.usage"
    _description = "Equipment Usage"
    _order = "date desc, id desc"
    _check_company_auto = True

    equipment_id = fields.Many2one(
        "maintenance.equipment", required=True, index=True, ondelete="restrict", check_company=True
    )
    project_id = fields.Many2one(
        "project.project",
        "Job",
        required=True,
        index=True,
        ondelete="restrict",
        check_company=True,
        domain=[("is_template", "=", False)],
    )
    cost_code_id = fields.Many2one(
        "construction.cost.code",
        required=True,
        index=True,
        ondelete="restrict",
        check_company=True,
        domain=[("cost_type", "=", "equipment")],
    )
    date = fields.Date(required=True, default=fields.Date.context_today)
    hours = fields.Float(required=True)
    company_id = fields.Many2one(
        "res.company", required=True, readonly=True, index=True, default=lambda self: self.env.company
    )
    currency_id = fields.Many2one(related="company_id.currency_id")
    rate = fields.Monetary(
        "Charge per Hour", compute="_compute_rate", store=True, precompute=True, readonly=False
    )
    amount = fields.Monetary("Charge", compute="_compute_amount", store=True)
    analytic_line_id = fields.Many2one(
        "account.analytic.line",
        readonly=True,
        copy=False,
        index="btree_not_null",
        ondelete="restrict",
        check_company=True,
    )
    state = fields.Selection(
        [("draft", "Draft"), ("charged", "Charged")], compute="_compute_state", store=True, readonly=True
    )

    _hours_positive = models.Constraint("CHECK(hours > 0)", "Equipment is used for more than nothing.")
    _analytic_line_unique = models.Constraint(
        "UNIQUE(analytic_line_id)", "A usage has a cost line of its own."
    )

    @api.depends("equipment_id")
    def _compute_rate(self):
        for usage in self:
            usage.rate = usage.equipment_id.charge_rate

    @api.depends("hours", "rate", "currency_id")
    def _compute_amount(self):
        for usage in self:
            amount = usage.hours * usage.rate
            usage.amount = usage.currency_id.round(amount) if usage.currency_id else amount

    @api.depends("analytic_line_id")
    def _compute_state(self):
        for usage in self:
            usage.state = "charged" if usage.analytic_line_id else "draft"

    @api.depends("equipment_id.name", "date")
    def _compute_display_name(self):
        for usage in self:
            usage.display_name = f"{usage.equipment_id.name or ''} {usage.date or ''}"

    def write(self, vals):
        locked = {
            "equipment_id",
            "project_id",
            "cost_code_id",
            "date",
            "hours",
            "rate",
            "company_id",
        } & vals.keys()
        if locked and any(usage.state == "charged" for usage in self):
            raise UserError(self.env._("Charged usage does not change: take the charge back first."))
        return super().write(vals)

    @api.ondelete(at_uninstall=False)
    def _unlink_except_charged(self):
        if any(usage.state == "charged" for usage in self):
            raise UserError(self.env._("Take the charge back before deleting the usage."))

    def action_charge(self):
        """Charge the usage to the analytic accounts of the jobs."""
        draft = self.filtered(lambda usage: usage.state == "draft")
        for usage in draft:
            if not usage.project_id.account_id:
                raise UserError(self.env._("%s has no analytic account.", usage.project_id.display_name))
        for usage, line in zip(draft, draft._create_analytic_lines(), strict=True):
            usage.analytic_line_id = line

    def action_take_back(self):
        """Remove the charge from the job."""
        lines = self.analytic_line_id
        self.analytic_line_id = False
        self._remove_analytic_lines(lines)

    def _create_analytic_lines(self):
        # sudo: a site manager charges equipment without being an accountant.
        return (
            self.env["account.analytic.line"]
            .sudo()
            .create([usage._prepare_analytic_line() for usage in self])
        )

    def _remove_analytic_lines(self, lines):
        # sudo: as for creating them; the lines are the ones of these usages.
        lines.sudo().unlink()

    def _prepare_analytic_line(self):
        self.ensure_one()
        return {
            "name": self.equipment_id.name,
            "date": self.date,
            "account_id": self.project_id.account_id.id,
            "cost_code_id": self.cost_code_id.id,
            "company_id": self.company_id.id,
            "unit_amount": self.hours,
            "product_uom_id": self.env.ref("uom.product_uom_hour").id,
            "amount": -self.amount,
        }
