"""What a person does on a working day, reading only: sign in, open the web client and the apps, run the known reads."""

from __future__ import annotations

import ast
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from statistics import median
from typing import Any

from odoo_gate.model import Say
from odoo_gate.probe.model import Journey, Observed
from odoo_gate.probe.pages import assets_of, fields_of, inputs_of
from odoo_gate.probe.signed import SignedReport
from odoo_gate.probe.visitor import Spent, Unwell, Visitor
from odoo_gate.settings import ProbeSettings
from odoo_gate.settings.probe import ProbeJourney

_ROWS = 80
"""What a list of the web client shows at once."""
_WINDOW = "ir.actions.act_window,"
_MANY = 2000
_MENUS_TRIED = 4
_GET_VIEWS_SINCE = 16.0
_CSS_FAULT = "CSS error message"
_CONTENT = {".js": "javascript", ".css": "css"}
_LISTS = ("list", "tree")
"""The list view's name since Odoo 18, and before."""


@dataclass(frozen=True, slots=True)
class App:
    """An app of the menu, and the window action that opens its first list."""

    name: str
    action: int


@dataclass
class Trip:
    """What the journeys of one probe have seen so far."""

    journeys: list[Journey] = field(default_factory=list)
    observed: list[Observed] = field(default_factory=list)

    def tell(self, error: Unwell, journey: str) -> None:
        self.observed.append(Observed(error.rule, error.message, journey, error.hint))


class Traveller:
    """Goes on journeys with one visitor, and keeps what each cost."""

    def __init__(self, visitor: Visitor, settings: ProbeSettings, report: SignedReport, say: Say) -> None:
        self.trip = Trip()
        self._visitor = visitor
        self._settings = settings
        self._report = report
        self._say = say

    def sign_in(self, login: str, password: str) -> bool:
        """Whether the session is open: without one there is nothing more to see."""
        return self._go("sign-in", lambda: self._sign_in(login, password), times=1)

    def open_client(self) -> None:
        """The web client's page, and every script and style it asks for."""
        self._go("web-client", self._client, times=1)

    def open_apps(self) -> None:
        """The first list of each of the user's apps, in the order of the menu."""
        if not self._settings.apps:
            return
        try:
            apps = self._apps()
        except Unwell as error:
            self.trip.tell(error, "apps")
            return
        for app in apps:
            self._go(f"app-{app.name}", lambda app=app: self._open(app.action))  # type: ignore[misc]

    def run_reads(self) -> None:
        """The reads of gate.toml."""
        for each in self._settings.journeys:
            self._go(each.name, lambda each=each: self._read(each), reference=each.reference)  # type: ignore[misc]

    def sign_out(self) -> None:
        """End the session, so that probes do not fill the session store."""
        try:
            self._visitor.get("/web/session/logout")
        except (Unwell, Spent) as error:
            self.trip.observed.append(Observed("unsteady", f"signing out: {error.message}", "sign-out"))

    def _go(self, name: str, step: Callable[[], None], *, times: int | None = None, reference: str = "") -> bool:
        """Do `step` some times; keep its median and what went wrong. Raises Spent before the first attempt ends."""
        attempts = times or self._settings.repeats
        taken: list[float] = []
        errors: list[Unwell] = []
        for _ in range(attempts):
            started, pauses = time.perf_counter(), self._visitor.requests
            try:
                step()
            except Unwell as error:
                errors.append(error)
                continue
            steps = max(0, self._visitor.requests - pauses - (1 if pauses == 0 else 0))
            taken.append(time.perf_counter() - started - steps * self._settings.pause_seconds)
        figure = self._report.reference(reference) if reference else None
        middle = median(taken) if taken else None
        self.trip.journeys.append(Journey(name, attempts, len(errors), middle, figure))
        self._say(f"{name}: " + (f"{middle:.2f} s" if middle is not None else errors[0].message))
        if reference and figure is None:
            message = f"the signed report has no figure {reference} that passed, in s or ms"
            self.trip.observed.append(
                Observed("no-reference", message, name, "correct reference in [[probe.journeys]]")
            )
        self._tell_errors(name, errors, attempts)
        return bool(taken)

    def _tell_errors(self, name: str, errors: list[Unwell], attempts: int) -> None:
        if not errors:
            return
        if len(errors) == attempts:
            self.trip.tell(errors[0], name)
            return
        message = f"{len(errors)} of {attempts} attempts failed: {errors[0].message}"
        self.trip.observed.append(Observed("unsteady", message, name, "read the server's log of that time"))

    def _sign_in(self, login: str, password: str) -> None:
        database = self._settings.database
        page = self._visitor.get(f"/web/login?db={database}" if database else "/web/login")
        token = inputs_of(page.text).get("csrf_token")
        if not token:
            hint = "set database in [probe] if the server has several"
            raise Unwell("server-error", "/web/login shows no form to sign in", hint=hint)
        landed = self._visitor.submit("/web/login", {"login": login, "password": password, "csrf_token": token})
        asked_again = {"password", "totp_token"} & inputs_of(landed.text).keys()
        if asked_again or not self._visitor.ask("/web/session/get_session_info", {}).get("uid"):
            hint = "correct the login and its password; a second factor cannot be given by a probe"
            raise Unwell("sign-in-refused", f"{login} cannot sign in", hint=hint)

    def _client(self) -> None:
        assets = assets_of(self._visitor.get("/web").text)
        if not assets:
            raise Unwell("broken-asset", "the web client's page asks for no script at all")
        for path in assets:
            self._asset(path)

    def _asset(self, path: str) -> None:
        try:
            asset = self._visitor.get(path)
        except Unwell as error:
            if error.rule in ("not-answering", "certificate"):
                raise
            raise Unwell("broken-asset", error.message, hint="regenerate the asset bundles") from error
        kind = next((kind for end, kind in _CONTENT.items() if path.partition("?")[0].endswith(end)), "")
        if not asset.content.strip() or kind not in asset.kind:
            raise Unwell("broken-asset", f"{path} is {len(asset.content)} bytes of {asset.kind or 'no type'}")
        if kind == "css" and _CSS_FAULT in asset.text:
            raise Unwell("broken-asset", f"{path} could not be compiled: Odoo wrote an error into it")

    def _apps(self) -> list[App]:
        """For each app, in the order of the menu, the first list that its menus lead to."""
        columns = ["name", "parent_id", "action"]
        query = {"domain": [], "fields": columns, "limit": _MANY, "order": "sequence, id"}
        menus: list[dict[str, Any]] = self._visitor.call("ir.ui.menu", "search_read", [], query)
        below: dict[int, list[dict[str, Any]]] = {}
        for menu in menus:
            below.setdefault(menu["parent_id"][0] if menu["parent_id"] else 0, []).append(menu)
        apps: list[App] = []
        for root in below.get(0, []):
            if len(apps) == self._settings.apps:
                break
            actions = [int(each) for each in _windows(root, below)][:_MENUS_TRIED]
            opening = next((action for action in actions if self._may_open(action)), None)
            if opening is not None:
                apps.append(App(_kebab(str(root["name"])), opening))
        if not apps:
            hint = "give the probing user the groups of the people it stands for"
            raise Unwell("refused", f"none of {len(menus)} menus leads to a list that the user may read", hint=hint)
        return apps

    def _may_open(self, action_id: int) -> bool:
        """Whether this user may read that list: some menus lead to settings, or to what others may read."""
        try:
            self._open(action_id)
        except Unwell as error:
            return error.rule != "refused"  # what is broken gets a journey of its own, and is told there
        return True

    def _open(self, action_id: int) -> None:
        action = self._visitor.ask("/web/action/load", {"action_id": action_id})
        model = str(action["res_model"])
        lists = [[view, kind] for view, kind in action["views"] if kind in _LISTS]
        if not lists:
            raise Unwell("refused", f"{action['name']} has no list")
        fields = self._list_fields(model, lists[0])
        query = {"domain": _domain(action.get("domain")), "fields": fields, "limit": _ROWS}
        self._visitor.call(model, "search_read", [], query)

    def _list_fields(self, model: str, view: list[Any]) -> list[str]:
        """As the web client asks for them: by one method since Odoo 16, by another before."""
        if float(self._report.readiness.release.series) >= _GET_VIEWS_SINCE:
            answer = self._visitor.call(model, "get_views", [], {"views": [view, [False, "search"]], "options": {}})
            return fields_of(str(answer["views"][view[1]]["arch"])) or ["id"]
        old = [view[0], "tree"]
        answer = self._visitor.call(model, "load_views", [], {"views": [old, [False, "search"]], "options": {}})
        return fields_of(str(answer["fields_views"]["tree"]["arch"])) or ["id"]

    def _read(self, journey: ProbeJourney) -> None:
        args: list[Any] = [list(journey.ids)] if journey.ids else []
        self._visitor.call(journey.model, journey.method, args, dict(journey.arguments))


def _windows(menu: dict[str, Any], below: Mapping[int, list[dict[str, Any]]]) -> Iterator[str]:
    """Ids of the window actions of a menu and those below it, in the order a person sees them."""
    if str(menu["action"]).startswith(_WINDOW):
        yield str(menu["action"]).removeprefix(_WINDOW)
    for each in below.get(menu["id"], []):
        yield from _windows(each, below)


def _domain(written: object) -> list[Any]:
    """An action's domain when it is plain; one that a browser must compute is left out, so that more is read."""
    if isinstance(written, list):
        return written
    try:
        found = ast.literal_eval(str(written or "[]"))
    except (ValueError, SyntaxError):
        return []
    return found if isinstance(found, list) else []


def _kebab(name: str) -> str:
    return "-".join(_words(name)) or "app"


def _words(name: str) -> Iterator[str]:
    word = ""
    for letter in [*name.lower(), " "]:
        if letter.isalnum():
            word += letter
        elif word:
            yield word
            word = ""
