"""Who does what and when, known beforehand: the same plan gives the same schedule on every machine.

Nothing of Locust is needed here.
"""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

AFTER_ALL = 5.0
"""Seconds between the last other arrival and what happens once, at the end."""


SPIKE_SHARE = 0.2
MAX_SECONDS = 4 * 3600
MAX_ARRIVALS = 200_000
"""Load ends: nobody asks for more by mistake."""


@dataclass(frozen=True)
class Kind:
    """A transaction of a profile: its share of the arrivals, and who does it."""

    name: str
    weight: float
    role: str
    last: bool = False


@dataclass(frozen=True)
class Arrival:
    """One transaction that is due `due` seconds after the start, done by the person number `person`."""

    number: int
    due: float
    transaction: str
    person: int
    seed: int


def arrivals(
    kinds: Sequence[Kind],
    roles: Sequence[str],
    *,
    seconds: float,
    per_minute: float,
    seed: int,
    fixed_work: int | None = None,
    spike: float = 1.0,
) -> list[Arrival]:
    """Poisson arrivals; `roles` holds the role of every person, in their order.

    `spike`: how many times the usual rate the last fifth of the time has; `per_minute` is the mean of all.
    With `fixed_work` exactly so many arrive, in the exact proportions of the weights, every kind at least once where
    there are enough. The people of a role take turns. Raises ValueError when nobody has a role that is asked for, or
    nothing is asked for.
    """
    shared = [kind for kind in kinds if kind.weight > 0 and not kind.last]
    if not shared and not any(kind.last for kind in kinds):
        raise ValueError("no transaction of this profile has a weight")
    expected = fixed_work or per_minute * seconds / 60
    if not 0 < seconds <= MAX_SECONDS or not 0 < expected <= MAX_ARRIVALS:
        raise ValueError(
            f"{expected:g} arrivals in {seconds:g} s; at most {MAX_ARRIVALS} in {MAX_SECONDS} s are driven"
        )
    rng = random.Random(seed)
    people = {kind.role: [index for index, role in enumerate(roles) if role == kind.role] for kind in kinds}
    for role, indexes in people.items():
        if not indexes:
            raise ValueError(f"nobody has the role {role}")
    moments = _moments(rng, seconds, per_minute, fixed_work) if shared else []
    due = [_warped(moment, seconds, spike) for moment in moments]
    names = _names(rng, shared, len(due), exact=fixed_work is not None) if shared else []
    names += [kind.name for kind in kinds if kind.last]
    due += [(due[-1] if due else 0.0) + AFTER_ALL] * (len(names) - len(due))
    role_of = {kind.name: kind.role for kind in kinds}
    turns = dict.fromkeys(people, 0)
    found = []
    for number, (moment, name) in enumerate(zip(due, names, strict=True)):
        role = role_of[name]
        person = people[role][turns[role] % len(people[role])]
        turns[role] += 1
        found.append(Arrival(number, moment, name, person, rng.getrandbits(32)))
    return found


def share(all_arrivals: Sequence[Arrival], index: int, of: int) -> list[Arrival]:
    """What generator number `index` of `of` drives: all that certain people do, so that a login stays in one place."""
    return [arrival for arrival in all_arrivals if arrival.person % of == index]


def weights(
    profile: Mapping[str, object], modules: frozenset[str] | None, mix: Mapping[str, float] | None
) -> list[Kind]:
    """The transactions of a profile that a database with these modules can do, with their weights.

    `modules` None: whatever the profile says. Raises ValueError for a transaction in `mix` that is unknown or that
    these modules do not allow.
    """
    found = []
    known = profile["transactions"]
    assert isinstance(known, Mapping)
    for name, facts in known.items():
        needed = frozenset(facts.get("modules", ()))
        applies = modules is None or needed <= modules
        weight = float(facts["weight"]) if mix is None else float(mix.get(name, 0.0))
        if mix and name in mix and not applies:
            raise ValueError(f"{name} needs the modules {', '.join(sorted(needed))}")
        if applies and (mix is None or name in mix):
            found.append(Kind(name, weight, facts["role"], bool(facts.get("last", False))))
    unknown = sorted(set(mix or ()) - set(known))
    if unknown:
        raise ValueError(f"there is no transaction {', '.join(unknown)}; known: {', '.join(known)}")
    return found


def _moments(rng: random.Random, seconds: float, per_minute: float, fixed_work: int | None) -> list[float]:
    moment = 0.0
    found: list[float] = []
    while True:
        moment += rng.expovariate(per_minute / 60)
        if len(found) == fixed_work or (fixed_work is None and moment >= seconds):
            return found
        found.append(moment)


def _warped(moment: float, seconds: float, spike: float) -> float:
    """The moment at which so much has arrived, when the last fifth brings `spike` times the usual."""
    quiet = (1 - SPIKE_SHARE) * seconds
    usual = 1 / (1 - SPIKE_SHARE + SPIKE_SHARE * spike)
    if moment <= quiet * usual or moment >= seconds:
        return moment / usual if moment < seconds else moment
    return quiet + (moment - quiet * usual) / (usual * spike)


def _names(rng: random.Random, kinds: Sequence[Kind], count: int, *, exact: bool) -> list[str]:
    if not exact:
        return rng.choices([kind.name for kind in kinds], [kind.weight for kind in kinds], k=count)
    names = [kind.name for kind, times in zip(kinds, _portions(kinds, count), strict=True) for _ in range(times)]
    rng.shuffle(names)
    return names


def _portions(kinds: Sequence[Kind], count: int) -> list[int]:
    """`count` in the proportions of the weights; where there are enough, nothing that has a weight is left out."""
    total = sum(kind.weight for kind in kinds)
    shares = [count * kind.weight / total for kind in kinds]
    least = 1 if count >= len(kinds) else 0
    found = [max(least, int(each)) for each in shares]
    while (missing := count - sum(found)) != 0:
        step = 1 if missing > 0 else -1
        free = [index for index in range(len(kinds)) if found[index] + step >= least]
        found[min(free, key=lambda index: (step * (found[index] - shares[index]), index))] += step
    return found
