"""What a browser is told on its way in: go to TLS, stay there, keep the cookie to yourself; and the websocket."""

from __future__ import annotations

import http.client
import re
from collections.abc import Iterator
from urllib.parse import urlsplit

from odoo_gate.model import Finding, Severity
from odoo_gate.security.surface.browser import COOKIE
from odoo_gate.security.surface.door import Answer, Door

_LOGIN = "/web/login"
_SHORTEST_HSTS = 15_552_000
"""Seconds: half a year, below which lists of HSTS hosts do not take a host."""
_WEBSOCKET_SERIES = 16
_HANDSHAKE = {
    "Upgrade": "websocket",
    "Connection": "Upgrade",
    "Sec-WebSocket-Version": "13",
    "Sec-WebSocket-Key": "b2Rvby1nYXRlLXByb2JlIQ==",
}
_POLL_TIMEOUT = 3.0
_TO_WEBSOCKET = "send /websocket to the gevent port (8072) with the headers Upgrade and Connection, over HTTP 1.1"


def transport_findings(front: Door, plain: Door | None, series: str) -> list[Finding]:
    """`front` with TLS, `plain` without (None: it does not listen there). Raises OSError, http.client.HTTPException."""
    page = front.ask("GET", _LOGIN)
    if page.status != http.client.OK:
        message = f"{_LOGIN} answers {page.status} through the ingress: nothing else can be judged"
        return [Finding("no-page", message, remedy="read the logs of the ingress and of Odoo")]
    return [*_redirect(plain), *_hsts(page), *_cookies(page), *_live(front, series)]


def _redirect(plain: Door | None) -> Iterator[Finding]:
    if plain is None:
        message = "the ingress does not listen without TLS: who types the bare name finds nothing"
        yield Finding("no-redirect", message, Severity.WARNING, remedy="listen on 80 and redirect to https")
        return
    answer = plain.ask("GET", _LOGIN)
    target = urlsplit(answer.header("Location"))
    if answer.status not in (301, 302, 307, 308) or target.scheme != "https":
        yield Finding(
            "no-redirect",
            f"http is answered with {answer.status}, not with a redirect to https",
            remedy="nginx: return 301 https://$host$request_uri;",
        )
    elif target.hostname != plain.host:
        yield Finding(
            "redirect-elsewhere",
            f"http://{plain.host} is redirected to {target.hostname}",
            remedy="nginx: return 301 https://$host$request_uri;",
        )


def _hsts(page: Answer) -> Iterator[Finding]:
    policy = page.header("Strict-Transport-Security")
    age = re.search(r"max-age\s*=\s*\"?(\d+)", policy, re.IGNORECASE)
    remedy = 'nginx: add_header Strict-Transport-Security "max-age=31536000; includeSubDomains" always;'
    if age is None or int(age[1]) == 0:
        message = "there is no Strict-Transport-Security: a browser can be kept off TLS"
        yield Finding("no-hsts", message, remedy=remedy)
    elif int(age[1]) < _SHORTEST_HSTS:
        message = f"Strict-Transport-Security holds for {age[1]} s only, less than half a year"
        yield Finding("short-hsts", message, Severity.WARNING, remedy=remedy)


def _cookies(page: Answer) -> Iterator[Finding]:
    cookies = page.all("Set-Cookie")
    if not any(cookie.startswith(f"{COOKIE}=") for cookie in cookies):
        yield Finding(
            "no-cookie",
            f"{_LOGIN} sets no cookie {COOKIE} through the ingress: its flags cannot be judged",
            remedy="let the proxy pass Set-Cookie on, and do not cache pages",
        )
    for cookie in cookies:
        name, *attributes = (part.strip() for part in cookie.split(";"))
        flags = {attribute.partition("=")[0].lower(): attribute.partition("=")[2].lower() for attribute in attributes}
        yield from _flags(name.partition("=")[0], flags)


def _flags(name: str, flags: dict[str, str]) -> Iterator[Finding]:
    remedy = "nginx: proxy_cookie_flags ~ secure samesite=lax;"
    if "secure" not in flags:
        message = f"the cookie {name} is not Secure: a browser sends it over http as well"
        yield Finding("cookie-not-secure", message, remedy=remedy)
    if flags.get("samesite") not in ("lax", "strict"):
        message = f"the cookie {name} has no SameSite=Lax: other sites' forms and frames send it along"
        yield Finding("cookie-cross-site", message, remedy=remedy)
    if name == COOKIE and "httponly" not in flags:
        message = f"the cookie {name} is not HttpOnly: scripts can read the session"
        yield Finding(
            "cookie-readable", message, remedy="let Odoo's own HttpOnly stand, or add it: proxy_cookie_flags ~ httponly"
        )


def _live(front: Door, series: str) -> Iterator[Finding]:
    if int(series.split(".")[0]) >= _WEBSOCKET_SERIES:
        headers = {**_HANDSHAKE, "Origin": f"https://{front.host}"}
        status = front.ask("GET", "/websocket", headers=headers).status
        if status != http.client.SWITCHING_PROTOCOLS:
            message = f"a websocket cannot be opened through the ingress: the handshake is answered with {status}"
            yield Finding("no-websocket", message, remedy=_TO_WEBSOCKET)
        return
    yield from _long_polling(front)


def _long_polling(front: Door) -> Iterator[Finding]:
    """The gevent server waits for news; a worker, where the route is missing, refuses at once."""
    body = b'{"jsonrpc": "2.0", "method": "call", "params": {"channels": [], "last": 0}}'
    try:
        answer = front.ask(
            "POST", "/longpolling/poll", body, {"Content-Type": "application/json"}, timeout=_POLL_TIMEOUT
        )
    except TimeoutError:
        return
    if answer.status != http.client.OK or b'"error"' in answer.body:
        yield Finding(
            "no-websocket",
            f"long polling does not reach the gevent server through the ingress (status {answer.status})",
            remedy="send /longpolling to the gevent port (8072)",
        )
