"""A browser that has the web client of Odoo open: one login, its cookies, and what the client asks of the server.

An answer is judged by its body: Odoo reports errors inside HTTP 200.
"""

from __future__ import annotations

import json
import uuid
from collections.abc import Callable, Mapping, Sequence
from typing import Any
from urllib.parse import quote, urlencode

from locust.contrib.fasthttp import FastHttpSession

from loopback import check_loopback
from views import specifications

PAGE = 80
COUNT_LIMIT = 10_001
_MANY = 1000
"""Connections of one browser: arrivals wait for none."""


class Refused(Exception):
    """Odoo said no; the message is the error's class and its first line."""


class NoAnswer(Exception):
    """No answer that says whether it happened."""


class Browser:
    """One login. Several transactions may be at work in it at once, as in several tabs."""

    def __init__(self, url: str, database: str, report: Any, timeout: float) -> None:
        check_loopback(url)
        self.database = database
        self.context: dict[str, Any] = {}
        self.uid = 0
        self.version = ""
        self.views: dict[tuple[str, str], dict[str, dict[str, Any]]] = {}
        self.token = ""
        self.session = FastHttpSession(
            url.rstrip("/"),
            report,
            None,
            max_retries=0,
            connection_timeout=timeout,
            network_timeout=timeout,
            concurrency=_MANY,
        )
        self.session.client.redirect_response_codes = frozenset()  # never led away from this machine

    def sign_in(self, login: str, password: str) -> None:
        """As the login page does, and the first page after it. Raises Refused, NoAnswer."""
        self.token = ""  # it belongs to a session
        tab = Tab(self)
        told = tab.ask(
            "/web/session/authenticate",
            {"db": self.database, "login": login, "password": password},
        )
        if not told or not told.get("uid"):
            raise Refused(f"{login} cannot log in to {self.database}")
        self.uid = told["uid"]
        self.version = told.get("websocket_worker_version", "")
        company = told.get("user_companies", {}).get("current_company")
        self.context = {**told.get("user_context", {}), "uid": self.uid}
        if company:
            self.context["allowed_company_ids"] = [company]
        tab.get("/web/webclient/load_menus")


class Tab:
    """One piece of work in a browser; counts its requests."""

    def __init__(self, browser: Browser) -> None:
        self.browser = browser
        self.requests = 0

    def call(self, model: str, method: str, *args: Any, **kwargs: Any) -> Any:
        """`call_kw`, with the context the client has. Raises Refused, NoAnswer."""
        context = {**self.browser.context, **kwargs.pop("context", {})}
        return self.ask(
            f"/web/dataset/call_kw/{model}/{method}",
            {"model": model, "method": method, "args": list(args), "kwargs": {**kwargs, "context": context}},
            name=f"{model}.{method}",
        )

    def press(self, model: str, method: str, ids: Sequence[int], **context: Any) -> Any:
        """A button of a form. Raises Refused, NoAnswer."""
        merged = {**self.browser.context, **context}
        return self.ask(
            f"/web/dataset/call_button/{model}/{method}",
            {"model": model, "method": method, "args": [list(ids)], "kwargs": {"context": merged}},
            name=f"{model}.{method}",
        )

    def open_list(self, model: str, domain: Sequence[Any] = (), **context: Any) -> list[dict[str, Any]]:
        """The views of a menu, then its first page, with the columns that the list has."""
        found = self.views(model, **context)
        return self.search(model, domain, found["list"], **context)

    def search(
        self, model: str, domain: Sequence[Any], specification: Mapping[str, Any], limit: int = PAGE, **context: Any
    ) -> list[dict[str, Any]]:
        page = self.call(
            model,
            "web_search_read",
            domain=list(domain),
            specification=dict(specification),
            offset=0,
            limit=limit,
            order="",
            count_limit=COUNT_LIMIT,
            context={"bin_size": True, **context},
        )
        records: list[dict[str, Any]] = page["records"]
        return records

    def open_form(self, model: str, record: int, **context: Any) -> dict[str, Any]:
        """All that the form of a record shows."""
        specification = self.views(model, **context)["form"]
        return self.read(model, record, specification, **context)

    def read(self, model: str, record: int, specification: Mapping[str, Any], **context: Any) -> dict[str, Any]:
        rows: list[dict[str, Any]] = self.call(
            model, "web_read", [record], specification=dict(specification), context={"bin_size": True, **context}
        )
        if len(rows) != 1:
            raise Refused(f"{model} {record} cannot be read back")
        return rows[0]

    def new_form(self, model: str, **context: Any) -> dict[str, Any]:
        """Press New: the form's defaults."""
        specification = self.views(model, **context)["form"]
        answer = self.call(model, "onchange", [], {}, [], specification, context=context)
        value: dict[str, Any] = answer["value"]
        return value

    def change(self, model: str, values: Mapping[str, Any], changed: str, **context: Any) -> dict[str, Any]:
        """What the form does when a person fills in a field."""
        specification = self.views(model, **context)["form"]
        answer = self.call(model, "onchange", [], dict(values), [changed], specification, context=context)
        value: dict[str, Any] = answer["value"]
        return value

    def save(self, model: str, values: Mapping[str, Any], record: int | None = None, **context: Any) -> int:
        """Save a form, as the client reads it back; the id of the record."""
        specification = self.views(model, **context)["form"]
        ids = [] if record is None else [record]
        rows = self.call(model, "web_save", ids, dict(values), specification=specification, context=context)
        if not rows:
            raise Refused(f"{model} was not saved")
        return int(rows[0]["id"])

    def pick(self, model: str, words: str, domain: Sequence[Any] = ()) -> list[Any]:
        """Type into a many2one field."""
        found: list[Any] = self.call(model, "name_search", name=words, domain=list(domain), operator="ilike", limit=8)
        return found

    def views(self, model: str, **context: Any) -> dict[str, dict[str, Any]]:
        """Specifications of list and form. The client keeps views: it asks once for a model and context."""
        key = (model, json.dumps(context, sort_keys=True))
        kept = self.browser.views
        if key not in kept:
            wanted = [[False, "list"], [False, "form"], [False, "search"]]
            options = {"toolbar": True, "load_filters": True}
            kept[key] = specifications(self.call(model, "get_views", wanted, options=options, context=context), model)
        return kept[key]

    def export(self, model: str, ids: Sequence[int] | None, domain: Sequence[Any], fields: Sequence[str]) -> bytes:
        """The export dialogue of a list, to a spreadsheet."""
        data = {
            "model": model,
            "fields": [{"name": name, "label": name} for name in fields],
            "ids": list(ids) if ids else False,
            "domain": list(domain),
            "groupby": [],
            "context": self.browser.context,
            "import_compat": False,
        }
        body = urlencode({"data": json.dumps(data), "csrf_token": self._token()})
        headers = {"Content-Type": "application/x-www-form-urlencoded"}
        content = self._send("POST", "/web/export/csv", "export", body, headers)
        if content[:1] in (b"{", b"<"):
            raise Refused(f"export of {model}: {content[:200]!r}")
        return content

    def upload(self, model: str, record: int, name: str, content: bytes) -> int:
        """Attach a file to a document; the id of the attachment."""
        fields = {"csrf_token": self._token(), "model": model, "id": str(record)}
        told = self._form("/web/binary/upload_attachment", fields, "ufile", name, content)
        if not isinstance(told, list) or not told or "id" not in told[0]:
            raise Refused(f"upload to {model}: {told!r}"[:200])
        return int(told[0]["id"])

    def send_file(self, model: str, record: int, name: str, content: bytes) -> int:
        """Post a message with a file on a document, as the chatter does; the id of the attachment."""
        fields = {"csrf_token": self._token(), "thread_id": str(record), "thread_model": model, "is_pending": "true"}
        told = self._form("/mail/attachment/upload", fields, "ufile", name, content)
        if "data" not in told:
            raise Refused(f"file for {model}: {told!r}"[:200])
        attachment = int(told["data"]["attachment_id"])
        post = {"body": "", "attachment_ids": [attachment], "message_type": "comment", "subtype_xmlid": "mail.mt_note"}
        tokens = [each.get("ownership_token") for each in told["data"]["store_data"]["ir.attachment"]]
        answer = self.ask(
            "/mail/message/post",
            {
                "thread_model": model,
                "thread_id": record,
                "post_data": {**post, "attachment_tokens": tokens},
                "context": self.browser.context,
            },
        )
        if not answer.get("message_id"):
            raise Refused(f"the message on {model} was not posted")
        return attachment

    def upload_for_import(self, wizard: int, name: str, content: bytes) -> None:
        """The first step of the import wizard."""
        told = self._form(
            "/base_import/set_file",
            {"csrf_token": self._token(), "id": str(wizard)},
            "ufile",
            name,
            content,
        )
        if not isinstance(told, dict) or not told.get("result"):
            raise Refused(f"import: {told!r}"[:200])

    def get(self, path: str, name: str | None = None) -> bytes:
        """A page, a file, a report. Raises NoAnswer."""
        return self._send("GET", path, name or path.split("?")[0], None, {})

    def ask(self, path: str, params: Mapping[str, Any], name: str | None = None) -> Any:
        """JSON-RPC as the client speaks it. Raises Refused, NoAnswer."""
        body = json.dumps({"jsonrpc": "2.0", "method": "call", "params": params, "id": self.requests + 1})
        return self._send("POST", path, name or path, body, {"Content-Type": "application/json"}, judge=_result)

    def _token(self) -> str:
        """The token that forms carry; the client takes it from the page it runs in."""
        if not self.browser.token:
            page = self.get("/odoo", "the page of the client").decode("utf-8", "replace")
            _before, found, after = page.partition('csrf_token: "')
            if not found:
                raise NoAnswer("the page of the web client holds no token")
            self.browser.token = after.partition('"')[0]
        return self.browser.token

    def _form(self, path: str, fields: Mapping[str, str], file: str, name: str, content: bytes) -> Any:
        border = uuid.uuid4().hex
        parts = [
            f'--{border}\r\nContent-Disposition: form-data; name="{key}"\r\n\r\n{value}\r\n'.encode()
            for key, value in fields.items()
        ]
        head = f'--{border}\r\nContent-Disposition: form-data; name="{file}"; filename="{quote(name, safe="/")}"\r\n'
        parts += [f"{head}Content-Type: application/octet-stream\r\n\r\n".encode(), content]
        body = b"".join([*parts, f"\r\n--{border}--\r\n".encode()])
        headers = {"Content-Type": f"multipart/form-data; boundary={border}"}
        return self._send("POST", path, path, body, headers, judge=json.loads)

    def _send(
        self,
        method: str,
        path: str,
        name: str,
        body: str | bytes | None,
        headers: Mapping[str, str],
        judge: Callable[[bytes], Any] | None = None,
    ) -> Any:
        self.requests += 1
        with self.browser.session.request(
            method, path, name=name, data=body, headers=dict(headers), catch_response=True
        ) as answer:
            if not answer.status_code:
                answer.failure(f"no answer: {answer.error}")
                raise NoAnswer(f"{name}: no answer ({type(answer.error).__name__}: {answer.error})")
            if answer.status_code != 200:
                answer.failure(f"HTTP {answer.status_code}")
                raise NoAnswer(f"{name}: HTTP {answer.status_code}")
            try:
                content = answer.content
                result = content if judge is None else judge(content)
            except Refused as error:
                answer.failure(str(error))
                raise
            except Exception as error:  # the connection broke while the body came
                answer.failure(str(error))
                raise NoAnswer(f"{name}: {type(error).__name__}: {error}") from error
            answer.success()
            return result


def _result(content: bytes) -> Any:
    """The result of a JSON-RPC answer; its error raised."""
    answer = json.loads(content)
    if "error" in answer:
        data = answer["error"].get("data") or {}
        lines = str(data.get("message") or answer["error"].get("message") or "").splitlines() or [""]
        raise Refused(f"{data.get('name', 'error')}: {lines[0][:300]}")
    return answer.get("result")
