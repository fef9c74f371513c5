"""When a drill strikes, waits and gives up: with load that is made up, without a stack."""

from __future__ import annotations

import itertools
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from odoo_gate.invariants import Snapshot
from odoo_gate.resilience import drill
from odoo_gate.resilience.drill import Drilled, Fault, Hit, Work, run_drill
from odoo_gate.traffic import Entry, Ledger, Outcome, Sample, Traffic

NOTHING = Snapshot("db", "2026-11-22T00:00:00+00:00", "19.0", {}, {}, {}, {})


class Stage(SimpleNamespace):
    """As much of a stage as a drill asks of it."""

    dsn = ""

    def url(self, _: str) -> str:
        return ""

    def odoo_restarts(self) -> int:
        return 0

    def wounds(self) -> Iterator[str]:
        yield from ()

    def snapshot(self) -> Snapshot:
        return NOTHING


class Clockwork:
    """Load: one more transaction, begun and ended just now, whenever somebody looks."""

    def __init__(self, outcome: Callable[[int], Outcome]) -> None:
        self._outcome = outcome
        self._numbers = itertools.count()
        self._samples: list[Sample] = []
        self.stopped_after: int | None = None

    @property
    def samples(self) -> tuple[Sample, ...]:
        number, now = next(self._numbers), time.time()
        self._samples.append(Sample("desk", "note", f"n-{number}", "ann", now, now, now, self._outcome(number)))
        return tuple(self._samples)

    def stop(self) -> Traffic:
        self.stopped_after = len(self._samples)
        return Traffic(tuple(self._samples), 0.0, 0.0, 0.0, 0.0, 0, Path())


def booked(_: str, samples: Sequence[Sample]) -> Ledger:
    return Ledger(tuple(Entry(sample, 1, 1, 0) for sample in samples if sample.is_acknowledged))


def fault(struck: list[float], *, is_held: bool = True) -> Fault:
    @contextmanager
    def strike(_: object) -> Iterator[Hit]:
        hit = Hit("something")
        struck.append(hit.struck)
        yield hit
        hit.end()

    return Fault("slow-database", strike, is_held=is_held)


def drilled(
    load: Clockwork, books: Callable[[str, Sequence[Sample]], Ledger], folder: Path, struck: list[float]
) -> Any:
    @contextmanager
    def begin(_: str, __: Path) -> Iterator[Clockwork]:
        yield load

    stage: Any = Stage()
    return run_drill(stage, fault(struck), Work(begin, books), NOTHING, folder, patience=0.2)


@pytest.fixture(autouse=True)
def _hurried(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(drill, "_POLL_SECONDS", 0.001)
    monkeypatch.setattr(drill, "_WARM_SECONDS", 0.05)


def test_a_fault_that_lasts_meets_somebody_and_load_goes_on_after_recovery(tmp_path: Path):
    load, struck = Clockwork(lambda _: Outcome.ACKNOWLEDGED), []
    found = drilled(load, booked, tmp_path, struck)
    assert isinstance(found, Drilled)
    assert len(found.timeline.under_way) >= 1
    assert len(found.timeline.after) >= 5, "errors that stay must have time to show"


def test_nothing_strikes_while_nobody_gets_anything_done(tmp_path: Path):
    struck: list[float] = []
    found = drilled(Clockwork(lambda _: Outcome.REFUSED), booked, tmp_path, struck)
    assert [each.rule for each in found] == ["no-traffic"]
    assert struck == []


def test_nothing_strikes_while_no_write_is_found(tmp_path: Path):
    struck: list[float] = []
    found = drilled(Clockwork(lambda _: Outcome.ACKNOWLEDGED), lambda _, __: Ledger(()), tmp_path, struck)
    assert [each.rule for each in found] == ["nothing-read-back"]
    assert struck == []


def test_who_does_not_recover_is_given_up(tmp_path: Path):
    load = Clockwork(lambda number: Outcome.ACKNOWLEDGED if number < 6 else Outcome.UNKNOWN)
    found = drilled(load, booked, tmp_path, [])
    assert isinstance(found, Drilled)
    assert found.timeline.recovered is None
