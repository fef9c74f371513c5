"""Stock, purchasing, timesheets and retention."""

from __future__ import annotations

from fnmatch import fnmatchcase

from odoo_gate.invariants.catalog import Catalog
from odoo_gate.invariants.definitions.dialect import account_code, union
from odoo_gate.invariants.model import Kind
from odoo_gate.invariants.question import Absent, Answer, Invariant, Question, Source

_DONE = ("stock_move_line.location_dest_id", "stock_quant.quantity")


def _quants(catalog: Catalog, *, by_lot: bool) -> str:
    lot = "lot_id" if by_lot else "NULL::int"
    place = "coalesce({}product_id, 0), coalesce({}, 0), coalesce({}, 0), coalesce({}, 0), coalesce(owner_id, 0)"
    quant = place.format("", "location_id", lot, "package_id")
    source = place.format("ml.", "location_id", lot, "package_id")
    target = place.format("ml.", "location_dest_id", lot, "result_package_id")
    done, lines = _done(catalog)
    storable = "pt.is_storable" if catalog.has("product_template.is_storable") else "pt.type = 'product'"
    return f"""
    SELECT format('product %s, location %s, lot %s, package %s, owner %s', p, l, t, k, o),
           format('%s on hand, %s moved', trim_scale(sum(held)), trim_scale(sum(moved)))
      FROM (SELECT {quant}, quantity::numeric, 0 FROM stock_quant
            UNION ALL SELECT {target}, 0, {done} FROM {lines} WHERE ml.state = 'done'
            UNION ALL SELECT {source}, 0, -({done}) FROM {lines} WHERE ml.state = 'done'
           ) q(p, l, t, k, o, held, moved)
      JOIN product_product pp ON pp.id = p JOIN product_template pt ON pt.id = pp.product_tmpl_id
     WHERE {storable}
     GROUP BY p, l, t, k, o HAVING round(sum(held) - sum(moved), 4) <> 0"""


def _done(catalog: Catalog) -> tuple[str, str]:
    """SQL of a done quantity in the product's unit, and the tables it is in. Up to 16 it is in the line's own unit."""
    if catalog.has("stock_move_line.quantity_product_uom"):
        return "quantity_product_uom::numeric", "stock_move_line ml"
    return (
        "round(ml.qty_done::numeric / lu.factor * pu.factor, 4)",
        """stock_move_line ml JOIN uom_uom lu ON lu.id = ml.product_uom_id
           JOIN product_product mp ON mp.id = ml.product_id JOIN product_template mt ON mt.id = mp.product_tmpl_id
           JOIN uom_uom pu ON pu.id = mt.uom_id""",
    )


QUANTS = Invariant(
    "quants",
    "What is on hand is what was moved in less what was moved out",
    (
        Question(
            "moved",
            Kind.HOLDS,
            "does not agree with its done moves: {value}",
            sql=lambda catalog: _quants(catalog, by_lot=False),
            needs=_DONE,
            examined="stock_quant",
            remedy="correct the quants, or the moves that were changed",
        ),
        Question(
            "moved-by-lot",
            Kind.NEVER_WORSE,
            "does not agree with its done moves: {value}",
            sql=lambda catalog: _quants(catalog, by_lot=True),
            needs=(*_DONE, "stock_quant.lot_id"),
            examined="stock_quant",
            remedy="correct the lots of the quants, or of the moves that were changed",
        ),
        Question(
            "on-hand",
            Kind.EQUAL,
            "quantities by company, location and product",
            sql="""
            SELECT format('company %s, location %s, product %s', company_id, location_id, product_id),
                   sum(quantity::numeric) AS quantity, sum(reserved_quantity::numeric) AS reserved
              FROM stock_quant GROUP BY company_id, location_id, product_id""",
            needs=("stock_quant.quantity", "stock_quant.reserved_quantity"),
            table="stock_quant",
            rows="SELECT id, concat_ws(' ', 'product', product_id, 'location', location_id, quantity) FROM stock_quant",
            remedy="find what the migration did to these quants",
        ),
    ),
)


def _valuation(catalog: Catalog) -> str | Absent:
    if catalog.has("stock_valuation_layer.value"):
        return """
        SELECT format('company %s, product %s', company_id, product_id),
               sum(value) AS value, sum(quantity) AS quantity, sum(remaining_value) AS remaining, count(*) AS layers
          FROM stock_valuation_layer GROUP BY company_id, product_id"""
    if catalog.has("stock_move.value"):
        return """
        SELECT format('company %s, product %s', company_id, product_id),
               sum(CASE WHEN is_out THEN -value ELSE value END) AS value, count(*) AS moves
          FROM stock_move WHERE state = 'done' AND coalesce(value, 0) <> 0 GROUP BY company_id, product_id"""
    return Absent("the database has neither valuation layers nor values of stock moves")


def _valuation_rows(catalog: Catalog) -> str:
    if catalog.has("stock_valuation_layer.value"):
        return "SELECT id, concat_ws(' ', 'product', product_id, quantity, 'worth', value) FROM stock_valuation_layer"
    return """
    SELECT id, concat_ws(' ', reference, 'product', product_id, quantity, 'worth', value)
      FROM stock_move WHERE state = 'done' AND coalesce(value, 0) <> 0"""


VALUATION = Invariant(
    "valuation",
    "Stock is worth the same",
    (
        Question(
            "value",
            Kind.EQUAL,
            "value by company and product",
            sql=_valuation,
            table="stock_valuation_layer or stock_move",
            rows=_valuation_rows,
            remedy="find what the migration did to the values of these products",
        ),
    ),
)

PURCHASE_ORDERS = Invariant(
    "purchase-orders",
    "Purchase orders: number, totals, and quantities ordered, received and billed are the same",
    (
        Question(
            "orders",
            Kind.EQUAL,
            "purchase orders by company, currency, state and billing status",
            sql="""
            SELECT format('company %s, currency %s, %s, %s', company_id, currency_id, state, invoice_status),
                   count(*) AS orders, sum(amount_untaxed) AS untaxed, sum(amount_total) AS total
              FROM purchase_order GROUP BY 1""",
            needs=("purchase_order.invoice_status",),
            table="purchase_order",
            rows="SELECT id, concat_ws(' ', name, state, invoice_status, amount_total) FROM purchase_order",
            remedy="find what the migration did to these orders",
        ),
        Question(
            "quantities",
            Kind.EQUAL,
            "quantities of purchase order lines by company and state",
            sql="""
            SELECT format('company %s, %s', o.company_id, o.state), sum(l.product_qty::numeric) AS ordered,
                   sum(l.qty_received::numeric) AS received, sum(l.qty_invoiced::numeric) AS billed, count(*) AS lines
              FROM purchase_order_line l JOIN purchase_order o ON o.id = l.order_id GROUP BY 1""",
            needs=("purchase_order_line.qty_received", "purchase_order_line.qty_invoiced"),
            table="purchase_order_line",
            rows="""
            SELECT id, concat_ws(' ', 'order', order_id, 'ordered', product_qty, 'received', qty_received,
                                 'billed', qty_invoiced) FROM purchase_order_line""",
            remedy="find what the migration did to these lines",
        ),
        Question(
            "totals",
            Kind.HOLDS,
            "has an untaxed amount that is not the sum of its lines: {value}",
            sql="""
            SELECT format('company %s, %s (id %s)', o.company_id, o.name, o.id),
                   format('%s, lines %s', trim_scale(o.amount_untaxed), trim_scale(coalesce(t.sum, 0)))
              FROM purchase_order o JOIN res_currency u ON u.id = o.currency_id
              LEFT JOIN (SELECT order_id, sum(price_subtotal) AS sum FROM purchase_order_line
                          WHERE display_type IS NULL GROUP BY 1) t ON t.order_id = o.id
             WHERE abs(coalesce(o.amount_untaxed, 0) - coalesce(t.sum, 0)) >= 1.5 * u.rounding""",
            needs=("purchase_order.amount_untaxed", "purchase_order_line.price_subtotal"),
            examined="purchase_order",
            remedy="recompute the totals of the order",
        ),
    ),
)

_HOURS = ("account_analytic_line.employee_id", "account_analytic_line.project_id", "account_analytic_line.task_id")

TIMESHEETS = Invariant(
    "timesheets",
    "Timesheet hours are the same, and the hours spent on a task are those of its timesheets",
    (
        Question(
            "hours",
            Kind.EQUAL,
            "hours by employee, project and month",
            sql="""
            SELECT format('employee %s, project %s, %s', employee_id, project_id, to_char(date, 'YYYY-MM')),
                   sum(unit_amount::numeric) AS hours, sum(amount) AS amount, count(*) AS lines
              FROM account_analytic_line WHERE project_id IS NOT NULL GROUP BY 1""",
            needs=_HOURS,
            table="account_analytic_line",
            rows="""
            SELECT id, concat_ws(' ', date, 'employee', employee_id, 'project', project_id, unit_amount)
              FROM account_analytic_line WHERE project_id IS NOT NULL""",
            remedy="find what the migration did to these timesheets",
        ),
        Question(
            "task-hours",
            Kind.HOLDS,
            "has {value}",
            sql="""
            SELECT format('project %s, task %s', t.project_id, t.id),
                   format('%s effective hours, its timesheets %s',
                          trim_scale(round(coalesce(t.effective_hours, 0)::numeric, 2)), trim_scale(coalesce(h.sum, 0)))
              FROM project_task t
              LEFT JOIN (SELECT task_id, round(sum(unit_amount::numeric), 2) AS sum FROM account_analytic_line
                          WHERE project_id IS NOT NULL GROUP BY 1) h ON h.task_id = t.id
             WHERE abs(coalesce(t.effective_hours, 0)::numeric - coalesce(h.sum, 0)) > 0.01""",
            needs=(*_HOURS, "project_task.effective_hours"),
            examined="project_task WHERE effective_hours <> 0",
            remedy="recompute the hours of the task",
        ),
    ),
)


def _retention_accounts(source: Source) -> dict[int, str] | Absent:
    """Account id → name, of the accounts that hold retention: the companies' own, and those gate.toml names."""
    found: dict[int, str] = {}
    for direction in ("receivable", "payable"):
        column = f"retention_{direction}_account_id"
        if source.catalog.has(f"res_company.{column}"):
            for (account,) in source.fetch(f"SELECT DISTINCT {column} FROM res_company WHERE {column} IS NOT NULL"):
                found[account] = str(account)
    if source.retention_accounts and source.catalog.has("account_account"):
        companies = "CROSS JOIN res_company c" if not source.catalog.has("account_account.company_id") else ""
        company = "c.id" if companies else "a.company_id"
        code, joins = account_code(source.catalog, "a.id", company)
        for account, written in source.fetch(f"SELECT a.id, {code} FROM account_account a {companies} {joins}"):
            if any(fnmatchcase(written, pattern) for pattern in source.retention_accounts):
                found[account] = written
    if not found:
        return Absent("no company has retention accounts, and [invariants] retention_accounts names none that exist")
    return found


def _retention_balances(source: Source) -> Answer | Absent:
    accounts = _retention_accounts(source)
    if isinstance(accounts, Absent):
        return accounts
    has_project = source.catalog.has("account_move.retention_project_id")
    project = "m.retention_project_id" if has_project else "NULL::int"
    code, joins = account_code(source.catalog, "l.account_id", "l.company_id")
    rows = source.fetch(
        f"""
        SELECT format('company %s, account %s, partner %s, project %s, currency %s', l.company_id, {code},
                      l.partner_id, {project}, l.currency_id),
               sum(l.balance), sum(l.amount_currency), sum(l.amount_residual), count(*)
          FROM account_move_line l JOIN account_move m ON m.id = l.move_id {joins}
         WHERE l.parent_state = 'posted' AND l.account_id IN ({", ".join(map(str, accounts))}) GROUP BY 1"""
    )
    return Answer(rows, ["balance", "amount_currency", "residual", "lines"], len(rows))


_HELD = """
SELECT format('company %s, {direction}, partner %s, project %s, currency %s', company, partner, project, currency),
       format('documents hold %s, the ledger %s', trim_scale(sum(held)), trim_scale(sum(ledger)))
  FROM (SELECT m.company_id, m.commercial_partner_id, m.retention_project_id, m.currency_id,
               CASE WHEN m.move_type IN ('out_invoice', 'out_receipt', 'in_refund') THEN m.retention_amount
                    ELSE -m.retention_amount END, 0
          FROM account_move m
         WHERE m.state = 'posted' AND m.retention_move_id IS NOT NULL AND m.move_type LIKE '{documents}'
        UNION ALL
        SELECT r.company_id, coalesce(p.commercial_partner_id, p.id), r.project_id, r.currency_id, {sign} r.amount, 0
          FROM construction_retention_release r JOIN res_partner p ON p.id = r.partner_id
         WHERE r.state = 'posted' AND r.direction = '{direction}'
        UNION ALL
        SELECT l.company_id, l.partner_id, m.retention_project_id, l.currency_id, 0, l.amount_currency
          FROM account_move_line l JOIN account_move m ON m.id = l.move_id
          JOIN res_company c ON c.id = l.company_id AND c.retention_{direction}_account_id = l.account_id
         WHERE l.parent_state = 'posted'
       ) t(company, partner, project, currency, held, ledger)
 GROUP BY company, partner, project, currency HAVING round(sum(held) - sum(ledger), 4) <> 0"""

RETENTION = Invariant(
    "retention",
    "Retention held is the balance of the retention accounts, the same as before",
    (
        Question(
            "balances",
            Kind.EQUAL,
            "balances of the retention accounts by company, partner and project",
            ask=_retention_balances,
            needs=("account_move_line.parent_state",),
            remedy="find what the migration did to these retention entries",
        ),
        Question(
            "held",
            Kind.HOLDS,
            "does not agree: {value}",
            sql=union(
                (
                    _HELD.format(direction="receivable", documents="out%", sign="-"),
                    _HELD.format(direction="payable", documents="in%", sign=""),
                )
            ),
            needs=(
                "account_move.retention_amount",
                "account_move.retention_move_id",
                "construction_retention_release.amount",
                "res_company.retention_receivable_account_id",
                "res_company.retention_payable_account_id",
            ),
            examined="account_move WHERE state = 'posted' AND retention_move_id IS NOT NULL",
            remedy="correct the documents or the entries that withhold their retention",
        ),
    ),
)

OPERATIONS = (QUANTS, VALUATION, PURCHASE_ORDERS, TIMESHEETS, RETENTION)
