"""Runs inside Odoo: what a user of one company gets at of the others, in every model with a company. Keeps nothing."""

from __future__ import annotations

import inspect
import uuid
from datetime import date
from functools import partial
from typing import Any, Callable, Iterator

_REFUSALS = ("AccessError", "UserError", "MissingError", "ValidationError")
_DEEP = 2
"""How many records a made one may need in turn."""
_NUMBERS = ("integer", "float", "monetary")


class _Undone(Exception):
    """Rolls everything back at the end."""


def look(env: Any, say: Any, companies: list[Any], users: dict[str, int], own: list[str]) -> dict[str, Any]:
    """What leaks: {"models": [[model, is own, is suspect]], "leaks": [[model, company, ways, records]], ...}.

    "untried": [[model, company, why]] had no record of another company, "closed" lets these users read nothing at all,
    "broke": [[model, company, error]]; "tried" is how many times a model was tried as a user.
    """
    told: dict[str, Any] = {"models": [], "leaks": [], "untried": [], "closed": [], "broke": [], "tried": 0}
    models = _models(env)
    say("looking across " + str(len(companies)) + " companies in " + str(len(models)) + " models")
    try:
        with env.cr.savepoint():
            for model, field in models:
                _look_at(env, _Model(env, model, field), companies, users, own, told)
            raise _Undone  # noqa: TRY301 (a savepoint is rolled back by an error only)
    except _Undone:
        _forget(env)
    return told


def _models(env: Any) -> list[tuple[str, str]]:
    """(model, its field of companies) for every table that tells whose a row is."""
    found = []
    for name in sorted(env.registry):
        model = env[name]
        if model._abstract or model._transient or name == "res.company":
            continue
        for field in ("company_id", "company_ids"):
            known = model._fields.get(field)
            if known is not None and known.store and known.comodel_name == "res.company":
                found.append((name, field))
                break
    return found


class _Model:
    """A model, and what of it belongs to whom."""

    def __init__(self, env: Any, name: str, field: str) -> None:
        self.env, self.name, self.field = env, name, field
        self.records = env[name].with_context(active_test=False)
        self._samples: dict[int, Any] = {}
        self.lacks = "it takes no records" if self.records._auto else "it is a view"

    def others(self, mine: list[int]) -> list[Any]:
        """The domain of what belongs to other companies and not to `mine` too."""
        return [(self.field, "!=", False), (self.field, "not in", mine)]

    def samples(self, mine: list[int], companies: list[int]) -> Any:
        """A record of every other company; where there is none, one made for the purpose."""
        found = self.records.browse()
        for company in companies:
            if company in mine:
                continue
            found |= self._sample(company).filtered_domain(self.others(mine))
        return found

    def _sample(self, company: int) -> Any:
        if company not in self._samples:
            theirs = [(self.field, "in", [company])]
            one = self.records.search(theirs, limit=1)
            self._samples[company] = one or self._made(company).filtered_domain(theirs)
        return self._samples[company]

    def _made(self, company: int) -> Any:
        if not self.records._auto:
            return self.records.browse()
        try:
            with self.env.cr.savepoint():
                inside = self.env(context={"allowed_company_ids": [company], "tracking_disable": True})
                made = _create(inside, self.name, company, _DEEP)
                _flush(self.env)
                return made.with_env(self.env).with_context(active_test=False)
        except Exception as error:  # what cannot be made cheaply is listed as not tried
            self.lacks = " ".join(str(error).split())[:120]
            _forget(self.env)
            return self.records.browse()


def _create(env: Any, model: str, company: int, deep: int) -> Any:
    """A record of the company with something in every field that must be given and has no default."""
    defaults = env[model].default_get(list(env[model]._fields))
    values = {}
    for name, field in env[model]._fields.items():
        if field.required and field.store and not field.compute and not field.related and not defaults.get(name):
            values[name] = _anything(env, field, company, deep)
    given = {name: value for name, value in values.items() if value is not None}
    if "company_id" in env[model]._fields and not env[model]._fields["company_id"].related:
        given["company_id"] = company
    elif "company_ids" in env[model]._fields and not env[model]._fields["company_ids"].related:
        given["company_ids"] = [(6, 0, [company])]
    return env[model].create(given)


def _anything(env: Any, field: Any, company: int, deep: int) -> Any:
    if field.type in ("char", "text", "html"):
        return "odoo-gate-" + uuid.uuid4().hex[:8]
    if field.type in _NUMBERS:
        return 1
    if field.type == "selection":
        return field.get_values(env)[0]
    if field.type in ("date", "datetime"):
        return date.today().isoformat()
    if field.type == "many2one":
        target = env[field.comodel_name]
        found = _theirs(target, company)
        if not found and deep:
            found = _create(env, field.comodel_name, company, deep - 1)
        return found.id or None
    return None


def _theirs(target: Any, company: int) -> Any:
    """A record that the company may refer to."""
    if "company_id" not in target._fields or not target._fields["company_id"].store:
        return target.search([], limit=1)
    own = target.search([("company_id", "=", company)], limit=1)
    return own or target.search([("company_id", "=", False)], limit=1)


def _look_at(
    env: Any, model: _Model, companies: list[Any], users: dict[str, int], own: list[str], told: dict[str, Any]
) -> None:
    is_own = _module_of(model.records) in own
    told["models"].append([model.name, is_own, _is_suspect(env, model.name, own)])
    everybody = [company for company, _, _ in companies]
    for company, _, mine in companies:
        if str(company) not in users:
            continue
        theirs = model.samples(mine, everybody)
        if not theirs:
            told["untried"].append([model.name, company, model.lacks])
            continue
        stranger = env(
            user=users[str(company)], su=False, context={"allowed_company_ids": [company], "active_test": False}
        )
        if not _may(stranger[model.name], "read"):
            told["closed"].append([model.name, company])
            continue
        told["tried"] += 1
        ways = []
        _forget(env)
        for way, leaks in _ways(env, model, stranger, mine, theirs, is_own):
            try:
                with env.cr.savepoint(flush=False):
                    if leaks():
                        ways.append(way)
            except Exception as error:  # refused; what else it may be is told
                if type(error).__name__ not in _REFUSALS:
                    message = way + ": " + type(error).__name__ + ": " + str(error)[:150]
                    told["broke"].append([model.name, company, message])
            _forget(env)  # what is in the cache is read without asking for rights
        if ways:
            told["leaks"].append([model.name, company, ways, model.records.search_count(model.others(mine))])


def _ways(
    env: Any, model: _Model, stranger: Any, mine: list[int], theirs: Any, is_own: bool
) -> Iterator[tuple[str, Callable[[], bool]]]:
    """Every way to get at the others' records, as a question whose answer should be no or AccessError."""
    seen, ids = stranger[model.name], theirs.ids
    strange = seen.browse(ids)
    forged = seen.with_context(allowed_company_ids=[*mine, *_companies_of(theirs, model.field)])
    name = theirs[:1].display_name or ""
    yield "search", lambda: bool(seen.search_count(model.others(mine)))
    yield "search with forged companies", lambda: bool(forged.search_count([("id", "in", ids)]))
    yield "read_group", lambda: bool(_grouped(seen, model, mine))
    yield "name_search", lambda: bool(seen.name_search(name, [("id", "in", ids)]))
    yield "read", lambda: any(_reads(each, is_own) for each in strange)
    yield "export", lambda: any(_exports(each, is_own) for each in strange)
    yield "write", lambda: any(_passes(each, "write") for each in strange)
    yield "unlink", lambda: any(_passes(each, "unlink") for each in strange)
    yield "attachment", lambda: _attached(env, stranger, theirs[:1])
    for report in env["ir.actions.report"].search([("model", "=", model.name), ("report_type", "like", "qweb-%")]):
        yield "report " + report.report_name, partial(_shows, name, stranger, report, ids[0])


def _companies_of(records: Any, field: str) -> list[int]:
    return list(records.mapped(field).ids)


def _grouped(seen: Any, model: _Model, mine: list[int]) -> Any:
    if hasattr(seen, "formatted_read_group"):
        return seen.formatted_read_group(model.others(mine), [model.field], ["__count"])
    return seen.read_group(model.others(mine), [model.field], [model.field])


def _reads(record: Any, is_own: bool) -> bool:
    """Whether the record is read. What rights and rules refuse is tried all the same where own code may let through."""
    return (is_own or _passes(record, "read")) and bool(record.read(["id", "display_name"]))


def _exports(record: Any, is_own: bool) -> bool:
    return (is_own or _passes(record, "read")) and bool(record.export_data(["display_name"])["datas"])


def _passes(record: Any, operation: str) -> bool:
    """Whether the record itself may be read, written or deleted, by rights and by record rules."""
    if hasattr(record, "has_access"):
        return bool(record.has_access(operation))
    if not record.check_access_rights(operation, raise_exception=False):
        return False
    return bool(record._filter_access_rules(operation))


def _attached(env: Any, stranger: Any, theirs: Any) -> bool:
    values = {"name": "odoo-gate.txt", "raw": b"of another company", "res_model": theirs._name, "res_id": theirs.id}
    attachment = env["ir.attachment"].create(values)
    _flush(env)
    _forget(env)
    return bool(stranger["ir.attachment"].browse(attachment.id).read(["datas"])[0]["datas"])


def _shows(name: str, stranger: Any, report: Any, record: int) -> bool:
    return bool(name) and name in _rendered(stranger, report, record)


def _rendered(stranger: Any, report: Any, record: int) -> str:
    method = type(report)._render_qweb_html
    if "report_ref" in inspect.signature(method).parameters:
        content = stranger["ir.actions.report"]._render_qweb_html(report.report_name, [record])[0]
    else:
        content = stranger["ir.actions.report"].browse(report.id)._render_qweb_html([record])[0]
    return content.decode() if isinstance(content, bytes) else str(content)


def _may(model: Any, operation: str) -> bool:
    if hasattr(model, "has_access"):
        return bool(model.browse().has_access(operation))
    return bool(model.check_access_rights(operation, raise_exception=False))


def _is_suspect(env: Any, model: str, own: list[str]) -> bool:
    """Whether somebody meddled with the record rules: every one of companies is off, or an own module brings one."""
    rules = env["ir.rule"].with_context(active_test=False).search([("model_id.model", "=", model)])
    ours = env["ir.model.data"].search_count(
        [("model", "=", "ir.rule"), ("module", "in", own), ("res_id", "in", rules.ids)]
    )
    of_companies = rules.filtered(lambda rule: "compan" in (rule.domain_force or ""))
    return bool(ours) or bool(of_companies and not any(of_companies.mapped("active")))


def _module_of(model: Any) -> str:
    return str(getattr(model, "_original_module", None) or model._module)


def _flush(env: Any) -> None:
    env.flush_all() if hasattr(env, "flush_all") else env["base"].flush()


def _forget(env: Any) -> None:
    env.invalidate_all() if hasattr(env, "invalidate_all") else env.cache.invalidate()
