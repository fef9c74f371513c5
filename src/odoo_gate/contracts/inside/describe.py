"""What Odoo says of models: fields, methods with their signatures, rights; to judge a contract or to draft one."""

import datetime
import inspect

from odoo.exceptions import UserError

OPERATIONS = ("read", "write", "create", "unlink")
REST = {"VAR_POSITIONAL", "VAR_KEYWORD"}


def look(env, say, models, methods, accounts):
    """The models' fields, the named methods, and for each account what it may do and see.

    `methods`: names by model. `accounts`: {id: {"login", "password", "groups", "models", "fields", "key"}}.
    """
    say("asking Odoo for %d models" % len(models))
    return {
        "models": {
            name: describe(env, name, methods.get(name, ())) if name in env.registry.models else None for name in models
        },
        "accounts": {key: account_of(env, asked) for key, asked in accounts.items()},
    }


def describe(env, name, methods):
    described = env[name].fields_get()
    wanted = ("type", "string", "required", "readonly", "relation", "selection")
    return {
        "fields": {
            field: {key: value for key, value in facts.items() if key in wanted} for field, facts in described.items()
        },
        "methods": {method: signature(env, name, method) for method in methods},
    }


def signature(env, model, name):
    """Parameters, whether it takes records, whether it can be called from outside; None when there is none."""
    cls = type(env[model])
    if not callable(getattr(cls, name, None)):
        return None
    definitions = [vars(each)[name] for each in cls.__mro__ if name in vars(each)]
    functions = [getattr(each, "__func__", each) for each in definitions if callable(getattr(each, "__func__", each))]
    told = next((each for each in functions if is_explicit(each)), functions[0])
    takes_model = any(
        getattr(each, "_api_model", False) or str(getattr(each, "_api", "")).startswith("model") for each in functions
    )
    return {
        "parameters": [
            {
                "name": parameter.name,
                "way": parameter.kind.name,
                "default": None if parameter.default is parameter.empty else repr(parameter.default),
            }
            for parameter in list(inspect.signature(told).parameters.values())[1:]
        ],
        "takes": "model" if takes_model else "records",
        "private": name.startswith("_") or any(getattr(each, "_api_private", False) for each in functions),
    }


def is_explicit(function):
    """Whether it names its parameters: an override that passes everything on says nothing of them."""
    kinds = {parameter.kind.name for parameter in inspect.signature(function).parameters.values()}
    return not kinds >= REST


def account_of(env, asked):
    try:
        with env.cr.savepoint():
            user = member(env, asked["login"], asked["groups"], asked["password"])
    except (ValueError, UserError) as error:
        return {"problem": str(error)}
    seen = env(user=user.id)
    return {
        "problem": "",
        "rights": {name: operations(seen, name) for name in asked["models"] if name in env.registry.models},
        "visible": {
            name: sorted(set(seen[name].fields_get()) & set(fields))
            for name, fields in asked["fields"].items()
            if name in env.registry.models
        },
        "key": api_key(env, user) if asked["key"] else "",
    }


def member(env, login, groups, password):
    """A user that holds exactly `groups`. Raises ValueError for a group that is not there, UserError."""
    field = "group_ids" if "group_ids" in env["res.users"]._fields else "groups_id"
    values = {"name": login, "login": login, field: [(6, 0, [env.ref(group).id for group in groups])]}
    users = env["res.users"].with_context(no_reset_password=True)
    return users.create({**values, **({"password": password} if password else {})})


def operations(env, name):
    model = env[name]
    if hasattr(model, "has_access"):
        return [each for each in OPERATIONS if model.has_access(each)]
    return [each for each in OPERATIONS if model.check_access_rights(each, raise_exception=False)]


def api_key(env, user):
    tomorrow = datetime.datetime.now() + datetime.timedelta(days=1)
    return env["res.users.apikeys"].with_user(user).sudo()._generate("rpc", "odoo-gate", tomorrow)


def draft(env, say, modules, models, groups):
    """{model: {"fields": {name: {"type", "values", "relation"}}, "methods": {name: {...}}, "may": [...]}}.

    `models` empty: those that `modules` define.
    """
    names = models or own_models(env, modules)
    say("describing %d models" % len(names))
    seen = env(user=member(env, "contract-draft", groups, "").id)
    return {name: described(env, seen, name, modules) if name in env.registry.models else None for name in names}


def own_models(env, modules):
    return sorted(
        name
        for name in env.registry.models
        if not env[name]._abstract and not env[name]._transient and env[name]._original_module in modules
    )


def described(env, seen, name, modules):
    facts = env[name].fields_get()
    own = {field for field, value in env[name]._fields.items() if set(modules_of(value)) & set(modules)}
    return {
        "fields": {
            field: {
                "type": facts[field]["type"],
                "relation": facts[field].get("relation") or "",
                "values": [str(key) for key, _ in facts[field].get("selection") or ()],
            }
            for field in sorted(facts)
            if field in own or (not own and field not in ("id", "__last_update"))
        },
        "methods": {method: signature(env, name, method) for method in public_methods(env, name, modules)},
        "may": operations(seen, name),
    }


def modules_of(field):
    return getattr(field, "_modules", None) or filter(None, [getattr(field, "_module", None)])


def public_methods(env, name, modules):
    found = {
        method
        for cls in type(env[name]).__mro__
        if getattr(cls, "_module", None) in modules
        for method, value in vars(cls).items()
        if inspect.isfunction(value) and not method.startswith("_") and not getattr(value, "_api_private", False)
    }
    return sorted(found - {"init", "fields_get"})
