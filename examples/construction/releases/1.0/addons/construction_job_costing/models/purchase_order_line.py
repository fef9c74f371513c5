from odoo import api, fields, models


class PurchaseOrderLine(models.Model):
    _inherit = "purchase.order.line"

    cost_code_id = fields.Many2one("construction.cost.code", index="btree_not_null", check_company=True)
    job_id = fields.Many2one(related="order_id.project_id", string="Job", store=True, index="btree_not_null")
    company_currency_id = fields.Many2one(related="company_id.currency_id", string="Company Currency")
    committed_amount = fields.Monetary(
        "Committed",
        compute="_compute_committed_amount",
        store=True,
        currency_field="company_currency_id",
        help="What is ordered and not billed yet, in the currency of the company.",
    )

    @api.constrains("cost_code_id", "company_id")
    def _check_cost_code_company(self):
        self._check_company(["cost_code_id"])

    @api.depends("state", "price_subtotal", "product_qty", "qty_invoiced", "order_id.currency_rate")
    def _compute_committed_amount(self):
        for line in self:
            if line.state != "purchase" or not line.product_qty:
                line.committed_amount = 0.0
                continue
            open_share = max(line.product_qty - line.qty_invoiced, 0.0) / line.product_qty
            rate = line.order_id.currency_rate or 1.0
            line.committed_amount = line.company_currency_id.round(line.price_subtotal * open_share / rate)

    def _prepare_account_move_line(self, move=False):
        return {**super()._prepare_account_move_line(move), "cost_code_id": self.cost_code_id.id}
