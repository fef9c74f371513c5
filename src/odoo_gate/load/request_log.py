"""What Odoo itself says a request cost: the line of its HTTP server that ends in queries, SQL and Python seconds.

The line is written at INFO by the logger `werkzeug`; `LOG_OPTIONS` makes a server write it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

from odoo_gate.stack.client import engine_errors
from odoo_gate.stack.odoo_server import OdooServer

LOG_OPTIONS: Mapping[str, str] = {"log_handler": ":INFO", "log_level": "info"}
"""What odoo.conf has to say for these lines to be there."""

_LINE = re.compile(
    r"^(?P<when>\d{4}-\d\d-\d\d \d\d:\d\d:\d\d),(?P<millis>\d{3}) (?P<pid>\d+) [A-Z]+ \S+ werkzeug: .*"
    r'"(?P<verb>[A-Z]+) (?P<path>\S+)(?: HTTP/[\d.]+)?" (?P<status>\d{3}) \S+'
    r" (?P<queries>\d+) (?P<sql>\d+\.\d+) (?P<python>\d+\.\d+)"
)
_RETRY = re.compile(r"\b(?P<left>\d+) tries left\b")


@dataclass(frozen=True, slots=True)
class Request:
    """One request as Odoo logged it. `ended` is seconds since the epoch, `sql` and `python` are seconds.

    `method` is `model.method` where the request was a call, else empty.
    """

    ended: float
    worker: int
    path: str
    method: str
    status: int
    queries: int
    sql: float
    python: float


def read_requests(lines: Iterable[str]) -> tuple[Request, ...]:
    """The requests in Odoo's log that touched a database, in its order."""
    return tuple(request for line in lines if (request := _request(line)) is not None)


def retries(lines: Iterable[str]) -> int:
    """How often Odoo tried a transaction again that another one had got in the way of."""
    return sum(1 for line in lines if _RETRY.search(line))


def log_since(server: OdooServer, moment: float) -> tuple[str, ...]:
    """The lines that `server` printed since `moment` (seconds since the epoch). Raises StackError."""
    with engine_errors(f"reading the log of {server.container.name}"):
        printed = server.container.docker.logs(since=moment)
    return tuple(printed.decode(errors="replace").splitlines())


def _request(line: str) -> Request | None:
    match = _LINE.match(line)
    if match is None:
        return None
    path, _, method = match["path"].partition("#")
    when = datetime.strptime(match["when"], "%Y-%m-%d %H:%M:%S").replace(tzinfo=UTC)
    return Request(
        ended=when.timestamp() + int(match["millis"]) / 1000,
        worker=int(match["pid"]),
        path=path,
        method=method or _method_in(path),
        status=int(match["status"]),
        queries=int(match["queries"]),
        sql=float(match["sql"]),
        python=float(match["python"]),
    )


def _method_in(path: str) -> str:
    """`/web/dataset/call_kw/account.move/action_post` names both, too."""
    parts = path.partition("?")[0].strip("/").split("/")
    if parts[:2] == ["web", "dataset"] and len(parts) >= 5:
        return f"{parts[3]}.{parts[4]}"
    return ""
