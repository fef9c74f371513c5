"""A person at the web client: a session that logged in, or nobody, asking for pages and calling methods."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import requests

from odoo_gate.errors import StackError
from odoo_gate.stack.odoo_server import OdooServer

_SECONDS = 60


@dataclass(frozen=True)
class Page:
    """What came back for an address, redirects not followed."""

    status: int
    content: bytes

    def holds(self, text: str) -> bool:
        """Whether the page was served and has `text` in it."""
        return self.status == 200 and text.encode() in self.content

    @property
    def is_pdf(self) -> bool:
        return self.status == 200 and self.content.startswith(b"%PDF")


@dataclass(frozen=True)
class Answer:
    """What a call over RPC gave; `refused` says why it gave nothing."""

    result: Any
    refused: str = ""


class Browser:
    """A session on a server. Without `login` nobody is logged in."""

    def __init__(self, server: OdooServer, login: str = "", password: str = "") -> None:
        self._url = server.url
        self._session = requests.Session()
        self._session.trust_env = False
        if login:
            self._log_in(server, login, password)

    def page(self, address: str) -> Page:
        """What `address`, a path on the server, gives. Raises StackError when the server does not answer."""
        try:
            answer = self._session.get(self._url + address, allow_redirects=False, timeout=_SECONDS)
        except requests.RequestException as error:
            raise StackError(f"{address} was not answered: {error}", hint="read the server's log") from error
        return Page(answer.status_code, answer.content)

    def call(self, model: str, method: str, *arguments: Any) -> Answer:
        """Call a method as the web client does. Raises StackError when the server does not answer."""
        params = {"model": model, "method": method, "args": list(arguments), "kwargs": {}}
        return self._post("/web/dataset/call_kw", params)

    def _log_in(self, server: OdooServer, login: str, password: str) -> None:
        params = {"db": server.database, "login": login, "password": password}
        answer = self._post("/web/session/authenticate", params)
        if answer.refused or not (answer.result or {}).get("uid"):
            raise StackError(f"{login} cannot log in at {server.url}: {answer.refused}", hint="read the server's log")

    def _post(self, address: str, params: dict[str, Any]) -> Answer:
        body = {"jsonrpc": "2.0", "method": "call", "id": 1, "params": params}
        try:
            answer = self._session.post(self._url + address, json=body, timeout=_SECONDS).json()
        except (requests.RequestException, ValueError) as error:
            raise StackError(f"{address} was not answered: {error}", hint="read the server's log") from error
        if "error" in answer:
            data = answer["error"].get("data", {})
            return Answer(None, data.get("name") or answer["error"].get("message", "refused"))
        return Answer(answer.get("result"))
