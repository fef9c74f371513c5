"""The drill that takes Redis away: nobody becomes somebody else, and everybody can come back in."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import partial

import redis

from odoo_gate.errors import StackError
from odoo_gate.model import Finding, Metric, Severity
from odoo_gate.resilience.drill import Fault, Hit
from odoo_gate.resilience.identity import Watched, log_in, watching
from odoo_gate.resilience.stage import CLIENT, Stage
from odoo_gate.stack.addresses import REDIS_PORT
from odoo_gate.stack.container import RunningContainer
from odoo_gate.stack.power import start_container, stop_container
from odoo_gate.traffic import Person

_AWAY_SECONDS = 3.0
_WATCHED = 3
_COME_BACK_SECONDS = 30.0
_POLL_SECONDS = 0.2
_LEAST_SIGHTS = 4
_SIGHT_SECONDS = 60.0
_ASKED_AFTERWARDS = 2
"""Answers of each watched session, before nobody is said to have become somebody else."""


def redis_loss(people: Sequence[Person], *, uses_redis: bool = True) -> Fault:
    """Redis stopped for a while and started empty. `people` are those whose sessions are watched.

    `uses_redis` false: the release is said not to need it.
    """
    return Fault("redis-loss", partial(_struck, people=people[:_WATCHED], uses_redis=uses_redis))


@contextmanager
def _struck(stage: Stage, people: Sequence[Person], uses_redis: bool) -> Iterator[Hit]:
    hit = Hit("Redis stopped, and started empty", logs_out=uses_redis)
    url, container = stage.url(CLIENT), stage.redis.container
    with watching(url, stage.database, people) as watched:
        seen_before = _await_sights(watched)
        hit.findings.extend(_use(container, uses_redis))
        hit.struck = time.time()
        try:
            stop_container(container)
            yield hit
            time.sleep(_AWAY_SECONDS)
        finally:
            start_container(container)
            hit.end()
        deadline = time.monotonic() + _COME_BACK_SECONDS
        came_back = _come_back(stage, people, deadline)
        unseen = _await_answers(watched, hit, deadline)
    hit.metrics += [
        Metric("identities_asked", len(watched.sights), "1"),
        Metric("identities_unanswered", watched.lost_since(hit.struck), "1"),
        Metric("logged_in_again", len(came_back), "1"),
    ]
    hit.findings.extend(_identity_findings(watched, seen_before, unseen))
    out = [person.login for person in people if person.login not in came_back]
    if out or not people:
        message = (
            f"{len(out)} of {len(people)} people could not log in within {_COME_BACK_SECONDS:g} s of Redis's return"
        )
        remedy = "connect to Redis again after an error, and take a session that is gone for no session"
        hit.findings.append(Finding("no-login", f"{message}: {', '.join(out)}", remedy=remedy))


def _await_sights(watched: Watched) -> int:
    """How many questions were answered with who asked, once there are enough or time is up."""
    deadline = time.monotonic() + _SIGHT_SECONDS
    while (known := watched.known) < _LEAST_SIGHTS and time.monotonic() < deadline:
        time.sleep(_POLL_SECONDS)
    return known


def _await_answers(watched: Watched, hit: Hit, deadline: float) -> list[str]:
    """Whose old session was not answered often enough since Redis is back, once all were or time is up."""
    those = sorted({sight.login for sight in watched.sights if sight.at < hit.struck and sight.uid == sight.expected})
    while unseen := [login for login in those if watched.answers(login, hit.over) < _ASKED_AFTERWARDS]:
        if time.monotonic() > deadline:
            break
        time.sleep(_POLL_SECONDS)
    return unseen


def _use(container: RunningContainer, uses_redis: bool) -> Iterator[Finding]:
    """Whether Redis is in use must be what gate.toml says: losing what nobody needs proves nothing."""
    host, port = container.address(REDIS_PORT)
    client = redis.Redis(host=host, port=port, socket_timeout=5)
    try:
        keys = int(client.dbsize())
        others = len(client.client_list()) - 1
    except redis.RedisError as error:
        raise StackError(f"{container.name} cannot be asked: {error}", hint=f"read its log: {container.log}") from error
    finally:
        client.close()
    in_use = keys + others > 0
    if in_use and not uses_redis:
        message = f"gate.toml says that nothing needs Redis, and it holds {keys} keys for {others} connections"
        yield Finding("redis-is-used", message, remedy="take resilience.uses_redis = false out of gate.toml")
    elif not in_use and uses_redis:
        message = "people are at work and nobody uses Redis: losing it would prove nothing"
        remedy = "see stack.server_wide_modules, or say resilience.uses_redis = false when no addon needs it"
        yield Finding("no-effect", message, remedy=remedy)
    elif not in_use:
        yield Finding("redis-unused", "nothing of the release uses Redis, as gate.toml says", Severity.NOTE)


def _come_back(stage: Stage, people: Sequence[Person], deadline: float) -> set[str]:
    """Who can log in again."""
    inside: set[str] = set()
    while time.monotonic() < deadline and len(inside) < len(people):
        for person in people:
            if person.login not in inside and log_in(stage.url(), stage.database, person.login, person.password):
                inside.add(person.login)
        time.sleep(_POLL_SECONDS)
    return inside


def _identity_findings(watched: Watched, seen_before: int, unseen: Sequence[str]) -> Iterator[Finding]:
    if seen_before < _LEAST_SIGHTS:
        message = f"only {seen_before} questions of sessions were answered before Redis went: nothing was watched"
        yield Finding("nothing-watched", message, remedy="see why the people of the profile cannot log in")
    if unseen:
        message = (
            f"the sessions of {', '.join(unseen)} got no answer when Redis was there again: nobody knows whose they are"
        )
        remedy = "connect to Redis again after an error, and take a session that is gone for no session"
        yield Finding("nothing-watched", message, remedy=remedy)
    mixed = watched.mixed_up
    if mixed:
        first = mixed[0]
        message = f"{len(mixed)} times a session was somebody else's: {first.login} was user {first.uid}, not "
        remedy = "never hand out a session under a key that was another's; make keys at random, not from a counter"
        yield Finding("identity-mix-up", f"{message}{first.expected}", remedy=remedy)
