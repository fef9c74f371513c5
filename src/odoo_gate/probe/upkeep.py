"""What runs where nobody looks: the installed modules and the scheduled jobs, against the signed release."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from odoo_gate.probe.model import Observed
from odoo_gate.probe.visitor import Visitor

_PENDING = ("to install", "to upgrade", "to remove")
_FORMAT = "%Y-%m-%d %H:%M:%S"
_SHOWN = 5


def compare_series(visitor: Visitor, series: str) -> list[Observed]:
    """Whether the server is of the series that was judged. Raises Unwell."""
    running = str(visitor.ask("/web/webclient/version_info", {}).get("server_serie", ""))
    if running == series:
        return []
    message = f"Odoo {running or 'of an unknown series'} runs there, and {series} was judged"
    return [Observed("other-series", message, "series", "deploy what was judged, or give the report of what runs")]


def compare_modules(visitor: Visitor, versions: Mapping[str, str]) -> list[Observed]:
    """Own modules against the signed versions, and modules that wait for an upgrade. Raises Unwell."""
    query = {
        "domain": [("state", "!=", "uninstalled"), ("state", "!=", "uninstallable")],
        "fields": ["name", "state", "latest_version"],
        "limit": 5000,
    }
    rows: list[dict[str, Any]] = visitor.call("ir.module.module", "search_read", [], query)
    return [*_pending(rows), *_differing(rows, versions)]


def _pending(rows: list[dict[str, Any]]) -> list[Observed]:
    waiting = [f"{row['name']} is {row['state']}" for row in rows if row["state"] in _PENDING]
    if not waiting:
        return []
    remedy = "finish the upgrade, or restore: a module between two states breaks at the next restart"
    return [Observed("module-stuck", _listed(waiting), "modules", remedy)]


def _differing(rows: list[dict[str, Any]], versions: Mapping[str, str]) -> list[Observed]:
    running = {str(row["name"]): str(row["latest_version"] or "") for row in rows if row["state"] not in _PENDING}
    known = {row["name"] for row in rows}
    differing = [
        f"{name} is {running.get(name) or 'not installed'}, {version} was judged"
        for name, version in sorted(versions.items())
        if running.get(name) != version and (name not in known or name in running)
    ]
    if not differing:
        return []
    return [Observed("other-modules", _listed(differing), "modules", "deploy what was judged, and upgrade its modules")]


def compare_crons(visitor: Visitor, overdue_minutes: int) -> list[Observed]:
    """Whether the scheduled jobs run, by the server's own clock. Raises Unwell."""
    query = {"domain": [("active", "=", True)], "fields": ["cron_name", "nextcall"], "limit": 1000}
    rows: list[dict[str, Any]] = visitor.call("ir.cron", "search_read", [], query)
    if not rows:
        message = "no scheduled job is active: mails, exports and clean-ups do not run"
        return [Observed("cron-standing-still", message, "crons", "activate them again after a rehearsal or restore")]
    limit = visitor.server_time - timedelta(minutes=overdue_minutes)
    late = [row for row in rows if datetime.strptime(str(row["nextcall"]), _FORMAT).replace(tzinfo=UTC) < limit]
    if not late:
        return []
    names = _listed([f"{row['cron_name']} since {row['nextcall']}" for row in late])
    if len(late) == len(rows):
        message = f"none of {len(rows)} scheduled jobs has run in time: {names}"
        return [Observed("cron-standing-still", message, "crons", "look whether the cron workers live")]
    message = f"{len(late)} of {len(rows)} scheduled jobs are due and did not run: {names}"
    return [Observed("cron-overdue", message, "crons", "read what these jobs log")]


def _listed(words: list[str]) -> str:
    more = len(words) - _SHOWN
    return "; ".join(words[:_SHOWN]) + (f" and {more} more" if more > 0 else "")
