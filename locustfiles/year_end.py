"""Year-end close: long entries, balances of everything, the ledger exported, and the lock at the end."""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping
from typing import Any

from browser import Refused, Tab
from invoicing import MOVE, done, ids, post
from open_load import Done, Turn, offer

ITEM = "account.move.line"
PAIRS = 10
LOCKED_UNTIL = "2019-12-31"
"""Before anything that is still open."""


def look(tab: Tab, person: Mapping[str, Any]) -> dict[str, Any]:
    accounts = ids(
        tab,
        "account.account",
        [["company_ids", "in", [person["company"]]], ["account_type", "in", ["expense", "asset_current"]]],
    )
    journals = ids(tab, "account.journal", [["company_id", "=", person["company"]], ["type", "=", "general"]])
    if not accounts or not journals:
        raise Refused(f"company {person['company']} has no accounts to book on")
    return {"accounts": accounts, "journal": journals[0]}


def closing_entry(turn: Turn) -> Done:
    """Twenty items that balance."""
    tab, accounts = turn.tab, turn.facts["accounts"]
    tab.open_list(MOVE, [["move_type", "=", "entry"]], default_move_type="entry")
    items = []
    for pair in range(PAIRS):
        amount = float(turn.rng.randint(10, 9_999))
        for side, other in (("debit", "credit"), ("credit", "debit")):
            account = accounts[(turn.number + pair) % len(accounts)]
            values = {"account_id": account, "name": f"Closing {pair + 1}", side: amount, other: 0.0}
            items.append([0, f"virtual_{pair}_{side}", values])
    turn.notes["lines"] = len(items)
    values = {"move_type": "entry", "journal_id": turn.facts["journal"], "ref": turn.intent, "date": turn.day}
    turn.notes["record"] = tab.save(MOVE, {**values, "line_ids": items}, default_move_type="entry")
    post(turn, turn.notes["record"])
    return done(turn)


def trial_balance(turn: Turn) -> Done:
    """Posted items by account and year: every year balances on the screen."""
    groups = turn.tab.call(
        ITEM,
        "formatted_read_group",
        domain=[["parent_state", "=", "posted"]],
        groupby=["account_id", "date:year"],
        aggregates=["debit:sum", "credit:sum"],
    )
    if not groups:
        raise Refused("the trial balance is empty")
    years: dict[str, float] = {}
    for group in groups:
        year = str(group["date:year"])
        years[year] = years.get(year, 0.0) + group["debit:sum"] - group["credit:sum"]
    wrong = {year: round(difference, 2) for year, difference in years.items() if abs(difference) >= 0.005}
    if wrong:
        raise Refused(f"the trial balance is out by {wrong}")
    return Done(lines=len(groups))


def export_ledger(turn: Turn) -> Done:
    """The items of the year to a spreadsheet: every row there, and the total that Odoo itself says.

    What others post meanwhile is in neither: the rows are those that were there when it began.
    """
    last = turn.tab.call(ITEM, "search", [["parent_state", "=", "posted"]], limit=1, order="id desc")
    domain = [["parent_state", "=", "posted"], ["id", "<=", last[0] if last else 0]]
    told = turn.tab.call(ITEM, "formatted_read_group", domain=domain, groupby=[], aggregates=["debit:sum", "__count"])[
        0
    ]
    rows = list(csv.DictReader(io.StringIO(turn.tab.export(ITEM, None, domain, _COLUMNS).decode("utf-8-sig"))))
    debit = sum(float(row["debit"]) for row in rows)
    if not rows or len(rows) != told["__count"] or abs(debit - told["debit:sum"]) > 0.01 * len(rows):
        raise Refused(f"{len(rows)} rows and {debit:.2f} of {told['__count']} and {told['debit:sum']:.2f}")
    return Done(lines=len(rows))


def lock_year(turn: Turn) -> Done:
    company = turn.person["company"]
    turn.notes["key"] = f"lock@{company}@{LOCKED_UNTIL}"
    turn.tab.call("res.company", "write", [company], {"fiscalyear_lock_date": LOCKED_UNTIL})
    shown = turn.tab.call("res.company", "read", [company], ["fiscalyear_lock_date"])
    if shown[0]["fiscalyear_lock_date"] != LOCKED_UNTIL:
        raise Refused(f"the books are locked until {shown[0]['fiscalyear_lock_date']}")
    return Done(company)


_COLUMNS = ("move_name", "account_id", "partner_id", "date", "debit", "credit")

YearEnd = offer(
    "year-end",
    {
        "closing-entry": closing_entry,
        "trial-balance": trial_balance,
        "export-ledger": export_ledger,
        "lock-year": lock_year,
    },
    look,
)
