"""Runs in Odoo: does a document once more under Odoo's own profiler, and takes it back."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

INTERVAL = 0.001
"""Seconds between two looks at the stack."""


def profile_document(
    env: Any, say: Callable[[str], None], table: str, record: int, login: str, button: str
) -> dict[str, Any]:
    """Copy the document and press its button, as the user `login`; nothing of it stays.

    Returns the speedscope document, the seconds it took and the queries it made.
    """
    from odoo.tools.profiler import PeriodicCollector, Profiler, SQLCollector
    from odoo.tools.speedscope import Speedscope

    user = env["res.users"].search([("login", "=", login)])
    if not user:
        raise ValueError("no user " + login)
    model = next(name for name in env.registry if env[name]._table == table and env[name]._auto)
    document = env[model].with_user(user).browse(record)
    if "company_id" in document._fields and document.company_id:
        document = document.with_company(document.company_id)
    document.read(["display_name"])
    say(f"profiling {model} {record}")
    sql, stacks = SQLCollector(), PeriodicCollector(interval=INTERVAL)
    with Profiler(collectors=[sql, stacks], db=None, description=f"{model}.{button or 'copy'}") as profiler:
        made = document.copy(_needed(document))
        if button:
            getattr(made, button)()
        env.flush_all() if hasattr(env, "flush_all") else made.flush()
    env.cr.rollback()
    plain = json.loads(profiler.json())
    scope = Speedscope(name=plain["name"], init_stack_trace=plain["init_stack_trace"])
    names = []
    for name, entries in plain["collectors"].items():
        if entries:
            scope.add(name, entries)
            names.append(name)
    scope.add_output(names, display_name="Python and SQL")
    queries = len(plain["collectors"].get("sql", ()))
    return {"speedscope": scope.make(), "seconds": plain["duration"], "queries": queries}


def _needed(document: Any) -> dict[str, Any]:
    """What a copy needs to be done again: a bill without its date is not posted."""
    return {"invoice_date": document.invoice_date} if "invoice_date" in document._fields else {}
