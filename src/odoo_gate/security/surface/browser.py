"""Just enough of a browser: one session cookie, a login, the web client's calls."""

from __future__ import annotations

from collections.abc import Mapping
from http.cookies import CookieError, SimpleCookie
from typing import Any

from odoo_gate.errors import StackError
from odoo_gate.security.surface.door import Answer, Door

COOKIE = "session_id"


class Browser:
    """A session behind one door. `session` is the id the server gave last; empty before the first answer."""

    def __init__(self, door: Door, session: str = "") -> None:
        self.door = door
        self.session = session

    def visit(self, path: str) -> Answer:
        """GET a page, keeping the cookie it sets."""
        return self._keep(self.door.ask("GET", path, headers=self._cookie()))

    def log_in(self, database: str, login: str, password: str, headers: Mapping[str, str] | None = None) -> bool:
        """Whether the server lets this user in."""
        params = {"db": database, "login": login, "password": password}
        result = self._call("/web/session/authenticate", params, headers)
        return isinstance(result, dict) and bool((result.get("result") or {}).get("uid"))

    def log_out(self) -> None:
        self.visit("/web/session/logout")

    def is_logged_in(self) -> bool:
        """Whether the server takes the session for a user's."""
        result = self._call("/web/session/get_session_info", {})
        return isinstance(result, dict) and bool((result.get("result") or {}).get("uid"))

    def call(self, model: str, method: str, *arguments: object) -> Any:
        """What a method of a model returns to this user. Raises StackError when the server answers with an error."""
        params = {"model": model, "method": method, "args": list(arguments), "kwargs": {}}
        said = self._call("/web/dataset/call_kw", params)
        if not isinstance(said, dict) or "result" not in said:
            reason = (said or {}).get("error", {}).get("data", {}).get("message", said)
            raise StackError(f"{model}.{method} was refused: {reason}", hint="read the server's log")
        return said["result"]

    def _call(self, path: str, params: object, headers: Mapping[str, str] | None = None) -> Any:
        answer, said = self.door.call(path, params, {**self._cookie(), **(headers or {})})
        self._keep(answer)
        return said

    def _cookie(self) -> dict[str, str]:
        return {"Cookie": f"{COOKIE}={self.session}"} if self.session else {}

    def _keep(self, answer: Answer) -> Answer:
        for header in answer.all("Set-Cookie"):
            self.session = _session_in(header) or self.session
        return answer


def _session_in(header: str) -> str:
    try:
        morsel = SimpleCookie(header).get(COOKIE)
    except CookieError:
        return ""
    return morsel.value if morsel else ""
