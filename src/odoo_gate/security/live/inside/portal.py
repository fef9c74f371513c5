"""Runs inside Odoo: portal users of real customers and vendors, and a document of theirs of every kind."""

from __future__ import annotations

from typing import Any

_PARTNERS = 40
_ISSUED = " AND d.state = 'posted' AND d.move_type IN ('out_invoice', 'in_invoice')"
"""The journal entries that are documents of a partner."""


def prepare(env: Any, say: Any, own: list[str], password: str, secret: str) -> dict[str, Any]:
    """{"kinds": how many models there are whose documents belong to a partner, "cases": such documents with owner,
    stranger, addresses and reports, "routes": addresses of the modules `own`}.

    Every document gets an attachment that holds `secret`, and its owner follows it, as people do on the portal.
    """
    cases: list[dict[str, Any]] = []
    users: dict[int, Any] = {}
    kinds = [model for model in sorted(env.registry) if _has_owners(env[model], own)]
    for model in kinds:
        documents = _documents(env, model, users)
        if len(documents) == 2:
            cases += _both_ways(env, documents, users, password, secret)
    for case in cases:
        _check_kept(case)
    say(str(len(cases)) + " documents of " + str(len(users)) + " portal users")
    return {"kinds": len(kinds), "cases": cases, "routes": _routes(env, own)}


def _check_kept(case: dict[str, Any]) -> None:
    if case["owner"] == case["stranger"]:
        raise ValueError("a document of " + case["model"] + " has one user for owner and stranger")


def _has_owners(model: Any, own: list[str]) -> bool:
    """Documents of one partner: those shown on the portal, and whatever the own modules made."""
    if model._abstract or model._transient or not model._auto:
        return False
    field = model._fields.get("partner_id")
    if field is None or field.type != "many2one" or not field.store or field.comodel_name != "res.partner":
        return False
    return "access_url" in model._fields or _module_of(model) in own


def _module_of(model: Any) -> str:
    return str(getattr(model, "_original_module", None) or model._module)


def _documents(env: Any, model: str, users: dict[int, Any]) -> list[tuple[Any, Any]]:
    """The documents of two partners that have nothing to do with each other; of known ones, if possible."""
    issued = (
        " AND d.state = 'posted' AND d.move_type IN ('out_invoice', 'in_invoice')" if model == "account.move" else ""
    )
    env.cr.execute(
        'SELECT p.commercial_partner_id, max(d.id) FROM "' + env[model]._table + '" d'
        " JOIN res_partner p ON p.id = d.partner_id WHERE p.active AND p.commercial_partner_id NOT IN"
        " (SELECT partner_id FROM res_company UNION SELECT partner_id FROM res_users WHERE share IS NOT TRUE)"
        + issued
        + " GROUP BY 1 ORDER BY 1 LIMIT %s",
        [_PARTNERS],
    )
    found = sorted(env.cr.fetchall(), key=lambda row: row[0] not in users)
    return [(env["res.partner"].browse(partner), env[model].browse(each)) for partner, each in found[:2]]


def _both_ways(
    env: Any, documents: list[tuple[Any, Any]], users: dict[int, Any], password: str, secret: str
) -> list[dict[str, Any]]:
    logins = []
    for partner, document in documents:
        if partner.id not in users:
            users[partner.id] = _portal_user(env, partner, password)
        _show(document, partner)
        if "company_id" in document._fields and document.company_id:
            users[partner.id].company_ids |= document.company_id
        logins.append(users[partner.id].login)
    return [
        _case(env, document, logins[index], logins[1 - index], secret) for index, (_, document) in enumerate(documents)
    ]


def _portal_user(env: Any, partner: Any, password: str) -> Any:
    users = env["res.users"].with_context(no_reset_password=True)
    groups = "group_ids" if "group_ids" in users._fields else "groups_id"
    company = partner.company_id or env["res.company"].search([], limit=1)
    values = {
        "partner_id": partner.id,
        "login": "odoo-gate-partner-" + str(partner.id),
        "password": password,
        "company_id": company.id,
        "company_ids": [(6, 0, company.ids)],
        groups: [(6, 0, [env.ref("base.group_portal").id])],
    }
    return users.create(values)


def _show(document: Any, partner: Any) -> None:
    """Let the owner see it as far as the model lets portal users see anything."""
    project = document if document._name == "project.project" else getattr(document, "project_id", None)
    if project and "privacy_visibility" in project._fields:
        project.privacy_visibility = "portal"
        project.message_subscribe([partner.id])
    if hasattr(document, "message_subscribe"):
        document.message_subscribe([partner.id])


def _case(env: Any, document: Any, owner: str, stranger: str, secret: str) -> dict[str, Any]:
    attachment = env["ir.attachment"].create(
        {"name": "odoo-gate.txt", "raw": secret.encode(), "res_model": document._name, "res_id": document.id}
    )
    if hasattr(document, "_portal_ensure_token"):
        document._portal_ensure_token()
    reports = env["ir.actions.report"].search(
        [("model", "=", document._name), ("report_type", "in", ["qweb-pdf", "qweb-html"])]
    )
    url = document.access_url if "access_url" in document._fields else ""
    return {
        "model": document._name,
        "id": document.id,
        "name": document.display_name,
        "owner": owner,
        "stranger": stranger,
        "url": "" if url in (False, "#") else url,
        "attachment": attachment.id,
        "reports": sorted(set(reports.mapped("report_name"))),
        "field": document._rec_name or "",
    }


def _routes(env: Any, own: list[str]) -> list[str]:
    """Addresses with a part to fill in, of pages that the own modules serve to whom they do not know well."""
    if not own:
        return []
    http = env["ir.http"]
    found = set()
    for url, endpoint, *_ in http._generate_routing_rules(own, converters=http._get_converters()):
        routing = endpoint.routing
        methods = routing.get("methods")
        if routing.get("type") == "http" and "<" in url and (not methods or "GET" in methods):
            found.add(url)
    return sorted(found)
