"""`security.portal`: whether a customer or vendor on the portal gets at what belongs to another.

Real sessions of two partners on a disposable clone, and one of nobody: every kind of document is asked for by id, over
RPC and by address, with its attachment and its reports. The owner asks first: what not even the owner gets was not
tried.
"""

from __future__ import annotations

import re
import secrets
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

from odoo_gate.model import IN_BASELINE, Finding, Severity
from odoo_gate.security.live.site import Site
from odoo_gate.security.live.web import Answer, Browser

_WRONG = "access_token=00000000-0000-4000-8000-000000000000"
_CONVERTER = re.compile(r"<(?:[^<>]*[:])?[A-Za-z_][A-Za-z0-9_]*>")
_REMEDY = (
    "check the rights before sudo() (_document_check_access does it for a page), or give the model a record rule for "
    "base.group_portal that names the partner"
)


@dataclass(frozen=True)
class Document:
    """One document: who owns it, who is a stranger to it, and where it is to be had."""

    model: str
    id: int
    name: str
    owner: str
    stranger: str
    url: str
    attachment: int
    reports: tuple[str, ...]
    field: str

    @property
    def addresses(self) -> tuple[str, ...]:
        """Its page, with a token that is wrong too; its reports as a page, and one as a file."""
        pages = (self.url, f"{self.url}?{_WRONG}") if self.url else ()
        reports = tuple(f"/report/html/{quote(name)}/{self.id}" for name in self.reports)
        files = tuple(f"/report/pdf/{quote(name)}/{self.id}" for name in self.reports[:1])
        return pages + reports + files


@dataclass(frozen=True)
class Visited:
    """What strangers got: model → how they got it. `owned` are the models whose owner got at the own document.

    `kinds` is how many models have documents that belong to a partner, whether or not there are any documents;
    `unshown` are those of the owned that have a page, which their owner did not get either.
    """

    kinds: int
    documents: int
    models: frozenset[str]
    leaks: Mapping[str, tuple[str, ...]]
    owned: frozenset[str]
    unshown: frozenset[str] = frozenset()


def visit_portal(site: Site) -> Visited:
    """Let strangers and nobody ask for everything that belongs to a partner. Raises StackError, AgentError."""
    secret = secrets.token_hex(16)
    arguments = {"own": site.own, "password": site.password, "secret": secret}
    told = site.ask("portal.py", "prepare", arguments)
    documents = [Document(**{**case, "reports": tuple(case["reports"])}) for case in told["cases"]]
    nobody = Browser(site.server)
    people = {
        login: Browser(site.server, login, site.password)
        for login in sorted({name for each in documents for name in (each.owner, each.stranger)})
    }
    leaks: dict[str, set[str]] = defaultdict(set)
    owned, paged, shown = set(), set(), set()
    for document in documents:
        owner, stranger = people[document.owner], people[document.stranger]
        if _has_rows(owner.call(document.model, "read", [document.id], ["display_name"])):
            owned.add(document.model)
        if document.url:
            paged.add(document.model)
            if owner.page(document.url).holds(document.name):
                shown.add(document.model)
        leaks[document.model].update(_over_rpc(stranger, document))
        for who, browser in (("another portal user", stranger), ("nobody logged in", nobody)):
            leaks[document.model].update(_by_address(who, browser, document, secret))
            leaks[document.model].update(_by_own_route(who, browser, document, told["routes"]))
    found = {model: tuple(sorted(ways)) for model, ways in leaks.items() if ways}
    models = frozenset(each.model for each in documents)
    return Visited(told["kinds"], len(documents), models, found, frozenset(owned), frozenset((owned & paged) - shown))


def portal_findings(visited: Visited, baseline: Visited | None) -> Iterator[Finding]:
    """Every kind of document that a stranger got at; nothing tried is a failure, unless there is nothing to get at."""
    if not visited.kinds:
        message = "no document here belongs to a partner: none has a page on the portal, none of your own has a partner"
        yield Finding("not-applicable", message, Severity.NOTE)
        return
    if not visited.documents:
        message = "no two partners have a document of the same kind: nothing could be tried on the portal"
        remedy = "let the data have documents of several partners: by data.archetypes, or a dump of production"
        yield Finding("nothing-tried", message, remedy=remedy)
        return
    if not visited.owned:
        message = "no portal user gets at an own document, so that others do not either proves nothing"
        yield Finding("nobody-sees-own", message, remedy="look at the portal's record rules")
    for model, ways in sorted(visited.leaks.items()):
        known = set(baseline.leaks.get(model, ())) if baseline else set()
        if fresh := sorted(set(ways) - known):
            yield Finding("another-s-document", f"{model}: {'; '.join(fresh)}", remedy=_REMEDY)
        if old := sorted(set(ways) & known):
            yield Finding("another-s-document", f"{model}: {'; '.join(old)}{IN_BASELINE}", Severity.WARNING)
    if closed := sorted(visited.models - visited.owned):
        message = f"not open to portal users, not even to owners: {', '.join(closed)}"
        yield Finding("closed", message, Severity.NOTE)
    if visited.unshown:
        message = f"not even owners get the page of {', '.join(sorted(visited.unshown))}: strangers prove nothing there"
        remedy = "open the page as the document's owner: it must show the document's name"
        yield Finding("page-not-shown", message, Severity.WARNING, remedy=remedy)


def _over_rpc(stranger: Browser, document: Document) -> Iterator[str]:
    model, ids, mine = document.model, [document.id], [["id", "=", document.id]]
    calls: dict[str, Sequence[Any]] = {
        "read": (ids, ["display_name"]),
        "search": (mine,),
        "export_data": (ids, ["display_name"]),
        "read_group": (mine, ["id:count"], ["partner_id"]),
        "write": (ids, {document.field: document.name} if document.field else {"partner_id": False}),
        "unlink": (ids,),
    }
    for method, arguments in calls.items():
        if _has_rows(stranger.call(model, method, *arguments)):
            yield f"another portal user gets through with {method}"
            if method in ("write", "unlink"):
                return  # the document is no longer what it was


def _has_rows(answer: Answer) -> bool:
    if answer.refused:
        return False
    if isinstance(answer.result, dict) and "datas" in answer.result:
        return bool(answer.result["datas"])
    return bool(answer.result)


def _by_address(who: str, browser: Browser, document: Document, secret: str) -> Iterator[str]:
    for address in document.addresses:
        page = browser.page(address)
        if page.holds(document.name) or page.is_pdf:
            yield f"{who} gets {_shown(address, document)}"
    for asked in (f"/web/content/{document.attachment}", f"/web/content/{document.attachment}?{_WRONG}"):
        if browser.page(asked).holds(secret):
            yield f"{who} gets the attachment by {_shown(asked, document)}"


def _by_own_route(who: str, browser: Browser, document: Document, routes: Sequence[str]) -> Iterator[str]:
    """Every page of the release's own modules that takes an id, with the document's."""
    for route in routes:
        address = _CONVERTER.sub(str(document.id), route)
        if "<" not in address and browser.page(address).holds(document.name):
            yield f"{who} gets the page {route}"


def _shown(address: str, document: Document) -> str:
    """The same address for every document, so that the finding does not change with the data."""
    plain = address.replace(_WRONG, "access_token=WRONG")
    for number in (document.attachment, document.id):
        plain = re.sub(rf"/{number}(?=$|[/?])", "/ID", plain)
    return plain
