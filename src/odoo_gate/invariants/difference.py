"""How two measurements of one question differ, by its kind."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from enum import IntEnum

from odoo_gate.invariants.model import Measured


class Weight(IntEnum):
    """What a difference means for the result, before declarations are looked at."""

    NOTE = 0
    WARNING = 1
    ERROR = 2


@dataclass(frozen=True, slots=True)
class Difference:
    """`amount` is by how much a number differs, where it is one. `aside` says how a flaw was before."""

    key: str
    message: str
    weight: Weight = Weight.ERROR
    amount: Decimal | None = None
    aside: str = ""


def number(value: str) -> Decimal | None:
    """`value` as an exact number; None when it is none."""
    try:
        found = Decimal(value)
    except InvalidOperation:
        return None
    return found if found.is_finite() else None


def equal(before: Mapping[str, str], after: Mapping[str, str]) -> Iterator[Difference]:
    """Every key that is on one side only, or has another value."""
    for key in sorted(before.keys() | after.keys()):
        old, new = before.get(key), after.get(key)
        if old == new:
            continue
        if old is None and new is not None:
            yield Difference(key, f"was not there before and is {new}", amount=_size(number(new)))
        elif new is None and old is not None:
            yield Difference(key, f"was {old} and is not there any more", amount=_size(number(old)))
        elif old is not None and new is not None:
            yield Difference(key, f"was {old} and is {new}", amount=_distance(old, new))


def kept(before: Mapping[str, str], after: Mapping[str, str]) -> Iterator[Difference]:
    """Every key of before that is gone or has another value."""
    yield from equal(before, {key: after[key] for key in before.keys() & after.keys()})


def not_lower(before: Mapping[str, str], after: Mapping[str, str]) -> Iterator[Difference]:
    """Every number of before that is gone or smaller."""
    for difference in kept(before, after):
        old, new = number(before[difference.key]), number(after.get(difference.key, "0"))
        if old is None or new is None or new < old:
            yield difference


_FILLED = re.compile(r"^(\d+) of (\d+)$")


def filled(before: Mapping[str, str], after: Mapping[str, str]) -> Iterator[Difference]:
    """Every key that lost more values than its table lost rows."""
    for key, value in sorted(before.items()):
        had, rows = _counted(value)
        has, rows_now = _counted(after[key]) if key in after else (0, rows)
        lost = had - has - max(0, rows - rows_now)
        if lost <= 0:
            continue
        now = f"has {after[key]}" if key in after else "is gone"
        yield Difference(key, f"had {value} and {now}", amount=Decimal(lost))


def _counted(value: str) -> tuple[int, int]:
    match = _FILLED.match(value)
    if match is None:
        raise ValueError(f"{value!r} does not read like '7 of 9'")
    return int(match[1]), int(match[2])


def flaws(before: Measured | None, after: Measured, *, tolerated: Weight) -> Iterator[Difference]:
    """Flaws that are new or worse are errors; those that were there before weigh `tolerated`.

    When there were too many to keep them all, only those in the range that was kept can be told apart.
    """
    old = before.rows if before else {}
    last = max(old, default="") if before and not before.is_complete else None
    for key, value in after.rows.items():
        if key in old:
            worse = _is_worse(old[key], value)
            aside = f" (before: {old[key]})" if worse else " (it was so before)"
            yield Difference(key, value, Weight.ERROR if worse else tolerated, aside=aside)
        elif last is None or key <= last:
            yield Difference(key, value)
    if before and after.total > before.total and not (before.is_complete and after.is_complete):
        yield Difference("all", f"{after.total} flaws, {before.total} before")


def _is_worse(before: str, after: str) -> bool:
    old, new = number(before), number(after)
    return old is not None and new is not None and abs(new) > abs(old)


def _distance(before: str, after: str) -> Decimal | None:
    old, new = number(before), number(after)
    return None if old is None or new is None else abs(new - old)


def _size(value: Decimal | None) -> Decimal | None:
    return None if value is None else abs(value)
