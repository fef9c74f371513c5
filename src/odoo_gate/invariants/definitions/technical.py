"""Tables that are Odoo's own book-keeping: a release, or time alone, changes their rows."""

from __future__ import annotations

_TECHNICAL = ("ir_", "base_module_", "bus_", "report_", "rule_group_rel", "res_groups_", "reset_", "spreadsheet_")
_REGENERATED = {"res_users_log", "res_device_log", "auth_totp_device", "mail_presence", "web_tour_tour", "res_config"}


def is_technical(table: str) -> bool:
    """Whether the table holds what modules define: models, views, rights, or logs of the server."""
    return table.startswith(_TECHNICAL)


def is_regenerated(table: str) -> bool:
    """Whether rows of the table end by themselves."""
    return table in _REGENERATED
