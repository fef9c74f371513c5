"""What Odoo changes in a database by itself, and what therefore says nothing about a module.

Every line here is something that Odoo was seen to write, with the reason. Anything else that differs counts.
"""

from __future__ import annotations

from typing import LiteralString

EVERYWHERE = frozenset({"create_date", "write_date"})
"""Written with every record."""

COLUMNS = {
    "ir_cron": frozenset({"nextcall", "lastcall", "failure_count", "first_failure_date"}),  # the scheduler's clock
    "ir_model_data": frozenset({"date_init", "date_update"}),  # stamps, up to series 14
    "ir_module_module": frozenset({"url"}),  # NULL when a module is listed, '' when it is updated
    "ir_ui_view": frozenset({"arch_prev"}),  # the text before the last write, equal to the text
}

TABLES = frozenset(
    {
        "base_registry_signaling",
        "bus_bus",  # notifications on their way
        "ir_cron_progress",
        "ir_cron_trigger",
        "ir_logging",
        "ir_profile",
        "orm_signaling_registry",  # counts registry changes
    }
)

IGNORED_ROWS: dict[str, LiteralString] = {
    "ir_attachment": "NOT (url LIKE '/web/assets/%%' OR url LIKE '/web/content/%%-%%/%%assets%%') OR url IS NULL",
}
"""SQL conditions that leave out rows: asset bundles are made anew whenever something was updated."""


def is_volatile(table: str, column: str) -> bool:
    return column in EVERYWHERE or column in COLUMNS.get(table, ())


def is_ignored(table: str) -> bool:
    return table in TABLES or table.startswith("orm_signaling_")
