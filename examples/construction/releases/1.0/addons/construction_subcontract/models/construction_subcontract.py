from odoo import api, fields, models
from odoo.exceptions import UserError


class ConstructionSubcontract(models.Model):
    """A part of a job that another company builds for a price."""

    _name = "construction.subcontract"
    _description = "Subcontract"
    _inherit = ["mail.thread", "mail.activity.mixin", "tier.validation"]
    _order = "date desc, id desc"
    _check_company_auto = True
    _tier_validation_manual_config = False
    _state_from = ["draft"]
    _state_to = ["active"]
    _cancel_state = "cancelled"

    name = fields.Char("Number", default="/", readonly=True, copy=False)
    description = fields.Char(required=True)
    state = fields.Selection(
        [("draft", "Draft"), ("active", "Active"), ("closed", "Closed"), ("cancelled", "Cancelled")],
        default="draft",
        required=True,
        readonly=True,
        copy=False,
        tracking=True,
    )
    company_id = fields.Many2one(
        "res.company", required=True, readonly=True, index=True, default=lambda self: self.env.company
    )
    partner_id = fields.Many2one(
        "res.partner", "Subcontractor", required=True, index=True, check_company=True
    )
    project_id = fields.Many2one(
        "project.project",
        "Job",
        required=True,
        index=True,
        check_company=True,
        domain=[("is_template", "=", False)],
    )
    currency_id = fields.Many2one(
        "res.currency", required=True, default=lambda self: self.env.company.currency_id
    )
    date = fields.Date("Contract Date", required=True, default=fields.Date.context_today)
    retention_percent = fields.Float("Retention (%)", digits=(5, 2), default=5.0, tracking=True)
    line_ids = fields.One2many("construction.subcontract.line", "subcontract_id", "Lines", copy=True)
    certificate_ids = fields.One2many("construction.progress.certificate", "subcontract_id", "Certificates")
    certificate_count = fields.Integer(compute="_compute_certificate_count")
    amount = fields.Monetary("Contract Amount", compute="_compute_amounts", store=True)
    certified_amount = fields.Monetary("Certified", compute="_compute_amounts", store=True)

    @api.depends("line_ids.amount", "line_ids.certified_amount")
    def _compute_amounts(self):
        for subcontract in self:
            subcontract.amount = sum(subcontract.line_ids.mapped("amount"))
            subcontract.certified_amount = sum(subcontract.line_ids.mapped("certified_amount"))

    def _compute_certificate_count(self):
        counts = dict(
            self.env["construction.progress.certificate"]._read_group(
                [("subcontract_id", "in", self.ids)], ["subcontract_id"], ["__count"]
            )
        )
        for subcontract in self:
            subcontract.certificate_count = counts.get(subcontract, 0)

    @api.model_create_multi
    def create(self, vals_list):
        for vals in vals_list:
            if vals.get("name", "/") == "/":
                company = self.env["res.company"].browse(vals.get("company_id")) or self.env.company
                vals["name"] = (
                    self.env["ir.sequence"].with_company(company).next_by_code("construction.subcontract")
                )
        return super().create(vals_list)

    @api.ondelete(at_uninstall=False)
    def _unlink_except_used(self):
        if any(subcontract.state in ("active", "closed") for subcontract in self):
            raise UserError(self.env._("Only a draft or cancelled subcontract can be deleted."))

    def action_activate(self):
        """Sign the subcontract; its amount is committed on the job from here on."""
        for subcontract in self:
            if subcontract.state != "draft":
                raise UserError(self.env._("%s is not a draft.", subcontract.name))
            if not subcontract.line_ids:
                raise UserError(self.env._("%s has no lines.", subcontract.name))
        self.write({"state": "active"})

    def action_close(self):
        """End the subcontract: what is not certified is not committed any more."""
        if any(certificate.state == "draft" for certificate in self.certificate_ids):
            raise UserError(self.env._("Certify or cancel the draft certificates first."))
        self.write({"state": "closed"})

    def action_cancel(self):
        """Cancel a subcontract of which nothing is certified."""
        if any(certificate.state == "certified" for certificate in self.certificate_ids):
            raise UserError(self.env._("Work was certified already: close the subcontract instead."))
        self.certificate_ids.action_cancel()
        self.write({"state": "cancelled"})

    def action_new_certificate(self):
        """Create the next certificate, with a line for each line of the subcontract, and open it."""
        self.ensure_one()
        if self.state != "active":
            raise UserError(self.env._("%s is not active.", self.name))
        certificate = self.env["construction.progress.certificate"].create({"subcontract_id": self.id})
        return {
            "type": "ir.actions.act_window",
            "res_model": certificate._name,
            "view_mode": "form",
            "res_id": certificate.id,
        }

    def action_open_certificates(self):
        """Open the certificates of the subcontract."""
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "construction_subcontract.construction_progress_certificate_action"
        )
        action["domain"] = [("subcontract_id", "=", self.id)]
        return action
