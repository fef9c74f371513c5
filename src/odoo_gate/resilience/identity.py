"""Who Odoo takes people for: sessions that are watched while what keeps them goes away and comes back."""

from __future__ import annotations

import itertools
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import requests

from odoo_gate.traffic import Person

_TIMEOUT = 10.0
_LOGIN_SECONDS = 30.0
"""The first login of a worker that has just begun is slow; who gives up too early only makes the queue longer."""
_PAUSE = 0.1
_TURNED_AWAY = "HTTP 200"
"""A JSON-RPC error comes with it, such as that of a session that is over."""


@dataclass(frozen=True, slots=True)
class Sight:
    """What one question of one session gave: `uid` who Odoo said it is, None for nobody or no answer."""

    at: float
    login: str
    expected: int
    uid: int | None
    error: str = ""

    @property
    def is_mixed_up(self) -> bool:
        return self.uid is not None and self.uid != self.expected

    @property
    def is_answer(self) -> bool:
        """Whether Odoo said anything of its own, and be it that the session is over."""
        return self.error in ("", _TURNED_AWAY)


@dataclass(slots=True)
class Watched:
    """Sessions of several people, and everything that was seen of them."""

    url: str
    database: str
    sights: list[Sight] = field(default_factory=list)

    @property
    def mixed_up(self) -> list[Sight]:
        return [sight for sight in self.sights if sight.is_mixed_up]

    @property
    def known(self) -> int:
        """How many questions were answered with who asked."""
        return sum(sight.uid == sight.expected for sight in self.sights)

    def answers(self, login: str, since: float) -> int:
        """How many answers the session of `login` got from `since` on."""
        return sum(sight.is_answer for sight in self.sights if sight.login == login and sight.at >= since)

    def lost_since(self, moment: float) -> int:
        """How many questions since then were answered with nobody, or not at all."""
        return sum(sight.uid is None for sight in self.sights if sight.at >= moment)


def log_in(url: str, database: str, login: str, password: str) -> tuple[requests.Session, int] | None:
    """A session of its own and the user's id; None when Odoo does not let them in or does not answer."""
    session = requests.Session()
    session.trust_env = False
    where = f"{url}/web/session/authenticate"
    answer = _asked(session, where, _LOGIN_SECONDS, db=database, login=login, password=password)
    uid = answer.get("uid") if isinstance(answer, dict) else None
    return (session, uid) if isinstance(uid, int) else None


@contextmanager
def watching(url: str, database: str, people: Sequence[Person]) -> Iterator[Watched]:
    """Log everybody in and keep asking who they are, until the end of the block.

    Those who cannot log in are left out: nothing is seen of them.
    """
    watched = Watched(url, database)
    entered = [(person.login, log_in(url, database, person.login, person.password)) for person in people]
    sessions = [(login, *found) for login, found in entered if found is not None]
    done = threading.Event()
    asking = threading.Thread(target=_ask, args=(watched, sessions, done), daemon=True)
    asking.start()
    try:
        yield watched
    finally:
        done.set()
        asking.join()


def _ask(watched: Watched, sessions: Sequence[tuple[str, requests.Session, int]], done: threading.Event) -> None:
    for login, session, expected in itertools.cycle(sessions):
        if done.wait(_PAUSE):
            return
        answer = _asked(session, f"{watched.url}/web/session/get_session_info", _TIMEOUT)
        uid = answer.get("uid") if isinstance(answer, dict) else None
        error = "" if isinstance(answer, dict) else str(answer)
        watched.sights.append(Sight(time.time(), login, expected, uid if isinstance(uid, int) else None, error))


def _asked(session: requests.Session, url: str, seconds: float, **params: Any) -> dict[str, Any] | str:
    """What a JSON-RPC route gives; an error's name where it gives none."""
    try:
        answer = session.post(url, json={"jsonrpc": "2.0", "method": "call", "params": params}, timeout=seconds)
        plain = answer.json()
    except (requests.RequestException, ValueError) as error:
        return type(error).__name__
    found = plain.get("result") if isinstance(plain, dict) else None
    return found if isinstance(found, dict) else f"HTTP {answer.status_code}"
