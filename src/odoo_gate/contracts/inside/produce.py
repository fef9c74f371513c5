"""Makes files inside Odoo, each in a situation of its own, reads their bytes, and takes everything back."""

import base64
import fnmatch
import traceback
import types


def produce(env, say, jobs):
    """A list of {"error", "first", "second", "controls"}: base64, and what the controls' SQL gives as text."""
    made = []
    for job in jobs:
        say("making " + job["what"])
        try:
            made.append(made_of(env, say, job))
        except Exception as error:  # whatever the release raises is the answer
            lines = traceback.format_exc().splitlines()
            where = next((line.strip() for line in reversed(lines) if line.strip().startswith("File ")), "")
            made.append({"error": "%s: %s (%s)" % (type(error).__name__, error, where)})
        finally:
            take_back(env)
    return made


def made_of(env, say, job):
    facts = dict(job["parameters"])
    if job["source"]:
        module = types.ModuleType("contract_case")
        exec(compile(job["source"], job["what"], "exec"), module.__dict__)
        facts.update(getattr(module, job["function"])(env, say) or {})
    else:
        facts["ids"] = env[job["model"]].search(job["records"]).ids
    if not facts.get("ids"):
        raise ValueError("the case gives no record to make the file of")
    user = producer(env, job["groups"])
    model = env[job["model"]].with_user(user).with_context(allowed_company_ids=user.company_ids.ids)
    records = model.browse(facts["ids"])
    returned = getattr(records, job["method"])(**job["arguments"])
    first = content(env, records, returned, job)
    for method in job["again"] or [job["method"]]:
        arguments = job["arguments"] if method == job["method"] else {}
        returned = getattr(records, method)(**arguments)
    second = content(env, records, returned, job)
    flush(env)
    return {
        "error": "",
        "first": base64.b64encode(first).decode(),
        "second": base64.b64encode(second).decode(),
        "controls": {name: total(env, sql, facts) for name, sql in job["controls"].items()},
    }


def producer(env, groups):
    companies = env["res.company"].search([])
    if not groups:
        admin = env.ref("base.user_admin")
        admin.company_ids = companies
        return admin
    field = "group_ids" if "group_ids" in env["res.users"]._fields else "groups_id"
    return env["res.users"].with_context(no_reset_password=True).create(
        {
            "name": "Contract",
            "login": "contract-file",
            "company_id": env.company.id,
            "company_ids": [(6, 0, companies.ids)],
            field: [(6, 0, [env.ref(group).id for group in groups])],
        }
    )  # fmt: skip


def content(env, records, returned, job):
    if job["field"]:
        values = [record[job["field"]] for record in records]
        if not all(values):
            raise ValueError("%s.%s is empty afterwards" % (job["model"], job["field"]))
        return b"".join(base64.b64decode(value) for value in values)
    if job["attachment"]:
        domain = [("res_model", "=", job["model"]), ("res_id", "in", records.ids)]
        found = env["ir.attachment"].search(domain, order="id desc")
        newest = next((each for each in found if fnmatch.fnmatchcase(each.name, job["attachment"])), None)
        if newest is None:
            raise ValueError("there is no attachment %s afterwards" % job["attachment"])
        return newest.raw
    if isinstance(returned, bytes):
        return returned
    if isinstance(returned, str):
        return returned.encode()
    raise ValueError("%s returns %s, no bytes and no text" % (job["method"], type(returned).__name__))


def total(env, sql, facts):
    env.cr.execute(sql, facts)
    row = env.cr.fetchone()
    return str(row[0] if row and row[0] is not None else 0)


def flush(env):
    if hasattr(env, "flush_all"):
        env.flush_all()
    else:
        env["base"].flush()


def take_back(env):
    env.cr.rollback()
    if hasattr(env, "invalidate_all"):
        env.invalidate_all(flush=False)
    else:
        env.cache.invalidate()
    registry = env.registry
    clear = getattr(registry, "clear_all_caches", None) or registry.clear_caches
    clear()
