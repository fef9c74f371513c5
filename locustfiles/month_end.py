"""Month-end close: everybody invoices, enters bills, reconciles payments and looks at the balance at once."""

from __future__ import annotations

from browser import Refused
from invoicing import MOVE, done, draft, look, pay, post
from open_load import Done, Turn, offer


def post_invoice(turn: Turn) -> Done:
    turn.tab.open_list(MOVE, [["move_type", "=", "out_invoice"]], default_move_type="out_invoice")
    post(turn, draft(turn, "out_invoice"))
    return done(turn)


def post_bill(turn: Turn) -> Done:
    turn.tab.open_list(MOVE, [["move_type", "=", "in_invoice"]], default_move_type="in_invoice")
    post(turn, draft(turn, "in_invoice"))
    return done(turn)


def pay_and_reconcile(turn: Turn) -> Done:
    record = draft(turn, "out_invoice", lines=1)
    post(turn, record)
    pay(turn, record)
    return done(turn)


def analytic_items(turn: Turn) -> Done:
    """Costs by account and month, then the items behind the first group."""
    groups = turn.tab.call(
        "account.analytic.line",
        "formatted_read_group",
        domain=[],
        groupby=["date:month"],
        aggregates=["amount:sum", "__count"],
    )
    rows = turn.tab.search("account.analytic.line", [], {"date": {}, "name": {}, "amount": {}})
    return Done(lines=len(groups) + len(rows))


def trial_balance(turn: Turn) -> Done:
    """Posted items by account: it must balance on the screen too."""
    groups = turn.tab.call(
        "account.move.line",
        "formatted_read_group",
        domain=[["parent_state", "=", "posted"]],
        groupby=["account_id"],
        aggregates=["debit:sum", "credit:sum", "balance:sum"],
    )
    if not groups:
        raise Refused("the trial balance is empty")
    difference = sum(group["debit:sum"] for group in groups) - sum(group["credit:sum"] for group in groups)
    if abs(difference) >= 0.005:
        raise Refused(f"the trial balance is out by {difference:.2f}")
    return Done(lines=len(groups))


def browse_invoices(turn: Turn) -> Done:
    """The list, and one document of it."""
    rows = turn.tab.open_list(MOVE, [["move_type", "=", "out_invoice"]], default_move_type="out_invoice")
    if not rows:
        raise Refused("the list of invoices is empty")
    turn.tab.open_form(MOVE, rows[turn.rng.randrange(len(rows))]["id"])
    return Done(lines=len(rows))


MonthEnd = offer(
    "month-end",
    {
        "post-invoice": post_invoice,
        "post-bill": post_bill,
        "pay-and-reconcile": pay_and_reconcile,
        "analytic-items": analytic_items,
        "trial-balance": trial_balance,
        "browse-invoices": browse_invoices,
    },
    look,
)
