"""Sessions really live in Redis: with several Odoo servers behind one address, they have to."""

from __future__ import annotations

import json
from http.cookiejar import CookieJar
from urllib.request import HTTPCookieProcessor, OpenerDirector, ProxyHandler, Request, build_opener

import pytest
from redis import Redis

from odoo_gate.stack.odoo_server import OdooServer

PREFIX = "devries:session:"
"""As config/odoo.conf has it."""


class Browser:
    """Just enough of one: it keeps its cookies and speaks JSON-RPC."""

    def __init__(self, url: str) -> None:
        self._url = url
        self._cookies = CookieJar()
        self._opener: OpenerDirector = build_opener(ProxyHandler({}), HTTPCookieProcessor(self._cookies))

    @property
    def session(self) -> str:
        return next(cookie.value or "" for cookie in self._cookies if cookie.name == "session_id")

    def call(self, path: str, **params: object) -> dict[str, object]:
        body = json.dumps({"jsonrpc": "2.0", "method": "call", "params": params}).encode()
        request = Request(self._url + path, body, {"Content-Type": "application/json"})
        with self._opener.open(request, timeout=60) as answer:
            return dict(json.load(answer))


@pytest.fixture
def browser(odoo_stack: OdooServer) -> Browser:
    """A browser in which the administrator just logged in."""
    browser = Browser(odoo_stack.url)
    answer = browser.call(
        "/web/session/authenticate", db=odoo_stack.database, login="admin", password="admin"
    )
    assert "error" not in answer, answer
    return browser


def test_a_login_is_a_session_in_redis(browser: Browser, redis: Redis) -> None:
    session = json.loads(redis.get(PREFIX + browser.session))
    assert session["login"] == "admin"
    assert 0 < redis.ttl(PREFIX + browser.session) <= 7 * 24 * 3600


def test_without_its_session_the_browser_is_logged_out(browser: Browser, redis: Redis) -> None:
    assert "result" in browser.call("/web/session/get_session_info")
    redis.delete(PREFIX + browser.session)
    assert "error" in browser.call("/web/session/get_session_info")
