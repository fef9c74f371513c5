"""Runs inside Odoo: what record rules say, whose data a release touches, and whether each company's people can work."""

from __future__ import annotations

from typing import Any

_LOOKED_AT = 50
_OPENED = 3


def rules(env: Any, say: Any) -> dict[str, list[str]]:
    """Record rule → [its model, what it says]. Rules that people made go by their name."""
    del say
    told = {}
    for rule in env["ir.rule"].with_context(active_test=False).search([]):
        name = rule.get_external_id()[rule.id] or rule.name + " of " + rule.model_id.model
        operations = [each for each in ("create", "read", "write", "unlink") if rule["perm_" + each]]
        groups = sorted(each or "" for each in rule.groups.get_external_id().values())
        says = [rule.domain_force or "", " ".join(operations), " ".join(groups), "" if rule.active else "off"]
        told[name] = [rule.model_id.model, " | ".join(says)]
    return told


def parts(env: Any, say: Any, modules: list[str]) -> list[str]:
    """Models with a company that some modules have a part in, by their code or by the records they bring."""
    del say
    places = tuple("odoo.addons." + module + "." for module in modules)
    found = set()
    for name in env.registry:
        if _owner(env[name]) and _is_of(env[name], places):
            found.add(name)
    for row in env["ir.model.data"].search([("module", "in", modules)]).mapped("model"):
        if row in env.registry and _owner(env[row]):
            found.add(row)
    return sorted(found)


def validate(env: Any, say: Any, companies: list[Any], users: dict[str, int], models: list[str]) -> dict[str, Any]:
    """{"rows": [[company, model, records]], "faults": [[rule, company, model, what]]} for each company's own data."""
    told: dict[str, Any] = {"rows": [], "faults": []}
    say("validating " + str(len(models)) + " models in " + str(len(companies)) + " companies")
    for company, _, _ in companies:
        for model in models:
            field = _owner(env[model]) if model in env.registry else ""
            if field and str(company) in users:
                _validate(env, company, users[str(company)], model, field, told)
    return told


def _is_of(model: Any, places: tuple[str, ...]) -> bool:
    return any(((each.__module__ or "") + ".").startswith(places) for each in type(model).mro())


def _owner(model: Any) -> str:
    if model._abstract or model._transient:
        return ""
    for field in ("company_id", "company_ids"):
        known = model._fields.get(field)
        if known is not None and known.store and known.comodel_name == "res.company":
            return field
    return ""


def _validate(env: Any, company: int, uid: int, model: str, field: str, told: dict[str, Any]) -> None:
    theirs = [(field, "in", [company])]
    count = env[model].search_count(theirs)
    told["rows"].append([company, model, count])
    if not count:
        return
    records = env[model].search(theirs, limit=_LOOKED_AT, order="id desc")
    own = env(user=uid, su=False, context={"allowed_company_ids": [company]})[model]
    if _may(own, "read"):
        seen = own.search([("id", "in", records.ids)])
        if not seen:
            told["faults"].append(["locked-out", company, model, "its own users see none of its records"])
        else:
            _tried(env, told, ["cannot-open", company, model], lambda: seen[:_OPENED].read(_form_fields(own)))
    if field == "company_id":
        _tried(env, told, ["crosses-companies", company, model], lambda: records._check_company())


def _form_fields(model: Any) -> list[str]:
    """What a person sees who opens a record."""
    if hasattr(model, "get_view"):
        shown = model.get_view(view_type="form")["models"][model._name]
    else:
        shown = model.fields_view_get(view_type="form")["fields"]
    return sorted(set(shown) & set(model.fields_get()))


def _tried(env: Any, told: dict[str, Any], fault: list[Any], act: Any) -> None:
    try:
        with env.cr.savepoint():
            act()
    except Exception as error:  # whatever keeps people from their records is the fault
        told["faults"].append([*fault, " ".join(str(error).split())[:300]])
    finally:
        env.invalidate_all() if hasattr(env, "invalidate_all") else env.cache.invalidate()


def _may(model: Any, operation: str) -> bool:
    if hasattr(model, "has_access"):
        return bool(model.browse().has_access(operation))
    return bool(model.check_access_rights(operation, raise_exception=False))
