"""A gentle visitor of a web server: one request at a time, with pauses, within limits, never off the server."""

from __future__ import annotations

import ipaddress
import json
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any
from urllib.parse import urljoin, urlsplit

import requests

from odoo_gate import __version__
from odoo_gate.errors import GateError, InfrastructureError, UsageError
from odoo_gate.settings import ProbeSettings
from odoo_gate.settings.probe import ProbeRule

MAX_BYTES = 32 * 1024 * 1024
_MAX_REDIRECTS = 5
_SERVER_ERROR = 500
_CLIENT_ERROR = 400
_CHUNK = 64 * 1024
_REFUSALS = ("AccessError", "AccessDenied", "UserError", "ValidationError", "MissingError", "RedirectWarning")


class Unwell(GateError):
    """The environment did not answer as it should; `rule` says how."""

    def __init__(self, rule: ProbeRule, message: str, *, hint: str = "") -> None:
        super().__init__(message, hint=hint)
        self.rule = rule


class Spent(GateError):
    """The probe has made all the requests it may."""


@dataclass(frozen=True, slots=True)
class Page:
    """An answer that is no error."""

    url: str
    kind: str
    content: bytes

    @property
    def text(self) -> str:
        return self.content.decode("utf-8", "replace")


def allowed_origin(url: str, hosts: tuple[str, ...]) -> str:
    """`url` as scheme and address, if the probe may go there.

    Raises UsageError for an address that is neither loopback nor in `hosts`, and for one that is reached in the clear.
    """
    parts = urlsplit(url)
    host = parts.hostname or ""
    if parts.scheme not in ("http", "https") or not host or parts.username or parts.query:
        raise UsageError(f"{url} is not the address of a server", hint="write it as https://erp.example.com")
    if is_loopback(host):
        return f"{parts.scheme}://{parts.netloc}"
    if host.lower() not in {each.lower() for each in hosts}:
        raise UsageError(
            f"the probe may not go to {host}",
            hint=f'if that environment is yours, write hosts = ["{host}"] in [probe] of gate.toml',
        )
    if parts.scheme != "https":
        raise UsageError(f"{host} is another machine: a password must not go there in the clear", hint="use https://")
    return f"{parts.scheme}://{parts.netloc}"


def is_loopback(host: str) -> bool:
    """Whether a host's name or number is this machine's own."""
    if host.lower() == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


class Visitor:
    """A browser-like session on one origin. Every method raises Unwell, Spent or InfrastructureError."""

    def __init__(self, origin: str, settings: ProbeSettings) -> None:
        self.origin = origin
        self.requests = 0
        self.server_time = datetime.now(UTC)
        """The server's own clock, as of its last answer."""
        self._settings = settings
        self._deadline = time.monotonic() + settings.max_seconds
        self._is_limited = True
        self._session = requests.Session()
        self._session.headers["User-Agent"] = f"odoo-gate-probe/{__version__}"
        self._session.trust_env = not is_loopback(urlsplit(origin).hostname or "")
        self._session.auth = _as_it_is

    @property
    def requests_left(self) -> int:
        return self._settings.max_requests - self.requests

    @contextmanager
    def without_limits(self) -> Iterator[None]:
        """Inside, neither requests nor seconds are counted: what was begun must be undone."""
        self._is_limited = False
        try:
            yield
        finally:
            self._is_limited = True

    def close(self) -> None:
        self._session.close()

    def get(self, path: str) -> Page:
        """A page or file; redirects are followed on this server only."""
        return self._follow("GET", path, {})

    def submit(self, path: str, form: dict[str, str]) -> Page:
        """A form sent, and the page it leads to."""
        return self._follow("POST", path, {"data": form})

    def ask(self, path: str, params: dict[str, Any]) -> Any:
        """The result of a JSON-RPC route. An error in the body is an error, whatever the status says."""
        sent = {"jsonrpc": "2.0", "method": "call", "id": self.requests, "params": params}
        response, content = self._send("POST", self.origin + path, {"json": sent})
        what = f"{path} answered"
        try:
            answer = json.loads(content)
        except ValueError as error:
            raise Unwell("server-error", f"{what} {response.status_code} with something that is no JSON") from error
        if not isinstance(answer, dict):
            raise Unwell("server-error", f"{what} with JSON that is no object")
        if "error" in answer:
            raise _refusal(what, answer["error"])
        return answer.get("result")

    def call(self, model: str, method: str, args: list[Any], kwargs: dict[str, Any]) -> Any:
        """A public method of a model, as the web client calls it."""
        params = {"model": model, "method": method, "args": args, "kwargs": kwargs}
        return self.ask(f"/web/dataset/call_kw/{model}/{method}", params)

    def _follow(self, method: str, path: str, options: dict[str, Any]) -> Page:
        url = self.origin + path
        for _ in range(_MAX_REDIRECTS + 1):
            response, content = self._send(method, url, options)
            if not response.is_redirect:
                return Page(url, response.headers.get("Content-Type", ""), content)
            url, method, options = urljoin(url, response.headers["Location"]), "GET", {}
            if not url.startswith(f"{self.origin}/"):
                raise Unwell("server-error", f"{path} leads away from {self.origin}, to {url}")
        raise Unwell("server-error", f"{path} leads from page to page without an end")

    def _send(self, method: str, url: str, options: dict[str, Any]) -> tuple[requests.Response, bytes]:
        if self._is_limited and self.requests_left <= 0:
            raise Spent(f"{self.requests} requests are all that max_requests allows")
        if self._is_limited and time.monotonic() > self._deadline:
            raise Spent(f"{self._settings.max_seconds:g} seconds are all that max_seconds allows")
        if self.requests:
            time.sleep(self._settings.pause_seconds)
        self.requests += 1
        try:
            with self._session.request(
                method, url, timeout=self._settings.timeout_seconds, allow_redirects=False, stream=True, **options
            ) as response:
                content = _content(response, time.monotonic() + self._settings.timeout_seconds)
        except requests.exceptions.SSLError as error:
            raise Unwell("certificate", f"the certificate of {self.origin} is not trusted: {_cause(error)}") from error
        except requests.RequestException as error:
            if "NameResolutionError" in repr(error):
                raise InfrastructureError(
                    f"{self.origin}: its name is not known here", hint="look at the DNS of the machine that probes"
                ) from error
            raise Unwell("not-answering", f"{self.origin} does not answer: {_cause(error)}") from error
        self._read_clock(response)
        if response.status_code >= _CLIENT_ERROR:
            rule: ProbeRule = "server-error" if response.status_code >= _SERVER_ERROR else "refused"
            raise Unwell(rule, f"{urlsplit(url).path} answered {response.status_code} {response.reason}")
        return response, content

    def _read_clock(self, response: requests.Response) -> None:
        """Ours where the server tells none that can be read."""
        try:
            self.server_time = parsedate_to_datetime(response.headers["Date"]).astimezone(UTC)
        except (KeyError, ValueError):
            self.server_time = datetime.now(UTC)


def _content(response: requests.Response, deadline: float) -> bytes:
    parts: list[bytes] = []
    size = 0
    for chunk in response.iter_content(_CHUNK):
        parts.append(chunk)
        size += len(chunk)
        if size > MAX_BYTES:
            raise Unwell("server-error", f"{urlsplit(response.url).path} is longer than {MAX_BYTES} bytes")
        if time.monotonic() > deadline:
            raise requests.Timeout("the answer does not come to its end")
    return b"".join(parts)


def _refusal(what: str, error: Any) -> Unwell:
    """Odoo's error: what it means to refuse, or what broke."""
    data = error.get("data", {}) if isinstance(error, dict) else {}
    name = str(data.get("name", ""))
    said = str(data.get("message") or (error.get("message") if isinstance(error, dict) else error)).splitlines()
    rule: ProbeRule = "refused" if name.rpartition(".")[2] in _REFUSALS else "server-error"
    return Unwell(rule, f"{what} with {name or 'an error'}: {said[0] if said else 'no message'}")


def _as_it_is(request: requests.PreparedRequest) -> requests.PreparedRequest:
    """No credentials but the form's: without it, requests would send what a .netrc holds."""
    return request


def _cause(error: BaseException) -> str:
    """The innermost reason in one line."""
    reason = getattr(error.args[0], "reason", error.args[0]) if error.args else error
    return str(reason).splitlines()[0] if str(reason) else type(error).__name__
