from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Command


class ConstructionRetentionRelease(models.Model):
    """Retention that becomes due, because the work is accepted or the defects period is over."""

    _name = "construction.retention.release"
    _description = "Retention Release"
    _inherit = ["mail.thread"]
    _order = "date desc, id desc"
    _check_company_auto = True

    name = fields.Char("Number", default="/", readonly=True, copy=False)
    state = fields.Selection(
        [("draft", "Draft"), ("posted", "Posted"), ("cancelled", "Cancelled")],
        default="draft",
        required=True,
        readonly=True,
        copy=False,
        tracking=True,
    )
    company_id = fields.Many2one(
        "res.company", required=True, readonly=True, index=True, default=lambda self: self.env.company
    )
    direction = fields.Selection(
        [("payable", "To a Vendor"), ("receivable", "By a Customer")], required=True, default="payable"
    )
    date = fields.Date(required=True, default=fields.Date.context_today)
    date_due = fields.Date("Due Date", help="When the released amount is to be paid; empty: at once.")
    partner_id = fields.Many2one("res.partner", required=True, index=True, check_company=True)
    project_id = fields.Many2one("project.project", "Job", required=True, index=True, check_company=True)
    currency_id = fields.Many2one(
        "res.currency", required=True, default=lambda self: self.env.company.currency_id
    )
    amount = fields.Monetary(required=True, tracking=True)
    held_amount = fields.Monetary("Held", compute="_compute_held_amount")
    move_id = fields.Many2one("account.move", "Journal Entry", readonly=True, copy=False, check_company=True)

    _amount_positive = models.Constraint("CHECK(amount > 0)", "Release more than nothing.")

    @api.depends("company_id", "direction", "partner_id", "project_id", "currency_id", "state")
    def _compute_held_amount(self):
        self.held_amount = 0.0
        for (company, direction), releases in self.grouped(lambda r: (r.company_id, r.direction)).items():
            held = self.env["account.move.line"]._get_retention_held(direction, company)
            for release in releases:
                partner = release.partner_id.commercial_partner_id
                key = (partner.id, release.project_id.id, release.currency_id.id)
                release.held_amount = held.get(key, 0.0)

    @api.model_create_multi
    def create(self, vals_list):
        for vals in vals_list:
            if vals.get("name", "/") == "/":
                company = self.env["res.company"].browse(vals.get("company_id")) or self.env.company
                vals["name"] = (
                    self.env["ir.sequence"]
                    .with_company(company)
                    .next_by_code("construction.retention.release")
                )
        return super().create(vals_list)

    @api.ondelete(at_uninstall=False)
    def _unlink_except_posted(self):
        if any(release.state == "posted" for release in self):
            raise UserError(self.env._("A posted release stays in the books: cancel it instead."))

    def action_post(self):
        """Put the amount back on the partner's account, where it is paid like any other."""
        for release in self:
            if release.state != "draft":
                raise UserError(self.env._("%s is not a draft.", release.name))
            if release.currency_id.compare_amounts(release.amount, release.held_amount) > 0:
                raise UserError(
                    self.env._(
                        "Only %(held)s is held of %(partner)s on %(project)s.",
                        held=release.currency_id.format(release.held_amount),
                        partner=release.partner_id.display_name,
                        project=release.project_id.display_name,
                    )
                )
            release._post_entry()

    def action_cancel(self):
        """Take the release back, as long as nothing of it is paid."""
        for release in self.filtered("move_id"):
            due = release.move_id.line_ids.filtered(lambda line: line._is_due())
            if due.matched_debit_ids or due.matched_credit_ids:
                raise UserError(self.env._("%s is already paid.", release.name))
            release.move_id.line_ids.remove_move_reconcile()
            release.move_id.button_cancel()
        self.state = "cancelled"

    def _post_entry(self):
        """Create, post and reconcile the entry; each open retention line is cleared at its own rate."""
        self.ensure_one()
        shares = self._allocate()
        move = self.env["account.move"].create(self._prepare_entry(shares))
        move._post()
        released = move.line_ids.filtered(lambda line: not line._is_due())
        for (line, _amount_currency, _balance), counterpart in zip(shares, released, strict=True):
            (line + counterpart).reconcile()
        self.write({"move_id": move.id, "state": "posted"})

    def _allocate(self):
        """Return [(open retention line, signed amount in currency, signed balance)], oldest first."""
        account = self.company_id._get_retention_account(self.direction)
        sign = 1 if self.direction == "receivable" else -1
        open_lines = self.env["account.move.line"].search(
            [
                ("account_id", "=", account.id),
                ("company_id", "=", self.company_id.id),
                ("partner_id", "=", self.partner_id.commercial_partner_id.id),
                ("move_id.retention_project_id", "=", self.project_id.id),
                ("currency_id", "=", self.currency_id.id),
                ("parent_state", "=", "posted"),
                ("reconciled", "=", False),
            ],
            order="date, id",
        )
        shares, left = [], self.amount
        for line in open_lines.filtered(lambda line: sign * line.amount_residual_currency > 0):
            taken = min(left, sign * line.amount_residual_currency)
            share = taken / (sign * line.amount_residual_currency)
            balance = self.company_id.currency_id.round(line.amount_residual * share)
            shares.append((line, sign * taken, balance))
            left = self.currency_id.round(left - taken)
            if not left:
                return shares
        raise UserError(
            self.env._("Credit notes hold retention back too: reconcile them before %s.", self.name)
        )

    def _prepare_entry(self, shares):
        partner = self.partner_id.commercial_partner_id.with_company(self.company_id)
        if self.direction == "receivable":
            due_account = partner.property_account_receivable_id
        else:
            due_account = partner.property_account_payable_id
        label = self.env._("Retention release %s", self.name)
        line_vals = {"name": label, "partner_id": partner.id, "currency_id": self.currency_id.id}
        due_line = {
            **line_vals,
            "account_id": due_account.id,
            "date_maturity": self.date_due or self.date,
            "amount_currency": sum(amount_currency for _line, amount_currency, _balance in shares),
            "balance": sum(balance for _line, _amount_currency, balance in shares),
        }
        released_lines = [
            {
                **line_vals,
                "account_id": line.account_id.id,
                "amount_currency": -amount_currency,
                "balance": -balance,
            }
            for line, amount_currency, balance in shares
        ]
        return {
            "move_type": "entry",
            "date": self.date,
            "ref": label,
            "journal_id": self.company_id.retention_journal_id.id,
            "company_id": self.company_id.id,
            "retention_project_id": self.project_id.id,
            "line_ids": [Command.create(vals) for vals in [due_line, *released_lines]],
        }
