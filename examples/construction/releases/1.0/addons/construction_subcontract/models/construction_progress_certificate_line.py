from odoo import api, fields, models
from odoo.exceptions import UserError


class ConstructionProgressCertificateLine(models.Model):
    _name = "construction.progress.certificate.line"
    _description = "Progress Certificate Line"
    _order = "certificate_id, sequence, id"
    _check_company_auto = True

    certificate_id = fields.Many2one(
        "construction.progress.certificate",
        required=True,
        index=True,
        ondelete="cascade",
        check_company=True,
    )
    subcontract_line_id = fields.Many2one(
        "construction.subcontract.line",
        required=True,
        index=True,
        ondelete="restrict",
        check_company=True,
    )
    sequence = fields.Integer(related="subcontract_line_id.sequence", store=True)
    name = fields.Char(related="subcontract_line_id.name")
    cost_code_id = fields.Many2one(related="subcontract_line_id.cost_code_id", store=True)
    state = fields.Selection(related="certificate_id.state", store=True)
    company_id = fields.Many2one(related="certificate_id.company_id", store=True, index=True)
    currency_id = fields.Many2one(related="certificate_id.currency_id")
    contract_amount = fields.Monetary(related="subcontract_line_id.amount", string="Contract")
    percent_complete = fields.Float(
        "Complete (%)", digits=(5, 2), help="Of the whole line, until the valuation date."
    )
    to_date_amount = fields.Monetary("Work to Date", compute="_compute_amounts", store=True)
    previous_amount = fields.Monetary("Previously Certified", compute="_compute_amounts", store=True)
    period_amount = fields.Monetary("This Period", compute="_compute_amounts", store=True)

    _percent_complete_range = models.Constraint(
        "CHECK(percent_complete >= 0 AND percent_complete <= 100)",
        "Work is between 0 and 100 % complete.",
    )
    _subcontract_line_unique = models.Constraint(
        "UNIQUE(certificate_id, subcontract_line_id)",
        "A certificate values each line of the subcontract once.",
    )

    @api.depends("percent_complete", "subcontract_line_id.amount", "certificate_id.number")
    def _compute_amounts(self):
        previous = self._get_previous_amounts()
        for line in self:
            to_date = line.subcontract_line_id.amount * line.percent_complete / 100
            line.to_date_amount = line.currency_id.round(to_date) if line.currency_id else to_date
            line.previous_amount = sum(
                amount
                for number, amount in previous.get(line.subcontract_line_id.id, ())
                if number < line.certificate_id.number
            )
            line.period_amount = line.to_date_amount - line.previous_amount

    @api.model_create_multi
    def create(self, vals_list):
        lines = super().create(vals_list)
        lines._check_draft()
        return lines

    def write(self, vals):
        if {"percent_complete", "certificate_id", "subcontract_line_id"} & vals.keys():
            self._check_draft()
        return super().write(vals)

    @api.ondelete(at_uninstall=False)
    def _unlink_except_certified(self):
        self._check_draft()

    def _check_draft(self):
        if any(line.certificate_id.state != "draft" for line in self):
            raise UserError(self.env._("A certified valuation does not change: correct it in the next one."))

    def _get_previous_amounts(self):
        """Return {subcontract line id: [(certificate number, amount certified by it)]}."""
        certified = self.search_fetch(
            [("subcontract_line_id", "in", self.subcontract_line_id.ids), ("state", "=", "certified")],
            ["subcontract_line_id", "certificate_id", "period_amount"],
        )
        return {
            subcontract_line.id: [(line.certificate_id.number, line.period_amount) for line in lines]
            for subcontract_line, lines in certified.grouped("subcontract_line_id").items()
        }

    def _prepare_bill_line(self, sign):
        self.ensure_one()
        return {
            "name": f"{self.certificate_id.display_name} {self.name}",
            "quantity": 1,
            "price_unit": sign * self.period_amount,
            "cost_code_id": self.cost_code_id.id,
            "analytic_distribution": self.certificate_id.project_id._get_analytic_distribution(),
        }
