"""The ways into Odoo that other systems use, each through the client they use."""

from __future__ import annotations

import xmlrpc.client
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.client import HTTPConnection, HTTPException
from typing import Any, Protocol

import requests
from odoorpc.error import RPCError

from odoo_gate.contracts.promises import DoorName
from odoo_gate.errors import StackError
from odoo_gate.odoo.rpc import login
from odoo_gate.stack.odoo_server import OdooServer

_SECONDS = 60.0


class Refused(Exception):
    """Odoo answered a call with an error, in its own words, or did not answer."""


@dataclass(frozen=True, slots=True)
class Account:
    """How the integration user of one contract logs in; `key` is its API key, empty where the series has no JSON-2."""

    login: str
    password: str = field(repr=False)
    key: str = field(repr=False)


class Door(Protocol):
    """A way in, opened as the integration user."""

    def call(self, model: str, method: str, ids: Sequence[int] | None, arguments: Mapping[str, Any]) -> Any:
        """`method` of `model` with named arguments, on records `ids` or (None) on the model. Raises Refused."""


def open_door(name: DoorName, server: OdooServer, account: Account) -> Door:
    """Raises Refused when the door does not open."""
    return _DOORS[name](server, account)


class _XmlRpc:
    def __init__(self, server: OdooServer, account: Account) -> None:
        self._account, self._database = account, server.database
        url, transport = f"{server.url}/xmlrpc/2/", _Patient()
        with _refusing():
            common = xmlrpc.client.ServerProxy(url + "common", transport, allow_none=True)
            uid = common.authenticate(server.database, account.login, account.password, {})
        if not uid:
            raise Refused(f"{account.login} was not let in")
        self._uid = uid
        self._object = xmlrpc.client.ServerProxy(url + "object", _Patient(), allow_none=True)

    def call(self, model: str, method: str, ids: Sequence[int] | None, arguments: Mapping[str, Any]) -> Any:
        positional = [] if ids is None else [list(ids)]
        with _refusing():
            return self._object.execute_kw(
                self._database, self._uid, self._account.password, model, method, positional, dict(arguments)
            )


class _Patient(xmlrpc.client.Transport):
    """Waits no longer than a consumer would."""

    def make_connection(self, host: Any) -> HTTPConnection:
        connection = super().make_connection(host)
        connection.timeout = _SECONDS
        return connection


class _JsonRpc:
    def __init__(self, server: OdooServer, account: Account) -> None:
        with _refusing():
            self._session = login(server, account.login, account.password)

    def call(self, model: str, method: str, ids: Sequence[int] | None, arguments: Mapping[str, Any]) -> Any:
        positional = [] if ids is None else [list(ids)]
        with _refusing():
            return self._session.execute_kw(model, method, positional, dict(arguments))


class _Json2:
    def __init__(self, server: OdooServer, account: Account) -> None:
        if not account.key:
            raise Refused(f"Odoo {server.series} has no JSON-2: it came with 19.0")
        self._http, self._url, self._database = _http(), server.url, server.database
        self._headers = {"Authorization": f"bearer {account.key}", "X-Odoo-Database": server.database}

    def call(self, model: str, method: str, ids: Sequence[int] | None, arguments: Mapping[str, Any]) -> Any:
        body = dict(arguments) if ids is None else {"ids": list(ids), **arguments}
        with _refusing():
            answer = self._http.post(
                f"{self._url}/json/2/{model}/{method}", json=body, headers=self._headers, timeout=_SECONDS
            )
            if answer.status_code != requests.codes.ok:
                raise Refused(f"HTTP {answer.status_code}: {_said(answer)}")
            return answer.json()


class _Session:
    """What a browser does, and what older integrations copied from it."""

    def __init__(self, server: OdooServer, account: Account) -> None:
        self._http, self._url = _http(), server.url
        parameters = {"db": server.database, "login": account.login, "password": account.password}
        answer = self._post("/web/session/authenticate", parameters)
        if not isinstance(answer, dict) or not answer.get("uid"):
            raise Refused(f"{account.login} was not let in")

    def call(self, model: str, method: str, ids: Sequence[int] | None, arguments: Mapping[str, Any]) -> Any:
        positional = [] if ids is None else [list(ids)]
        parameters = {"model": model, "method": method, "args": positional, "kwargs": dict(arguments)}
        return self._post(f"/web/dataset/call_kw/{model}/{method}", parameters)

    def _post(self, path: str, parameters: Mapping[str, Any]) -> Any:
        body = {"jsonrpc": "2.0", "method": "call", "id": 1, "params": parameters}
        with _refusing():
            answer = self._http.post(self._url + path, json=body, timeout=_SECONDS)
            if answer.status_code != requests.codes.ok:
                raise Refused(f"HTTP {answer.status_code}: {_said(answer)}")
            told = answer.json()
        if "error" in told:
            data = told["error"].get("data", {})
            raise Refused(f"{data.get('name', 'error')}: {_line(data.get('message') or told['error'].get('message'))}")
        return told.get("result")


_DOORS: Mapping[DoorName, Callable[[OdooServer, Account], Door]] = {
    "xml-rpc": _XmlRpc,
    "json-rpc": _JsonRpc,
    "json-2": _Json2,
    "session": _Session,
}


@contextmanager
def _refusing() -> Iterator[None]:
    """Turns what the clients raise into Refused."""
    try:
        yield
    except xmlrpc.client.Fault as error:
        raise Refused(_line(error.faultString)) from error
    except StackError as error:
        raise Refused(error.message) from error
    except (RPCError, requests.RequestException, xmlrpc.client.Error, HTTPException, OSError, ValueError) as error:
        raise Refused(f"{type(error).__name__}: {_line(str(error))}") from error


def _http() -> requests.Session:
    http = requests.Session()
    http.trust_env = False  # a proxy of this machine has no business on loopback
    return http


def _said(answer: requests.Response) -> str:
    try:
        told = answer.json()
    except ValueError:
        return _line(answer.text)
    return _line(str(told.get("message", told)) if isinstance(told, dict) else str(told))


def _line(text: object) -> str:
    """The last line says what went wrong: the ones before it are the traceback."""
    lines = [line.strip() for line in str(text or "").splitlines() if line.strip()]
    return (lines[-1] if lines else "no message")[:300]
