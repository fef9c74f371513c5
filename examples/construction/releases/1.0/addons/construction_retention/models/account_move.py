from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError
from odoo.fields import Command


class AccountMove(models.Model):
    _inherit = "account.move"

    retention_project_id = fields.Many2one(
        "project.project", "Retention Job", index="btree_not_null", check_company=True
    )
    retention_percent = fields.Float(
        "Retention (%)",
        digits=(5, 2),
        compute="_compute_retention_percent",
        store=True,
        readonly=False,
    )
    retention_amount = fields.Monetary(
        "Retention",
        compute="_compute_retention_amount",
        store=True,
        help="Held back of the untaxed amount; moved to the retention account when the document is posted.",
    )
    retention_move_id = fields.Many2one(
        "account.move",
        "Retention Entry",
        readonly=True,
        copy=False,
        index="btree_not_null",
        check_company=True,
    )

    @api.depends("retention_project_id", "move_type")
    def _compute_retention_percent(self):
        for move in self:
            if move.is_sale_document() and move.retention_project_id:
                move.retention_percent = move.retention_project_id.retention_percent
            else:
                move.retention_percent = move.retention_percent or 0.0

    @api.depends("amount_untaxed", "retention_percent", "currency_id")
    def _compute_retention_amount(self):
        for move in self:
            amount = move.amount_untaxed * move.retention_percent / 100
            move.retention_amount = move.currency_id.round(amount) if move.currency_id else amount

    @api.constrains("retention_percent", "retention_project_id")
    def _check_retention_project(self):
        for move in self:
            if move.retention_percent and not move.retention_project_id:
                raise ValidationError(
                    self.env._("Retention is held by job: choose the retention job of %s.", move.display_name)
                )

    def _post(self, soft=True):
        posted = super()._post(soft)
        withholding = posted.filtered(lambda move: move.is_invoice() and move.retention_amount)
        if withholding:  # the entries that withhold are posted by this very method
            withholding._withhold_retention()
        return posted

    def button_draft(self):
        self._cancel_retention()
        return super().button_draft()

    def _withhold_retention(self):
        """Move the retention of posted documents from the partner's account to the retention account."""
        entries = self.create([move._prepare_retention_entry() for move in self])
        entries._post()
        for move, entry in zip(self, entries, strict=True):
            move.retention_move_id = entry
            terms = move.line_ids.filtered(lambda line: line.display_type == "payment_term")
            (terms + entry.line_ids.filtered(lambda line: line._is_due())).reconcile()

    def _prepare_retention_entry(self):
        """Return the values of the entry that withholds; it uses the document's own rate."""
        self.ensure_one()
        account = self.company_id._get_retention_account(
            "receivable" if self.is_sale_document() else "payable"
        )
        terms = self.line_ids.filtered(lambda line: line.display_type == "payment_term")
        amount_currency = self.direction_sign * self.retention_amount
        rate = sum(terms.mapped("balance")) / sum(terms.mapped("amount_currency"))
        balance = self.company_id.currency_id.round(amount_currency * rate)
        label = self.env._("Retention %s", self.name)
        line_vals = {
            "name": label,
            "partner_id": self.commercial_partner_id.id,
            "currency_id": self.currency_id.id,
        }
        return {
            "move_type": "entry",
            "date": self.date,
            "ref": label,
            "journal_id": self.company_id.retention_journal_id.id,
            "company_id": self.company_id.id,
            "retention_project_id": self.retention_project_id.id,
            "line_ids": [
                Command.create(
                    {
                        **line_vals,
                        "account_id": terms[:1].account_id.id,
                        "amount_currency": amount_currency,
                        "balance": balance,
                    }
                ),
                Command.create(
                    {
                        **line_vals,
                        "account_id": account.id,
                        "amount_currency": -amount_currency,
                        "balance": -balance,
                    }
                ),
            ],
        }

    def _cancel_retention(self):
        """Cancel the retention entries of documents that go back to draft."""
        entries = self.retention_move_id.filtered(lambda entry: entry.state == "posted")
        held = entries.line_ids.filtered(lambda line: not line._is_due())
        if held.matched_debit_ids or held.matched_credit_ids:
            raise UserError(self.env._("Retention was already released: cancel the release first."))
        entries.line_ids.remove_move_reconcile()
        entries.button_cancel()
        self.retention_move_id = False

    def action_open_retention_entry(self):
        """Open the entry that holds the retention of this document."""
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "res_model": "account.move",
            "view_mode": "form",
            "res_id": self.retention_move_id.id,
        }
