"""The websocket that the web client holds beside its requests: where notifications come in."""

from __future__ import annotations

import json
import random
import time
from typing import Any
from urllib.parse import quote

import gevent
import websocket

from browser import Browser
from loopback import check_loopback

AGAIN_SECONDS = (1.0, 3.0)
"""How long the client waits before it comes back, so that not all come at once."""
AGENT = "Mozilla/5.0 (X11; Linux x86_64) odoo-gate"
"""Odoo asks nobody for the client's version who names no browser."""
_OUTDATED = b"OUTDATED_VERSION"
_GONE = (websocket.WebSocketException, OSError)


class Listener:
    """One browser's websocket, at the address that serves /websocket.

    `refused` says why Odoo does not serve it, `lost` counts how often it ended by itself, `heard` what came in.
    """

    def __init__(self, url: str, browser: Browser, report: Any, timeout: float) -> None:
        check_loopback(url)
        self.browser, self.report, self.timeout = browser, report, timeout
        self.url = "ws" + url.rstrip("/").removeprefix("http")
        self.refused = ""
        self.lost = 0
        self.heard = 0
        self.last = 0
        self._socket: websocket.WebSocket | None = None
        self._ear: gevent.Greenlet[..., None] | None = None

    def open(self) -> None:
        """Open it and listen; `refused` says so where that did not work."""
        try:
            self._connect()
        except _GONE as error:
            self._give_up(f"{type(error).__name__}: {error}")
        else:
            self._ear = gevent.spawn(self._listen)

    def close(self) -> None:
        if self._ear is not None:
            self._ear.kill()
        if self._socket is not None:
            self._socket.shutdown()

    def _give_up(self, why: str) -> None:
        self.refused = why
        print(f"no websocket at {self.url}: {why}", flush=True)

    def _connect(self) -> None:
        """The handshake, with the cookies of the moment, and the subscription. Raises what `_GONE` names."""
        began, failure = time.time(), None
        try:
            self._socket = websocket.create_connection(
                f"{self.url}/websocket?version={quote(self.browser.version)}",
                timeout=self.timeout,
                cookie="; ".join(f"{each.name}={each.value}" for each in self.browser.session.cookiejar),
                header={"User-Agent": AGENT},
                http_no_proxy=["*"],
                redirect_limit=0,  # never led away from this machine
            )
            self._socket.settimeout(None)
            self._socket.send(json.dumps({"event_name": "subscribe", "data": {"channels": [], "last": self.last}}))
        except _GONE as error:
            failure = error
            raise
        finally:
            self.report.fire(
                request_type="websocket",
                name="/websocket",
                response_time=(time.time() - began) * 1000,
                response_length=0,
                exception=failure,
                context={},
            )

    def _listen(self) -> None:
        while not self.refused:
            try:
                assert self._socket is not None
                self._hear(*self._socket.recv_data())
            except _GONE:
                self.lost += 1
                self._come_back()

    def _hear(self, kind: int, content: bytes) -> None:
        if kind == websocket.ABNF.OPCODE_CLOSE:
            if _OUTDATED in content:  # the client gives up, too
                self._give_up("Odoo takes the client for one of an older version")
                return
            raise websocket.WebSocketConnectionClosedException("closed by Odoo")
        told = json.loads(content)
        self.heard += len(told)
        self.last = max([self.last, *(each["id"] for each in told)])

    def _come_back(self) -> None:
        while True:
            gevent.sleep(random.uniform(*AGAIN_SECONDS))
            try:
                return self._connect()
            except _GONE:
                continue
