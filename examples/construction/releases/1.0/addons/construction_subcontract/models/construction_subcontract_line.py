from odoo import api, fields, models
from odoo.exceptions import UserError


class ConstructionSubcontractLine(models.Model):
    _name = "construction.subcontract.line"
    _description = "Subcontract Line"
    _order = "subcontract_id, sequence, id"
    _check_company_auto = True

    subcontract_id = fields.Many2one(
        "construction.subcontract", required=True, index=True, ondelete="cascade"
    )
    sequence = fields.Integer(default=10)
    name = fields.Char("Description", required=True)
    cost_code_id = fields.Many2one(
        "construction.cost.code", required=True, index=True, ondelete="restrict", check_company=True
    )
    company_id = fields.Many2one(related="subcontract_id.company_id", store=True, index=True)
    project_id = fields.Many2one(related="subcontract_id.project_id", store=True, index=True)
    state = fields.Selection(related="subcontract_id.state", store=True)
    currency_id = fields.Many2one(related="subcontract_id.currency_id")
    company_currency_id = fields.Many2one(related="company_id.currency_id", string="Company Currency")
    quantity = fields.Float(default=1.0, digits="Product Unit")
    price_unit = fields.Float(digits="Product Price")
    amount = fields.Monetary(compute="_compute_amount", store=True)
    certificate_line_ids = fields.One2many("construction.progress.certificate.line", "subcontract_line_id")
    certified_amount = fields.Monetary("Certified", compute="_compute_progress", store=True)
    committed_amount = fields.Monetary(
        "Committed",
        compute="_compute_progress",
        store=True,
        currency_field="company_currency_id",
        help="Agreed and not billed yet, in the currency of the company.",
    )

    @api.depends("quantity", "price_unit", "currency_id")
    def _compute_amount(self):
        for line in self:
            amount = line.quantity * line.price_unit
            line.amount = line.currency_id.round(amount) if line.currency_id else amount

    @api.depends(
        "amount",
        "state",
        "subcontract_id.date",
        "certificate_line_ids.period_amount",
        "certificate_line_ids.state",
        "certificate_line_ids.certificate_id.bill_id.state",
    )
    def _compute_progress(self):
        for line in self:
            certified = line.certificate_line_ids.filtered(lambda progress: progress.state == "certified")
            # sudo: whoever keeps the subcontract need not see the vendor's bills.
            billed = certified.filtered(
                lambda progress: progress.certificate_id.sudo().bill_id.state == "posted"
            )
            line.certified_amount = sum(certified.mapped("period_amount"))
            open_amount = line.amount - sum(billed.mapped("period_amount")) if line.state == "active" else 0.0
            line.committed_amount = line.currency_id._convert(
                open_amount,
                line.company_currency_id,
                line.company_id,
                line.subcontract_id.date or fields.Date.context_today(line),
            )

    @api.model_create_multi
    def create(self, vals_list):
        lines = super().create(vals_list)
        lines._check_draft()
        return lines

    def write(self, vals):
        if {"quantity", "price_unit", "cost_code_id", "subcontract_id"} & vals.keys():
            self._check_draft()
        return super().write(vals)

    @api.ondelete(at_uninstall=False)
    def _unlink_except_agreed(self):
        self._check_draft()

    def _check_draft(self):
        if any(line.subcontract_id.state in ("active", "closed") for line in self):
            raise UserError(
                self.env._("What was agreed does not change: make another subcontract for extras.")
            )

    def _get_percent_certified(self):
        """Return how much of the line is certified already, in percent of its amount."""
        self.ensure_one()
        return 100 * self.certified_amount / self.amount if self.amount else 0.0
