"""One person's web session that calls methods one by one, each marked so that its line in Odoo's log is known."""

from __future__ import annotations

import itertools
import json
import time
from collections.abc import Mapping
from typing import Any

import requests

from odoo_gate.errors import StackError
from odoo_gate.load.request_log import Request, log_since, read_requests
from odoo_gate.odoo.rpc import ADMIN
from odoo_gate.stack.odoo_server import OdooServer

_TIMEOUT = 180.0
_MARK = "odoo-gate-call"
_PATIENCE = 10.0
"""Seconds that the line of an answered request may take to reach the log."""


class Refused(StackError):
    """Odoo answered a call with an error in the body: HTTP says 200 all the same."""


class Caller:
    """A logged-in session of `user`. Raises StackError when Odoo does not let it in."""

    def __init__(self, server: OdooServer, user: str = ADMIN, password: str = ADMIN) -> None:
        self._server = server
        self._numbers = itertools.count(1)
        self._started = time.time() - 1
        self._web = requests.Session()
        self._web.trust_env = False
        answer = self._post("/web/session/authenticate", {"db": server.database, "login": user, "password": password})
        if not answer.get("uid"):
            raise StackError(f"{user} cannot log in to {server.database}", hint=f"read the server's log: {server.log}")
        self.uid = int(answer["uid"])
        self.company = int(answer.get("user_companies", {}).get("current_company") or answer.get("company_id") or 1)

    def call(self, model: str, method: str, *args: Any, **kwargs: Any) -> Any:
        """What the method returns. Raises Refused when Odoo says no, StackError when it does not answer."""
        return self.marked_call(model, method, args, kwargs)[0]

    def marked_call(self, model: str, method: str, args: Any, kwargs: Mapping[str, Any]) -> tuple[Any, str]:
        """What the method returns, and the mark that its line in the log bears."""
        mark = f"{_MARK}={self.uid}-{next(self._numbers)}"
        path = f"/web/dataset/call_kw/{model}/{method}?{mark}"
        params = {"model": model, "method": method, "args": list(args), "kwargs": dict(kwargs)}
        return self._post(path, params), mark

    def requests_of(self, marks: Mapping[str, str]) -> dict[str, Request]:
        """By key of `marks`, the logged request that bears the mark.

        Raises StackError when the log does not have all of them.
        """
        deadline = time.monotonic() + _PATIENCE
        while True:
            logged = {
                request.path.partition("?")[2]: request
                for request in read_requests(log_since(self._server, self._started))
            }
            found = {key: logged[mark] for key, mark in marks.items() if mark in logged}
            if len(found) == len(marks):
                return found
            if time.monotonic() > deadline:
                raise StackError(
                    f"{len(marks) - len(found)} of {len(marks)} requests are not in the log of"
                    f" {self._server.container.name}",
                    hint="Odoo must log `werkzeug` at INFO; look whether log_handler says otherwise",
                )
            time.sleep(0.2)

    def has_model(self, model: str) -> bool:
        return bool(self.call("ir.model", "search_count", [["model", "=", model]]))

    def _post(self, path: str, params: Mapping[str, Any]) -> Any:
        body = {"jsonrpc": "2.0", "method": "call", "params": params}
        try:
            answer = self._web.post(
                self._server.url + path,
                data=json.dumps(body),
                headers={"Content-Type": "application/json"},
                timeout=_TIMEOUT,
            )
            plain = answer.json()
        except (requests.RequestException, ValueError) as error:
            raise StackError(
                f"{path.partition('?')[0]} of {self._server.url} gives no answer: {error}",
                hint=f"read the server's log: {self._server.log}",
            ) from error
        if "error" in plain:
            told = plain["error"].get("data") or {}
            name, message = told.get("name", "error"), told.get("message") or plain["error"].get("message", "")
            raise Refused(
                f"{path.partition('?')[0]}: {name}: {str(message).splitlines()[0] if message else ''}",
                hint=f"read the server's log: {self._server.log}",
            )
        return plain.get("result")
