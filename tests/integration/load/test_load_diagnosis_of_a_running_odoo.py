"""A release at work, watched: what slows it down is named, its capacity found, its slowest document profiled.

Beside it on the same PostgreSQL statements are counted, and people reach it over a bad line.
"""

from __future__ import annotations

import json
import os
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import psycopg
import pytest

from odoo_gate.data import like_production
from odoo_gate.errors import StackError
from odoo_gate.load.capacity import capacity_picture, find_capacity
from odoo_gate.load.diagnosis import Diagnosis, observing, profile_slowest
from odoo_gate.load.peaks import drive_peak
from odoo_gate.load.stand import Stand, standing
from odoo_gate.load.statements import Statements
from odoo_gate.odoo.databases import Databases
from odoo_gate.odoo.testbed import Testbed, open_testbed
from odoo_gate.settings import load_settings
from odoo_gate.settings.performance import LoadObjective, LoadPeak, LoadSettings
from odoo_gate.stack.postgres import Tuning
from odoo_gate.stack.run import Run, new_run_id
from odoo_gate.traffic import Outcome, Plan, find_profile, read_samples

EXAMPLE = Path(__file__).parents[3] / "examples/construction"
HOT = "SELECT id FROM planted_hot WHERE reference = %s"


@dataclass(frozen=True)
class Work:
    testbed: Testbed
    stand: Stand


@pytest.fixture(scope="module")
def work(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Work]:
    settings = load_settings(EXAMPLE, os.environ)
    with Run(new_run_id(), tmp_path_factory.mktemp("diagnosis")) as run:
        testbed = open_testbed(settings, run)
        template = like_production(testbed, testbed.candidate, print)
        postgres = testbed.start_postgres(Tuning.DURABLE)
        with standing(testbed, testbed.candidate, template, postgres, {}, print, people={"month-end": 6}) as stand:
            yield Work(testbed, stand)


@pytest.fixture(scope="module")
def hot_table(work: Work) -> str:
    """A table that is searched all the time by a column without an index."""
    with psycopg.connect(work.stand.dsn, autocommit=True) as connection:
        connection.execute("CREATE TABLE planted_hot (id serial PRIMARY KEY, reference varchar NOT NULL)")
        connection.execute("INSERT INTO planted_hot (reference) SELECT 'R' || n FROM generate_series(1, 40000) n")
        connection.execute("ANALYZE planted_hot")
    return "planted_hot"


def watched(work: Work, *, blocked: bool) -> Diagnosis:
    """Two seconds of the hot search, beside a transaction that holds a lock or does not."""
    stand = work.stand
    with observing(stand.server, stand.dsn, work.testbed.redis()) as observation:
        held = threading.Thread(target=hold_and_wait, args=(stand.dsn,)) if blocked else None
        if held:
            held.start()
        with psycopg.connect(stand.dsn, autocommit=True) as connection:
            until = time.monotonic() + 2
            while time.monotonic() < until:
                connection.execute(HOT, ["R77"])
        if held:
            held.join()
        return observation.summary()


def hold_and_wait(dsn: str) -> None:
    """One session keeps a row for a while that another wants to write."""
    with psycopg.connect(dsn) as holder, psycopg.connect(dsn) as waiter:
        holder.execute("UPDATE planted_hot SET reference = 'held' WHERE id = 1")
        wanting = threading.Thread(target=waiter.execute, args=("UPDATE planted_hot SET reference = 'x' WHERE id = 1",))
        wanting.start()
        time.sleep(1.8)
        holder.rollback()
        wanting.join()
        waiter.rollback()


def test_a_hot_search_without_index_and_a_held_lock_are_named(work: Work, hot_table: str):
    diagnosis = watched(work, blocked=True)
    findings = {finding.rule: finding for finding in diagnosis.findings}
    assert f"{hot_table} (reference)" in findings["missing-index"].remedy
    assert "planted_hot SET reference" in findings["lock-wait"].message
    assert diagnosis.facts.workers.http, "the log named the workers"
    assert diagnosis.facts.machine.memory_peak > 0
    assert diagnosis.facts.redis is not None
    assert {"workers", "waits", "statements"} <= diagnosis.pictures.keys()


def test_with_the_index_and_no_lock_nothing_is_named(work: Work, hot_table: str):
    with psycopg.connect(work.stand.dsn, autocommit=True) as connection:
        connection.execute("CREATE INDEX planted_hot_reference ON planted_hot (reference)")
        connection.execute(f"ANALYZE {hot_table}")
    diagnosis = watched(work, blocked=False)
    assert diagnosis.facts.statements
    assert {"missing-index", "lock-wait"}.isdisjoint(finding.rule for finding in diagnosis.findings)


def test_a_step_is_driven_watched_and_its_slowest_document_profiled(work: Work, tmp_path: Path):
    profile = find_profile("month-end", {"month-end": LoadPeak(people=6)})
    patient = {"month-end": LoadObjective(p95_seconds=120)}
    settings = LoadSettings(capacity_step_seconds=5, capacity_max_factor=1, objectives=patient)
    capacity = find_capacity(work.stand, profile, settings, tmp_path, print)
    step = capacity.steps[0]
    assert step.transactions >= len(profile.transactions)
    assert step.diagnosis.facts.moments
    assert any(moment.busy for moment in step.diagnosis.facts.moments)
    assert [each.per_minute for each in capacity.steps] == [20, 40]
    assert capacity_picture(capacity).lines[0].points[0] == (20.0, step.p95)
    samples = [each for path in tmp_path.glob("*/samples.jsonl") for each in read_samples(path)]
    agent = work.testbed.start_agent(work.stand.release, work.stand.postgres.address)
    found = profile_slowest(agent, work.stand.server.database, profile, samples, tmp_path / "profile")
    scope = json.loads(found.path.read_text("utf-8"))
    assert scope["profiles"]
    assert scope["shared"]["frames"]
    assert found.queries > 0


COUNTED = "SELECT sum(length(word)) FROM counted"
ROWS_PAGES = 100
"""Pages that the table has at least."""


@pytest.fixture(scope="module")
def counted(work: Work) -> tuple[str, str]:
    """Two databases on one server, as two releases that are counted at the same time have them."""
    dsns = []
    for name in ("counted_one", "counted_two"):
        Databases(work.stand.postgres.address).create_empty(name, ())
        dsns.append(work.stand.postgres.dsn(name))
        with psycopg.connect(dsns[-1], autocommit=True) as connection:
            connection.execute("CREATE TABLE counted AS SELECT repeat('x', 60) AS word FROM generate_series(1, 20000)")
    return dsns[0], dsns[1]


def ask(dsn: str, times: int) -> int:
    with psycopg.connect(dsn, autocommit=True) as connection:
        for _ in range(times):
            connection.execute(COUNTED)
    return times


def test_counting_one_release_forgets_nothing_of_the_other(counted: tuple[str, str]):
    one, two = (Statements(dsn) for dsn in counted)

    def asked_while_the_other_begins(times: int) -> int:
        ask(counted[0], times)
        two.pages(lambda: ask(counted[1], 1))
        return times

    alone = one.pages(lambda: ask(counted[0], 3))
    beside = one.pages(lambda: asked_while_the_other_begins(3))
    assert (beside.of_heaviest, beside.heaviest) == (alone.of_heaviest, alone.heaviest)
    assert beside.of_heaviest >= 3 * ROWS_PAGES
    statement = one.once_a_line(lambda: ask(counted[0], 2), lambda: asked_while_the_other_begins(7))
    assert statement is not None
    assert (statement.text, statement.per_line) == (COUNTED, 1.0)


def test_counts_that_postgres_forgot_are_no_counts(counted: tuple[str, str]):
    """It keeps so many different statements of all databases together, and drops some to make room."""
    one = Statements(counted[0])

    def crowd() -> int:
        signs = ["".join("+1" if number >> bit & 1 else "-1" for bit in range(15)) for number in range(20_500)]
        with psycopg.connect(counted[1], autocommit=True) as connection:
            for start in range(0, len(signs), 500):
                connection.execute("; ".join(f"SELECT 1{each}" for each in signs[start : start + 500]).encode())
        return len(signs)

    with pytest.raises(StackError, match="forgot statements while they were counted"):
        one.pages(crowd)


def test_people_on_a_bad_line_wait_for_every_answer(work: Work, tmp_path: Path):
    profile = find_profile("field-mobile")
    assert profile.line is not None
    plan = Plan(profile.name, 5, 60, 3, seed=1, fixed_work=3, mix={"book-hours": 2, "send-photo": 1})
    peak = drive_peak(work.stand, profile, plan, tmp_path / "drive", print)
    assert {sample.outcome for sample in peak.traffic.samples} == {Outcome.ACKNOWLEDGED}
    assert peak.ledger.is_right
    for sample in peak.traffic.samples:
        assert sample.ended - sample.started >= sample.requests * profile.line.milliseconds / 1000
    (photo,) = peak.traffic.of("send-photo")
    assert photo.latency >= 300_000 / (profile.line.kilobytes_per_second * 1000)
    assert "workers" in peak.diagnosis.pictures
