"""Procurement import: spreadsheets come in through the import wizard while buyers confirm and managers approve."""

from __future__ import annotations

import csv
import io

import purchasing
from browser import Refused
from open_load import Done, Turn, offer
from purchasing import ORDER

ROWS = 50
ABOVE_THE_LIMIT = 6000.0
"""What one order must cost so that a manager has to approve it; the clone's limit is 5,000."""
_FIELDS = [
    "partner_ref",
    "partner_id/.id",
    "origin",
    "order_line/product_id/.id",
    "order_line/name",
    "order_line/product_qty",
    "order_line/price_unit",
]
_OPTIONS = {
    "import_skip_records": [],
    "import_set_empty_fields": [],
    "fallback_values": {},
    "name_create_enabled_fields": {},
    "encoding": "utf-8",
    "separator": ",",
    "quoting": '"',
    "date_format": "",
    "datetime_format": "",
    "float_thousand_separator": "",
    "float_decimal_separator": ".",
    "advanced": True,
    "has_headers": True,
    "keep_matches": False,
    "limit": 2000,
    "sheets": [],
    "sheet": "",
    "skip": 0,
    "tracking_disable": True,
}


def import_order(turn: Turn) -> Done:
    """All the steps of the wizard: the file, the preview, the test, the import."""
    tab = turn.tab
    wizard = tab.call("base_import.import", "create", [{"res_model": ORDER}])
    number = wizard[0] if isinstance(wizard, list) else wizard
    tab.upload_for_import(number, "orders.csv", spreadsheet(turn))
    preview = tab.call("base_import.import", "parse_preview", number, _OPTIONS)
    if preview.get("error"):
        raise Refused(f"the preview says {preview['error']}")
    for dry_run in (True, False):
        told = tab.call("base_import.import", "execute_import", number, _FIELDS, _FIELDS, _OPTIONS, dryrun=dry_run)
        wrong = [each for each in told.get("messages", ()) if each.get("type") == "error"]
        if wrong or not told.get("ids"):
            raise Refused(f"the import says {wrong[:1] or told}"[:300])
    return Done(told["ids"][0], ROWS)


def spreadsheet(turn: Turn) -> bytes:
    file = io.StringIO()
    writer = csv.writer(file)
    writer.writerow(_FIELDS)
    vendors, products = turn.facts["vendors"], turn.facts["products"]
    for row in range(ROWS):
        head = [turn.intent, vendors[turn.number % len(vendors)], "import"] if row == 0 else ["", "", ""]
        writer.writerow([*head, products[row % len(products)], f"Item {row + 1}", 1 + row % 7, 25.0 + row])
    return file.getvalue().encode()


def approve_order(turn: Turn) -> Done:
    """The buyer confirms, a manager of the company approves; what counts is the state that is read back."""
    tab, manager = turn.tab, turn.colleague
    if manager is None:
        raise Refused("there is no manager to approve")
    order = purchasing.draft(turn, lines=3, price=ABOVE_THE_LIMIT)
    tab.press(ORDER, "button_confirm", [order])
    if purchasing.state(tab, order) != "to approve":
        raise Refused(f"the order is {purchasing.state(tab, order)} and not waiting for approval")
    manager.open_form(ORDER, order)
    manager.press(ORDER, "button_approve", [order])
    if purchasing.state(tab, order) != "purchase":
        raise Refused(f"the order is {purchasing.state(tab, order)} after it was approved")
    return Done(order, 3)


ProcurementImport = offer(
    "procurement-import",
    {"import-order": import_order, "approve-order": approve_order, "browse-orders": purchasing.browse},
    purchasing.look,
)
