"""Runs inside Odoo: calls every public method of the release's own modules as users who should not get through.

The call goes through Odoo's own RPC dispatch, in a transaction of its own that is rolled back.
"""

from __future__ import annotations

import inspect
from datetime import date
from typing import Any

_PLAUSIBLE = {"vals": {}, "values": {}, "vals_list": [{}], "domain": [], "args": [], "context": {}, "name": "a"}
_CANARY = ("ir.config_parameter", "set_param")
"""A method that nobody but an administrator may call: refused, or the calls here prove nothing."""


def call_all(env: Any, say: Any, users: dict[str, int], own: list[str]) -> dict[str, Any]:
    """{"methods": how many, "models": how many, "canary": ended, "calls": [method, role, argument, ended, detail]}."""
    from odoo.modules.registry import Registry

    registry = Registry(env.cr.dbname)
    found = _methods(env, own)
    models = {model for model, _ in found}
    say("calling " + str(len(found)) + " methods of " + str(len(models)) + " models as " + ", ".join(sorted(users)))
    samples = {model: _sample(env, model) for model in models}
    env.cr.commit()  # the calls' own transactions must not wait for this one
    calls = []
    for model, name in found:
        for role, uid in sorted(users.items()):
            for label, ids in _targets(env, model, name, samples[model]):
                ended, detail = _call(registry, uid, model, name, ids, samples[model])
                calls.append([model + "." + name, role, label, ended, detail])
    canary = {role: _call(registry, uid, *_CANARY, None, [])[0] for role, uid in users.items()}
    return {"methods": len(found), "models": len(models), "calls": calls, "canary": canary}


def _methods(env: Any, own: list[str]) -> list[tuple[str, str]]:
    """(model, method) that the own modules define or override, but for what every model has."""
    from odoo.models import BaseModel

    places = tuple("odoo.addons." + module + "." for module in own)
    found = set()
    for model in env.registry:
        if env[model]._abstract:
            continue
        for part in type(env[model]).mro():
            if not ((part.__module__ or "") + ".").startswith(places):
                continue
            for name, value in vars(part).items():
                if inspect.isfunction(value) and not name.startswith("_") and not hasattr(BaseModel, name):
                    found.add((model, name))
    return sorted(found)


def _sample(env: Any, model: str) -> list[int]:
    """Up to three records, the ones that differ most in state."""
    records = env[model].with_context(active_test=False)
    if env[model]._transient or not env[model]._auto:
        return list(records.search([], limit=1).ids)
    state = records._fields.get("state")
    if state is not None and state.store and state.type == "selection":
        env.cr.execute('SELECT min(id) FROM "' + records._table + '" GROUP BY state ORDER BY 1 LIMIT 3')
        return [row[0] for row in env.cr.fetchall()]
    return list(records.search([], limit=2).ids)


def _targets(env: Any, model: str, name: str, sample: list[int]) -> list[tuple[str, Any]]:
    method = getattr(type(env[model]), name)
    if getattr(method, "_api_model", False) or getattr(method, "_api", "") == "model":
        return [("the model", None)]
    return [("no record", []), *[("record " + str(each), [each]) for each in sample]]


def _call(registry: Any, uid: int, model: str, name: str, ids: Any, sample: list[int]) -> tuple[str, str]:
    """How a call ended: "refused", "wrote", "returned", "action", "nothing" or "broke", and what there is to tell."""
    from odoo import api
    from odoo.exceptions import AccessDenied, AccessError

    cr = registry.cursor()
    try:
        env = api.Environment(cr, uid, {})
        arguments = _arguments(env, model, name, sample)
        given = arguments if ids is None else [ids, *arguments]
        try:
            result = _dispatch(env, model, name, given)
            _flush(env)
        except (AccessError, AccessDenied):
            return "refused", ""
        except Exception as error:  # whatever the method raises is how the call ended
            return ("wrote and broke" if _wrote(cr) else "broke"), type(error).__name__ + ": " + str(error)[:200]
        if _wrote(cr):
            return "wrote", repr(result)[:200]
        if isinstance(result, dict) and str(result.get("type", "")).startswith("ir.actions."):
            return "action", repr(result.get("res_model", ""))
        return ("returned", repr(result)[:200]) if result not in (None, True, False, 0, "", [], {}) else ("nothing", "")
    finally:
        cr.rollback()
        cr.close()
        registry.clear_cache() if hasattr(registry, "clear_cache") else registry.clear_caches()


def _dispatch(env: Any, model: str, name: str, arguments: list[Any]) -> Any:
    """As /web/dataset/call_kw does it, in the series at hand."""
    try:
        from odoo.service.model import call_kw
    except ImportError:
        from odoo.api import call_kw
    return call_kw(env[model], name, arguments, {})


def _flush(env: Any) -> None:
    env.flush_all() if hasattr(env, "flush_all") else env["base"].flush()


def _wrote(cr: Any) -> bool:
    """Whether the transaction changed or locked anything; a failed statement says nothing and counts as a change."""
    if cr.connection.info.transaction_status == 3:
        return True
    cr.execute("SELECT txid_current_if_assigned() IS NOT NULL")
    return bool(cr.fetchone()[0])


def _arguments(env: Any, model: str, name: str, sample: list[int]) -> list[Any]:
    """A plausible value for every parameter that must be given."""
    method = getattr(type(env[model]), name)
    parameters = list(inspect.signature(method).parameters.values())[1:]
    needed = [
        each for each in parameters
        if each.default is each.empty and each.kind in (each.POSITIONAL_ONLY, each.POSITIONAL_OR_KEYWORD)
    ]  # fmt: skip
    return [_plausible(each.name, sample) for each in needed]


def _plausible(name: str, sample: list[int]) -> Any:
    if name in _PLAUSIBLE:
        return _PLAUSIBLE[name]
    if name.endswith("ids"):
        return sample
    if name.endswith("id"):
        return sample[0] if sample else 1
    if "date" in name:
        return date.today().isoformat()
    if "field" in name:
        return ["display_name"]
    return 1
