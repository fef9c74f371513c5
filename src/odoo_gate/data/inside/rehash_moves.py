"""Runs inside Odoo: gives secured journal entries the hashes that belong to their anonymised texts."""

from __future__ import annotations

from itertools import groupby
from typing import Any


def rehash(env: Any, say: Any) -> dict[str, Any]:
    """Every chain anew, by Odoo's own computation; then Odoo's own integrity report. `corrupted` names journals."""
    moves = env["account.move"].sudo().search([("inalterable_hash", "!=", False)])
    say("securing %d journal entries anew" % len(moves))
    write = "UPDATE account_move SET inalterable_hash = %s WHERE id = %s"
    for _, chain in groupby(sorted(moves, key=_place), key=lambda move: _place(move)[0]):
        previous = ""
        for move in chain:
            previous = _hash(move, previous)
            env.cr.execute(write, [previous, move.id])
    env.invalidate_all() if hasattr(env, "invalidate_all") else env.cache.invalidate()
    return {"moves": len(moves), "corrupted": _corrupted(env)}


def _place(move: Any) -> Any:
    """(chain, place in it): by prefix since 17, by a sequence of the journal's own before."""
    if hasattr(move, "_calculate_hashes"):
        return (move.journal_id.id, move.sequence_prefix or ""), move.sequence_number
    return (move.journal_id.id, ""), move.secure_sequence_number


def _hash(move: Any, previous: str) -> str:
    if hasattr(move, "_calculate_hashes"):
        return str(move._calculate_hashes(previous)[move])
    return str(move._compute_hash(previous_hash=previous))


def _corrupted(env: Any) -> list[str]:
    """The report asks for an accountant: the superuser is one only for as long as it takes."""
    field = "group_ids" if "group_ids" in env.user._fields else "groups_id"
    group = env.ref("account.group_account_user")
    had_it = group in env.user[field]
    env.user.write({field: [(4, group.id)]})
    found = []
    for company in env["res.company"].search([]):
        for line in company._check_hash_integrity()["results"]:
            if line.get("status") == "corrupted" or "orrupted" in line.get("msg_cover", ""):
                found.append("%s: %s" % (line.get("journal_name", ""), line["msg_cover"]))
    if not had_it:
        env.user.write({field: [(3, group.id)]})
    return found
