"""What only Odoo itself can measure: runs inside its container, on the series 14 to 19. Keeps nothing it writes."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

Rows = list[list[str]]


class _Undone(Exception):
    """Raised to roll back what a measurement wrote."""


def measure(env: Any, say: Callable[[str], None]) -> dict[str, Rows]:
    """Question → rows of [key, value]; the last row of each is ["examined", how many records were looked at]."""
    say("validating the views that people made or changed")
    measured = {"views": _invalid_views(env)}
    if "account.move" in env and "inalterable_hash" in env["account.move"]._fields:
        say("checking the hash chain")
        measured["hash-integrity"] = _corrupted(env)
    return measured


def _invalid_views(env: Any) -> Rows:
    shipped = env["ir.model.data"].search([("model", "=", "ir.ui.view"), ("noupdate", "=", False)])
    views = env["ir.ui.view"].search([("id", "not in", shipped.mapped("res_id")), ("type", "!=", "qweb")])
    if "arch_updated" in views._fields:
        views |= env["ir.ui.view"].search([("arch_updated", "=", True), ("type", "!=", "qweb")])
    rows = []
    for view in views:
        try:
            with env.cr.savepoint():
                view._check_xml()
        except Exception as error:  # whatever a view raises is what is wrong with it
            rows.append([f"view {view.id} ({view.name}) of {view.model}", " ".join(str(error).split())])
    return [*rows, ["examined", str(len(views))]]


def _corrupted(env: Any) -> Rows:
    """Odoo's own integrity report of every company. It asks for a group, which its reader has until it is read."""
    rows = []
    hashed = env["account.move"].search_count([("inalterable_hash", "!=", False)])
    field = "group_ids" if "group_ids" in env.user._fields else "groups_id"
    with _undone(env):
        env.user.write({field: [(4, env.ref("account.group_account_user").id)]})
        for company in env["res.company"].search([]) if hashed else ():
            for line in company._check_hash_integrity()["results"]:
                if line.get("status") == "corrupted" or "orrupted" in line.get("msg_cover", ""):
                    rows.append([f"company {company.id}, journal {line.get('journal_name', '')}", line["msg_cover"]])
    return [*rows, ["examined", str(hashed)]]


@contextmanager
def _undone(env: Any) -> Iterator[None]:
    """What is written in the block is rolled back at its end."""
    try:
        with env.cr.savepoint():
            yield
            raise _Undone  # noqa: TRY301 (a savepoint is rolled back by an error only)
    except _Undone:
        env.invalidate_all() if hasattr(env, "invalidate_all") else env.cache.invalidate()
