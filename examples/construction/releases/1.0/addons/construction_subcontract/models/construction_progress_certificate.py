from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Command


class ConstructionProgressCertificate(models.Model):
    """The value of the work a subcontractor has done until a day, and what of it is new."""

    _name = "construction.progress.certificate"
    _description = "Progress Certificate"
    _inherit = ["mail.thread", "mail.activity.mixin", "tier.validation"]
    _order = "subcontract_id, number desc, id desc"
    _check_company_auto = True
    _tier_validation_manual_config = False
    _state_from = ["draft"]
    _state_to = ["certified"]
    _cancel_state = "cancelled"

    subcontract_id = fields.Many2one(
        "construction.subcontract", required=True, index=True, ondelete="restrict", check_company=True
    )
    number = fields.Integer(readonly=True, copy=False, default=1)
    state = fields.Selection(
        [("draft", "Draft"), ("certified", "Certified"), ("cancelled", "Cancelled")],
        default="draft",
        required=True,
        readonly=True,
        copy=False,
        tracking=True,
    )
    date = fields.Date("Valuation Date", required=True, default=fields.Date.context_today)
    company_id = fields.Many2one(related="subcontract_id.company_id", store=True, index=True)
    project_id = fields.Many2one(related="subcontract_id.project_id", store=True, index=True)
    partner_id = fields.Many2one(related="subcontract_id.partner_id", store=True, index=True)
    currency_id = fields.Many2one(related="subcontract_id.currency_id")
    line_ids = fields.One2many("construction.progress.certificate.line", "certificate_id", "Lines")
    to_date_amount = fields.Monetary("Work to Date", compute="_compute_amounts", store=True)
    previous_amount = fields.Monetary("Previously Certified", compute="_compute_amounts", store=True)
    period_amount = fields.Monetary("This Period", compute="_compute_amounts", store=True)
    retention_amount = fields.Monetary("Retention", compute="_compute_amounts", store=True)
    bill_id = fields.Many2one(
        "account.move",
        "Vendor Bill",
        readonly=True,
        copy=False,
        index="btree_not_null",
        check_company=True,
        groups="account.group_account_invoice,account.group_account_readonly",
    )

    _number_unique = models.UniqueIndex(
        "(subcontract_id, number) WHERE state != 'cancelled'",
        "A subcontract has each certificate number once.",
    )

    @api.depends("subcontract_id.name", "number")
    def _compute_display_name(self):
        for certificate in self:
            certificate.display_name = f"{certificate.subcontract_id.name}-{certificate.number:02d}"

    @api.depends(
        "line_ids.to_date_amount",
        "line_ids.previous_amount",
        "line_ids.period_amount",
        "subcontract_id.retention_percent",
    )
    def _compute_amounts(self):
        for certificate in self:
            certificate.to_date_amount = sum(certificate.line_ids.mapped("to_date_amount"))
            certificate.previous_amount = sum(certificate.line_ids.mapped("previous_amount"))
            certificate.period_amount = sum(certificate.line_ids.mapped("period_amount"))
            certificate.retention_amount = certificate.currency_id.round(
                certificate.period_amount * certificate.subcontract_id.retention_percent / 100
            )

    @api.model_create_multi
    def create(self, vals_list):
        certificates = super().create(
            [{**vals, "number": self._next_number(vals["subcontract_id"])} for vals in vals_list]
        )
        for certificate in certificates.filtered(lambda certificate: not certificate.line_ids):
            certificate.line_ids = [
                Command.create(
                    {"subcontract_line_id": line.id, "percent_complete": line._get_percent_certified()}
                )
                for line in certificate.subcontract_id.line_ids
            ]
        return certificates

    @api.model
    def _next_number(self, subcontract_id):
        """Return the number after the last one; certificates are valued one after the other."""
        last = self.search(
            [("subcontract_id", "=", subcontract_id), ("state", "!=", "cancelled")],
            order="number desc",
            limit=1,
        )
        if last.state == "draft":
            raise UserError(self.env._("Certify or cancel %s first.", last.display_name))
        return last.number + 1

    @api.ondelete(at_uninstall=False)
    def _unlink_except_certified(self):
        if any(certificate.state == "certified" for certificate in self):
            raise UserError(self.env._("A certified certificate cannot be deleted."))

    def action_certify(self):
        """Accept the valuation; what is certified is the start of the next certificate."""
        for certificate in self:
            if certificate.state != "draft" or certificate.subcontract_id.state != "active":
                raise UserError(
                    self.env._(
                        "%s can only be certified as a draft, on an active subcontract.",
                        certificate.display_name,
                    )
                )
        self.write({"state": "certified"})

    def action_cancel(self):
        """Take a certificate back: the last one only, and before it is billed."""
        for certificate in self.filtered(lambda certificate: certificate.state != "cancelled"):
            later = certificate.subcontract_id.certificate_ids.filtered(
                lambda other, number=certificate.number: other.state != "cancelled" and other.number > number
            )
            if later or certificate._is_billed():
                raise UserError(self.env._("%s is billed or followed by another.", certificate.display_name))
            certificate.state = "cancelled"

    def action_create_bill(self):
        """Create the draft vendor bill of this period, with its retention, and open it."""
        self.ensure_one()
        if self.state != "certified" or self._is_billed():
            raise UserError(self.env._("%s is not certified, or billed already.", self.display_name))
        self.bill_id = self.env["account.move"].with_company(self.company_id).create(self._prepare_bill())
        return {
            "type": "ir.actions.act_window",
            "res_model": "account.move",
            "view_mode": "form",
            "res_id": self.bill_id.id,
        }

    def _is_billed(self):
        self.ensure_one()
        # sudo: a valuer need not see the bill to learn that there is one.
        bill = self.sudo().bill_id
        return bool(bill) and bill.state != "cancel"

    def _prepare_bill(self):
        """Return the values of the vendor bill; of a credit note when work was valued down."""
        lines = self.line_ids.filtered("period_amount")
        if not lines:
            raise UserError(self.env._("Nothing new is certified on %s.", self.display_name))
        sign = -1 if self.period_amount < 0 else 1
        return {
            "move_type": "in_refund" if sign < 0 else "in_invoice",
            "company_id": self.company_id.id,
            "partner_id": self.partner_id.id,
            "currency_id": self.currency_id.id,
            "invoice_date": self.date,
            "invoice_origin": self.display_name,
            "ref": self.display_name,
            "retention_project_id": self.project_id.id,
            "retention_percent": self.subcontract_id.retention_percent,
            "invoice_line_ids": [Command.create(line._prepare_bill_line(sign)) for line in lines],
        }
