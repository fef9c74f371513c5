"""Lines of production's logs as requests: Odoo's own (werkzeug), or nginx's access log in its combined format."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from functools import lru_cache
from urllib.parse import unquote

from odoo_gate.errors import UsageError

_ODOO = re.compile(
    r"^(?P<when>\d{4}-\d\d-\d\d \d\d:\d\d:\d\d),\d{3} \d+ [A-Z]+ \S+ (?P<logger>[\w.]+): (?P<message>.*)", re.DOTALL
)
_WERKZEUG = re.compile(
    r'^(?P<address>\S+) \S+ \S+ \[[^\]]*\] "(?P<verb>[A-Z]+) (?P<path>\S+)[^"]*" (?P<status>\d{3}) \S+'
    r"(?: (?P<queries>\d+) (?P<sql>\d+\.\d+) (?P<python>\d+\.\d+))?"
)
_NGINX = re.compile(
    r"^(?P<address>\S+) \S+ .*?\[(?P<when>\d\d/[A-Z][a-z]{2}/\d{4}:\d\d:\d\d:\d\d [+-]\d{4})\] "
    r'"(?P<verb>[A-Z]+) (?P<path>\S+)[^"]*" (?P<status>\d{3}) (?P<bytes>\d+|-)'
)
_CALL = re.compile(r"^/web/dataset/call_(?:kw|button)/(?P<model>[\w.]+)/(?P<method>\w+)")
_JSON2 = re.compile(r"^/json/2/(?P<model>[\w.]+)/(?P<method>\w+)")


@dataclass(frozen=True, slots=True)
class LoggedRequest:
    """One request of production. `what` is `model/method` where it was a call, else the path without its ids.

    `seconds` and `queries` are known from Odoo's log only, `size` (bytes answered) from nginx's only.
    """

    minute: int
    """Whole minutes since the epoch."""
    address: str
    what: str
    status: int
    seconds: float | None = None
    queries: int | None = None
    size: int | None = None


@dataclass
class Lines:
    """What became of the lines of a log; each is one of these."""

    requests: int = 0
    other: int = 0
    """Odoo's lines that are no requests, and what follows them (tracebacks)."""
    unreadable: int = 0
    first_unreadable: str = field(default="")

    @property
    def all(self) -> int:
        return self.requests + self.other + self.unreadable


def read_log(lines: Iterable[str], counted: Lines) -> Iterator[LoggedRequest]:
    """The requests in `lines`, one after the other; what is none is counted in `counted`."""
    in_odoo = False
    for line in lines:
        odoo = _ODOO.match(line)
        request = _of_odoo(odoo) if odoo else _of_nginx(line)
        if request is not None:
            counted.requests += 1
            yield request
        elif odoo and odoo["logger"] != "werkzeug":
            counted.other += 1
        elif not odoo and in_odoo:
            counted.other += 1
            continue
        elif line.strip():
            counted.unreadable += 1
            counted.first_unreadable = counted.first_unreadable or line.rstrip("\n")[:200]
        in_odoo = odoo is not None


def _of_odoo(match: re.Match[str]) -> LoggedRequest | None:
    if match["logger"] != "werkzeug":
        return None
    request = _WERKZEUG.match(match["message"])
    if request is None:
        return None
    measured = request["queries"] is not None
    return LoggedRequest(
        minute=_minute(f"{match['when'][:16]} +0000", "%Y-%m-%d %H:%M %z"),
        address=request["address"],
        what=what_of(request["path"]),
        status=int(request["status"]),
        seconds=float(request["sql"]) + float(request["python"]) if measured else None,
        queries=int(request["queries"]) if measured else None,
    )


def _of_nginx(line: str) -> LoggedRequest | None:
    match = _NGINX.match(line)
    if match is None:
        return None
    when = match["when"]
    return LoggedRequest(
        minute=_minute(when[:17] + when[20:], "%d/%b/%Y:%H:%M %z"),
        address=match["address"],
        what=what_of(match["path"]),
        status=int(match["status"]),
        size=None if match["bytes"] == "-" else int(match["bytes"]),
    )


@lru_cache(maxsize=4096)
def _minute(text: str, form: str) -> int:
    """Whole minutes since the epoch; most lines share theirs with the line before."""
    return int(datetime.strptime(text, form).timestamp()) // 60


@lru_cache(maxsize=4096)
def what_of(path: str) -> str:
    """`model/method` of a call, else the path with every number in it as `*`, without the query."""
    plain, _, method = path.partition("#")
    if method and "." in method:
        model, _, name = method.rpartition(".")
        return f"{model}/{name}"
    route = unquote(plain.partition("?")[0])
    call = _CALL.match(route) or _JSON2.match(route)
    if call:
        return f"{call['model']}/{call['method']}"
    return "/".join("*" if any(letter.isdigit() for letter in part) else part for part in route.split("/"))


class LogError(UsageError):
    """A log from which no load can be derived."""
