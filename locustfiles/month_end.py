"""Month-end close: everybody invoices, enters bills, reconciles and looks at the balance; then the month is locked."""

from __future__ import annotations

import datetime

from browser import Refused
from invoicing import MOVE, done, draft, look, pay, post
from open_load import Done, Turn, offer

LOCKS = ("sale_lock_date", "purchase_lock_date", "tax_lock_date")
"""Those that can be taken back; the hard lock cannot."""


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


def lock_month(turn: Turn) -> Done:
    """Nothing is booked in the month before this one any more. A bill that comes late falls into the open month."""
    tab, company = turn.tab, turn.person["company"]
    until = str(datetime.date.fromisoformat(turn.day).replace(day=1) - datetime.timedelta(days=1))
    turn.notes["key"] = f"lock@{company}@{until}"
    tab.call("res.company", "write", [company], dict.fromkeys(LOCKS, until))
    shown = tab.call("res.company", "read", [company], list(LOCKS))[0]
    if any(shown[lock] != until for lock in LOCKS):
        raise Refused(f"the month is locked until {', '.join(str(shown[lock]) for lock in LOCKS)}")
    late = draft(turn, "in_invoice", lines=1, invoice_date=until, ref=f"{turn.intent}/late")
    post(turn, late)
    booked = tab.read(MOVE, late, {"date": {}})["date"]
    if booked <= until:
        raise Refused(f"a late bill was booked on {booked}, in the month that is locked")
    return Done(company, 1)


MonthEnd = offer(
    "month-end",
    {
        "post-invoice": post_invoice,
        "post-bill": post_bill,
        "pay-and-reconcile": pay_and_reconcile,
        "analytic-items": analytic_items,
        "trial-balance": trial_balance,
        "browse-invoices": browse_invoices,
        "lock-month": lock_month,
    },
    look,
)
