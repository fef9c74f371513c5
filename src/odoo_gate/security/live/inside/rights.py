"""Runs inside Odoo: what each user may do with each model, and whether record rules narrow it."""

from __future__ import annotations

from typing import Any

_OPERATIONS = ("create", "read", "write", "unlink")
_EVERYTHING = [(1, "=", 1)]


def measure(env: Any, say: Any, users: dict[str, int], own: list[str]) -> dict[str, Any]:
    """{"rows": [role, model, rights, limited], "models": how many, "own": models the modules `own` have a part in,
    "searched": [role, model] of these that the role's own search gets through}.

    `rights` are four letters of create, read, update, delete, a dash for what is refused; `limited` the same for what
    record rules narrow. Rows without any right are left out.
    """
    models = sorted(name for name in env.registry if not env[name]._abstract)
    ruled = _models_with_rules(env, models)
    parts = [name for name in models if _is_of(env[name], own)]
    rows, searched = [], []
    for role, uid in sorted(users.items()):
        say("measuring what " + role + " may do with " + str(len(models)) + " models")
        seen = env(user=uid, su=False)
        for name in models:
            granted = [operation for operation in _OPERATIONS if _may(seen[name], operation)]
            if granted:
                limited = [each for each in granted if name in ruled and _is_limited(seen, name, each)]
                rows.append([role, name, _letters(granted), _letters(limited)])
        searched += [[role, name] for name in parts if _searches(seen[name])]
    return {"rows": rows, "models": len(models), "own": parts, "searched": searched}


def _searches(model: Any) -> bool:
    """A model's own search may let more people through than its rights do, and show them less."""
    from odoo.exceptions import AccessError

    try:
        model.search([], limit=1)
    except AccessError:
        return False
    return True


def _may(model: Any, operation: str) -> bool:
    if hasattr(model, "has_access"):
        return bool(model.browse().has_access(operation))
    return bool(model.check_access_rights(operation, raise_exception=False))


def _models_with_rules(env: Any, models: list[str]) -> set[str]:
    """Models that a record rule speaks of, or one of those whose rows they extend."""
    env.cr.execute("SELECT DISTINCT m.model FROM ir_rule r JOIN ir_model m ON m.id = r.model_id WHERE r.active")
    ruled = {row[0] for row in env.cr.fetchall()}
    return {name for name in models if name in ruled or ruled.intersection(env[name]._inherits)}


def _is_limited(env: Any, model: str, operation: str) -> bool:
    domain = env["ir.rule"]._compute_domain(model, operation)
    if hasattr(domain, "is_true"):
        return not domain.is_true()
    return bool(domain) and list(domain) != _EVERYTHING


def _letters(operations: list[str]) -> str:
    pairs = zip(_OPERATIONS, "crud")
    return "".join(letter if operation in operations else "-" for operation, letter in pairs)


def _is_of(model: Any, own: list[str]) -> bool:
    places = tuple("odoo.addons." + module + "." for module in own)
    return any(((each.__module__ or "") + ".").startswith(places) for each in type(model).mro())
