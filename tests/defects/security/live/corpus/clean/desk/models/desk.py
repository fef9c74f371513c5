from odoo import fields, models
from odoo.exceptions import AccessError


class DeskSite(models.Model):
    _name = "desk.site"
    _description = "Site"

    name = fields.Char(required=True)
    company_id = fields.Many2one("res.company", required=True, default=lambda self: self.env.company)


class DeskTicket(models.Model):
    _name = "desk.ticket"
    _description = "Ticket"
    _inherit = ["portal.mixin"]
    _check_company_auto = True

    name = fields.Char(required=True)
    partner_id = fields.Many2one("res.partner", required=True)
    site_id = fields.Many2one("desk.site", check_company=True)
    company_id = fields.Many2one("res.company", required=True, default=lambda self: self.env.company)
    state = fields.Selection([("draft", "Draft"), ("approved", "Approved")], default="draft", copy=False)

    def _compute_access_url(self):
        for ticket in self:
            ticket.access_url = f"/my/tickets/{ticket.id}"

    def action_approve(self):
        """Approve tickets; it takes a manager."""
        if not self.env.user.has_group("desk.group_manager"):
            raise AccessError("A manager approves.")
        self.write({"state": "approved"})

    def action_reset(self):
        """Make drafts of tickets again."""
        self.write({"state": "draft"})


class DeskPayslip(models.Model):
    _name = "desk.payslip"
    _description = "Payslip"

    name = fields.Char(required=True)
    wage = fields.Float(groups="desk.group_manager")
    company_id = fields.Many2one("res.company", required=True, default=lambda self: self.env.company)
