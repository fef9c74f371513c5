"""Runs inside Odoo: which users read which sensitive fields, tried on real records."""

from __future__ import annotations

from fnmatch import fnmatchcase
from typing import Any

_TRIED = 3


def read_all(env: Any, say: Any, users: dict[str, int], patterns: list[str]) -> dict[str, Any]:
    """{"fields": [model.field that the patterns mean], "read": [role, model, field], "unseen": [model.field]}.

    `unseen` are fields without a value in any record: there rights alone say who would read it.
    """
    found = _fields(env, patterns)
    say("reading " + str(len(found)) + " sensitive fields as " + ", ".join(sorted(users)))
    read, unseen = [], []
    for model, field in found:
        records = _with_value(env, model, field)
        if not records:
            unseen.append(model + "." + field)
        for role, uid in sorted(users.items()):
            if _reads(env(user=uid, su=False), model, field, records):
                read.append([role, model, field])
    return {"fields": [model + "." + field for model, field in found], "read": read, "unseen": unseen}


def _fields(env: Any, patterns: list[str]) -> list[tuple[str, str]]:
    found = set()
    for model in env.registry:
        if env[model]._abstract:
            continue
        for name, field in env[model]._fields.items():
            if any(fnmatchcase(model + "." + name, pattern) for pattern in patterns) and field.type != "one2many":
                found.add((model, name))
    return sorted(found)


def _with_value(env: Any, model: str, field: str) -> list[int]:
    """Records of somebody else that have a value; for what is not stored, any records."""
    records = env[model].with_context(active_test=False)
    if records._transient:
        return []
    domain = [(field, "!=", False)] if records._fields[field].store else []
    return list(records.search(domain, limit=_TRIED).ids)


def _reads(env: Any, model: str, field: str, ids: list[int]) -> bool:
    from odoo.exceptions import AccessError

    if field not in env[model].fields_get([field], ["type"]):
        return False
    if not ids:
        return _may_read(env[model])
    for each in ids:
        env.invalidate_all() if hasattr(env, "invalidate_all") else env.cache.invalidate()
        try:
            env[model].browse(each).read([field])
        except AccessError:
            continue
        return True
    return False


def _may_read(model: Any) -> bool:
    if hasattr(model, "has_access"):
        return bool(model.browse().has_access("read"))
    return bool(model.check_access_rights("read", raise_exception=False))
