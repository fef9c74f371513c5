"""One process's engine: it logs people in, starts every transaction at its moment, and notes how each ended."""

from __future__ import annotations

import contextlib
import json
import random
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from gevent.event import Event
from gevent.lock import BoundedSemaphore
from gevent.pool import Pool
from locust.env import Environment

from browser import Browser, NoAnswer, Refused, Tab
from listener import Listener
from loopback import check_loopback
from schedule import Arrival, arrivals, share, weights

START_DELAY = 0.5
LOGINS_AT_ONCE = 4
DRAIN_SECONDS = 120.0
"""How long after the last arrival an answer is waited for; what has none by then is unknown."""
EXPIRED = "SessionExpiredException"


@dataclass
class Done:
    """What a transaction left: `record` its id, `key` what tells it in the database (default: the intent)."""

    record: int | None = None
    lines: int = 0
    key: str = ""


@dataclass
class Turn:
    """One arrival, being worked on. `facts` is what `look` found for the person's company and role."""

    tab: Tab
    intent: str
    number: int
    person: Mapping[str, Any]
    facts: Any
    rng: random.Random
    day: str
    colleague: Tab | None
    """Somebody of the second role of this transaction, in the same company."""
    alone: Any
    """A lock of this person: for what they cannot do twice at once."""
    notes: dict[str, Any] = field(default_factory=dict)


Transaction = Callable[[Turn], Done]
Look = Callable[[Tab, Mapping[str, Any]], Any]


@dataclass(frozen=True)
class Offer:
    """What a locustfile offers."""

    profile: str
    facts: Mapping[str, Any]
    transactions: Mapping[str, Transaction]
    look: Look


class Engine:
    """Drives the arrivals of one process. `emit` takes every sample as it comes."""

    def __init__(self, environment: Environment, one: Offer, terms: Mapping[str, Any], index: int, of: int) -> None:
        self.environment, self.one, self.terms = environment, one, terms
        self.site = json.loads(Path(terms["site"]).read_text("utf-8"))
        self.people = chosen(self.site["people"], one.facts, terms["people"])
        modules = frozenset(self.site["modules"]) if "modules" in self.site else None
        absent = sorted(set(one.facts["modules"]) - modules) if modules is not None else []
        if absent:
            raise ValueError(f"{one.profile} is not applicable: {', '.join(absent)} is not installed")
        self.kinds = weights(one.facts, modules, json.loads(terms["mix"]) if terms["mix"] else None)
        self.all = arrivals(
            self.kinds,
            [person["role"] for person in self.people],
            seconds=terms["seconds"],
            per_minute=terms["arrivals_per_minute"],
            seed=terms["seed"],
            fixed_work=terms["fixed_work"] or None,
            spike=float(one.facts.get("spike", 1.0)),
        )
        self.mine = share(self.all, index, of)
        self.browsers: dict[int, Browser] = {}
        self.listeners: list[Listener] = []
        self.doors: dict[int, BoundedSemaphore] = {}
        self.signed_in: dict[int, float] = {}
        self.locks = [BoundedSemaphore() for _ in self.people]
        self.facts: dict[tuple[str, int], Any] = {}
        self.ended: list[dict[str, Any]] = []
        self.open: dict[int, dict[str, Any]] = {}
        self.stopped = Event()
        self.cpu = 0.0
        self.due = 0

    def prepare(self) -> None:
        """Everybody of mine logs in and looks around. Raises what that raises."""
        check_loopback(self.environment.host or "")
        mine = sorted({arrival.person for arrival in self.mine} | set(self._colleagues()))
        pool = Pool(LOGINS_AT_ONCE)
        for each in [pool.spawn(self._sign_in, index) for index in mine]:
            each.get()
        for index in mine:
            person = self.people[index]
            place = (person["role"], person["company"])
            if place not in self.facts:
                self.facts[place] = self.one.look(Tab(self.browsers[index]), person)

    def _colleagues(self) -> list[int]:
        """Those who take part in what others began: they may be needed by every generator."""
        roles = {self.one.facts["transactions"][kind.name].get("with") for kind in self.kinds}
        return [index for index, person in enumerate(self.people) if person["role"] in roles]

    def _colleague(self, arrival: Arrival) -> Tab | None:
        role = self.one.facts["transactions"][arrival.transaction].get("with")
        if role is None:
            return None
        company = self.people[arrival.person]["company"]
        those = [
            index for index, person in enumerate(self.people) if person["role"] == role and person["company"] == company
        ]
        if not those:
            raise Refused(f"nobody of company {company} has the role {role}")
        return Tab(self.browsers[those[arrival.number % len(those)]])

    def _sign_in(self, index: int) -> None:
        person = self.people[index]
        browser = Browser(
            self.environment.host or "", self.site["database"], self.environment.events.request, self.terms["timeout"]
        )
        browser.sign_in(person["login"], person["password"])
        self.browsers[index] = browser
        if self.site.get("websocket"):
            listener = Listener(self.site["websocket"], browser, self.environment.events.request, self.terms["timeout"])
            self.listeners.append(listener)
            listener.open()

    def _sign_in_again(self, index: int, began: float) -> None:
        """What a person does who is shown the login page; if it fails, the next transaction shows it again.

        One login serves all tabs: nobody logs in who did since the transaction `began`.
        """
        person = self.people[index]
        door = self.doors.setdefault(index, BoundedSemaphore())
        with door, contextlib.suppress(Refused, NoAnswer):
            if self.signed_in.get(index, 0.0) < began:
                self.browsers[index].sign_in(person["login"], person["password"])
                self.signed_in[index] = time.time()

    def run(self) -> None:
        """Start every arrival of mine at its moment, then wait for the answers."""
        started, cpu = time.time() + START_DELAY, time.process_time()
        pool = Pool()
        for arrival in self.mine:
            scheduled = started + arrival.due
            if self.stopped.wait(max(0.0, scheduled - time.time())):
                break
            self.due += 1
            pool.spawn(self._serve, arrival, scheduled)
        pool.join(timeout=DRAIN_SECONDS)
        self.cpu = (time.process_time() - cpu) / max(0.001, time.time() - started)
        for sample in list(self.open.values()):
            self.ended.append({**sample, "ended": time.time(), "outcome": "unknown", "error": "no answer in time"})
        self.open.clear()
        pool.kill(block=False)
        for listener in self.listeners:
            listener.close()

    def _serve(self, arrival: Arrival, scheduled: float) -> None:
        person = self.people[arrival.person]
        tab = Tab(self.browsers[arrival.person])
        intent = f"{self.one.profile}/{self.terms['label']}/{arrival.number:05d}"
        sample = {
            "profile": self.one.profile,
            "transaction": arrival.transaction,
            "intent": intent,
            "user": person["login"],
            "scheduled": scheduled,
            "started": time.time(),
        }
        self.open[arrival.number] = sample
        turn = Turn(
            tab=tab,
            colleague=None,
            alone=self.locks[arrival.person],
            intent=intent,
            number=arrival.number,
            person=person,
            facts=self.facts[person["role"], person["company"]],
            rng=random.Random(arrival.seed),
            day=time.strftime("%Y-%m-%d", time.gmtime()),
        )
        outcome, error, done = "acknowledged", "", Done()
        try:
            turn.colleague = self._colleague(arrival)
            done = self.one.transactions[arrival.transaction](turn)
        except Refused as refusal:
            outcome, error = "refused", str(refusal)
            if EXPIRED in error:
                self._sign_in_again(arrival.person, sample["started"])
        except NoAnswer as silence:
            outcome, error = "unknown", str(silence)
        except Exception as wrong:  # an answer this generator does not understand is a failure of the transaction
            outcome, error = "unknown", f"{type(wrong).__name__}: {wrong}"
        del self.open[arrival.number]
        ended = time.time()
        key = done.key or turn.notes.get("key", "")
        self.ended.append(
            {
                **sample,
                "ended": ended,
                "outcome": outcome,
                "error": error[:500],
                "requests": tab.requests + (turn.colleague.requests if turn.colleague else 0),
                "record": done.record or turn.notes.get("record"),
                "lines": done.lines or turn.notes.get("lines", 0),
                "key": key,
            }
        )
        self.environment.events.request.fire(
            request_type="business",
            name=arrival.transaction,
            response_time=(ended - scheduled) * 1000,
            response_length=0,
            exception=None if outcome == "acknowledged" else RuntimeError(error),
            context={},
        )

    def notifications(self) -> dict[str, int] | None:
        """What came of the websockets; None when the site names no address for them."""
        if not self.listeners:
            return None
        return {
            "people": len(self.listeners),
            "refused": sum(bool(each.refused) for each in self.listeners),
            "lost": sum(each.lost for each in self.listeners),
            "heard": sum(each.heard for each in self.listeners),
        }

    def take(self) -> list[dict[str, Any]]:
        """The samples since the last time."""
        taken, self.ended = self.ended, []
        return taken


def chosen(people: list[dict[str, Any]], facts: Mapping[str, Any], count: int) -> list[dict[str, Any]]:
    """The first `count` people of this profile's roles, each role with its share (at least one). Raises ValueError."""
    roles = facts["roles"]
    total = sum(each.get("share", 1) for each in roles.values())
    found = []
    for name, role in roles.items():
        those = [person for person in people if person["role"] == name]
        found += those[: max(1, round(count * role.get("share", 1) / total))]
    if not found:
        raise ValueError(f"the site has nobody of the roles {', '.join(roles)}")
    return found
