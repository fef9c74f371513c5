"""A user who keeps working: logs in, reads lists, makes a draft, five times a second, and notes when that fails."""

from __future__ import annotations

import http.client
import threading
import time
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import TracebackType
from typing import Any, Self

import odoorpc
import psycopg
from odoorpc.error import Error as OdooRpcError

from odoo_gate.errors import StackError
from odoo_gate.odoo.rpc import login
from odoo_gate.stack.odoo_server import OdooServer

PERIOD = 0.2
"""Seconds between the beginnings of two rounds; one that takes longer is followed at once by the next."""

MOST_MODELS = 5
"""Models the user reads in each round: more would keep the machine busy with the user, not the upgrade."""

_LIST_LENGTH = 5
_DRAFT = "res.partner"
_HEAVY = ("binary", "one2many", "many2many")
_QUIET = {"tracking_disable": True, "mail_create_nolog": True, "mail_create_nosubscribe": True}
_EXPECTED = (OdooRpcError, OSError, http.client.HTTPException, ValueError, StackError)
"""What a user sees of a server that is down, restarting, or in the middle of an upgrade."""

_MODELS = """
SELECT m.model, max(c.reltuples) FROM ir_model m
  JOIN ir_model_data d ON d.model = 'ir.model' AND d.res_id = m.id
  JOIN pg_class c ON c.relname = replace(m.model, '.', '_') AND c.relkind = 'r'
 WHERE NOT m.transient AND d.module = ANY(%s)
 GROUP BY m.model ORDER BY 2 DESC, 1
"""


@dataclass(frozen=True, slots=True)
class ProbeReport:
    """`longest_gap` is the longest time (seconds) between two successes, from `gap_from` seconds into the watch.

    `failures` counts the failed rounds by what was seen.
    """

    rounds: int
    longest_gap: float
    gap_from: float
    failures: Mapping[str, int]


def models_of(connection: psycopg.Connection, modules: Sequence[str]) -> tuple[str, ...]:
    """The models that `modules` define or extend, the largest first, after the draft's: what their users look at."""
    found = connection.execute(_MODELS, [list(modules)]).fetchall()
    return tuple(dict.fromkeys((_DRAFT, *(str(model) for model, _ in found))))


class Journey:
    """What a user does on one server, in one session."""

    def __init__(self, server: OdooServer, models: Sequence[str]) -> None:
        """Log in and learn what there is to read. Raises one of the errors a user sees."""
        self._session: odoorpc.ODOO = login(server)
        self._columns: dict[str, list[str]] = {}
        for model in models:
            self.learn(model)

    def learn(self, model: str) -> None:
        """Every column of a model: a form shows most of them, and one that is gone fails the whole read."""
        fields = self._execute(model, "fields_get", [], ["type", "store"])
        stored = [name for name, facts in fields.items() if facts.get("store") and facts["type"] not in _HEAVY]
        self._columns[model] = stored

    def walk(self) -> None:
        """Read the first records of every list and make a draft. Raises one of the errors a user sees."""
        for model in self._columns:
            self.read(model)
        self._execute(_DRAFT, "create", {"name": "odoo-gate draft"}, context=_QUIET)

    def read(self, model: str) -> None:
        """Read the first records of a list."""
        self._execute(model, "search_read", [], self._columns[model], limit=_LIST_LENGTH)

    def _execute(self, model: str, method: str, *arguments: Any, **named: Any) -> Any:
        return self._session.execute_kw(model, method, list(arguments), named)


def readable(server: OdooServer, models: Sequence[str]) -> tuple[str, ...]:
    """Those of `models` that the user may read at all; the draft's model always."""
    journey = Journey(server, ())
    return tuple(model for model in models if model == _DRAFT or _is_readable(journey, model))


def _is_readable(journey: Journey, model: str) -> bool:
    try:
        journey.learn(model)
        journey.read(model)
    except OdooRpcError:
        return False
    return True


def journey_problem(server: OdooServer, models: Sequence[str]) -> str:
    """What keeps a user from working on `server`; empty when nothing does."""
    try:
        Journey(server, models).walk()
    except _EXPECTED as error:
        return _told(error)
    return ""


class UserProbe:
    """Works on a server in a thread of its own until its block is left; `report` is there afterwards.

    Raises StackError when the user never succeeded, or when the probe itself broke off.
    """

    def __init__(self, server: OdooServer, models: Sequence[str]) -> None:
        self._aimed = threading.Lock()
        self._server, self._models = server, tuple(models)
        self._number = 0
        self._stop = threading.Event()
        self._succeeded = threading.Event()
        self._successes: list[float] = []
        self._failures: Counter[str] = Counter()
        self._failure: Exception | None = None
        self._started = 0.0
        self._thread = threading.Thread(target=self._run, name="user-probe", daemon=True)

    def __enter__(self) -> Self:
        self._started = time.monotonic()
        self._thread.start()
        try:
            self.wait_for_success()
        except BaseException:
            self._stop.set()
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def stop(self) -> None:
        """Let the user go home."""
        self._stop.set()
        self._thread.join()

    def aim(self, server: OdooServer, models: Sequence[str]) -> None:
        """Go on at another server, with a new login."""
        with self._aimed:
            self._server, self._models = server, tuple(models)
            self._number += 1
            self._succeeded.clear()

    def wait_for_success(self, timeout: float = 120.0) -> None:
        """Until a whole round succeeded on the server aimed at; `timeout` in seconds. Raises StackError."""
        if not self._succeeded.wait(timeout):
            seen = "; ".join(self._failures) or repr(self._failure)
            raise StackError(
                f"no user could work on {self._server.url} within {timeout:g} s: {seen}",
                hint=f"read the server's log: {self._server.log}",
            )

    @property
    def report(self) -> ProbeReport:
        if self._failure is not None:
            raise StackError(
                f"the user probe broke off: {self._failure!r}", hint="report it: this is a fault of odoo-gate"
            ) from self._failure
        gaps = [(later - sooner, sooner) for sooner, later in zip(self._successes, self._successes[1:], strict=False)]
        longest, since = max(gaps, default=(0.0, self._started))
        rounds = len(self._successes) + self._failures.total()
        return ProbeReport(rounds, longest, since - self._started, dict(self._failures))

    def _run(self) -> None:
        try:
            self._work()
        except Exception as error:  # told by `report`: a thread has nobody to raise to
            self._failure = error

    def _work(self) -> None:
        journey: Journey | None = None
        seen = -1
        while not self._stop.is_set():
            begun = time.monotonic()
            with self._aimed:
                server, models, number = self._server, self._models, self._number
            try:
                if journey is None or number != seen:
                    journey, seen = Journey(server, models), number
                journey.walk()
            except _EXPECTED as error:
                journey = None
                self._failures[_told(error)] += 1
            else:
                self._successes.append(time.monotonic())
                with self._aimed:
                    if number == self._number:
                        self._succeeded.set()
            self._stop.wait(max(0.0, begun + PERIOD - time.monotonic()))


def _told(error: BaseException) -> str:
    """One line of what went wrong, without what differs each time."""
    cause = error.__cause__ if isinstance(error, StackError) and error.__cause__ else error
    text = str(cause).strip().splitlines()
    return f"{type(cause).__name__}: {text[0] if text else ''}"[:200]
