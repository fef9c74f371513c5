"""People at the desk: they write notes as fast as they are taken, and ask again when they get no answer."""

from __future__ import annotations

import itertools
import secrets
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import psycopg
import requests

from odoo_gate.resilience.identity import log_in
from odoo_gate.traffic import Entry, Ledger, Outcome, Person, Sample, Traffic

WRITERS = 3
PAUSE = 0.08
TRIES = 3
TIMEOUT = 30.0


class Writers:
    """What `traffic.Driving` is to the suite, small: three people, one kind of transaction."""

    def __init__(self, url: str, database: str, people: Sequence[Person], folder: Path, settle: float) -> None:
        self._url, self._database, self._folder, self._settle = url, database, folder, settle
        self._run = secrets.token_hex(4)
        self._numbers = itertools.count()
        self._samples: list[Sample] = []
        self._done = threading.Event()
        self._threads = [
            threading.Thread(target=self._write, args=(people[number % len(people)],)) for number in range(WRITERS)
        ]
        self.started = time.time()

    @property
    def samples(self) -> tuple[Sample, ...]:
        return tuple(sorted(self._samples, key=lambda sample: sample.ended))

    def begin(self) -> None:
        for thread in self._threads:
            thread.start()

    def stop(self) -> Traffic:
        if not self._done.is_set():
            self._done.set()
            for thread in self._threads:
                thread.join()
            time.sleep(self._settle)
        return Traffic(self.samples, 0.0, 0.0, self.started, time.time(), len(self._samples), self._folder)

    def _write(self, person: Person) -> None:
        session = None
        while not self._done.wait(PAUSE):
            ref, started = f"{self._run}-{next(self._numbers)}", time.time()
            outcome, error = Outcome.UNKNOWN, ""
            for _ in range(TRIES):
                if session is None:
                    found = log_in(self._url, self._database, person.login, person.password)
                    session = found[0] if found else None
                if session is None:
                    outcome, error = Outcome.REFUSED, "cannot log in"
                    break
                outcome, error = self._ask(session, ref)
                if outcome is not Outcome.UNKNOWN:
                    break
            if outcome is Outcome.REFUSED:
                session = None
            ended = time.time()
            self._samples.append(Sample("desk", "note", ref, person.login, started, started, ended, outcome, error))

    def _ask(self, session: requests.Session, ref: str) -> tuple[Outcome, str]:
        try:
            answer = session.post(f"{self._url}/desk/note", data={"ref": ref}, timeout=TIMEOUT, allow_redirects=False)
        except requests.RequestException as error:
            return Outcome.UNKNOWN, type(error).__name__
        if answer.status_code == 200 and answer.text == "done":
            return Outcome.ACKNOWLEDGED, ""
        return Outcome.REFUSED, f"HTTP {answer.status_code}"


@contextmanager
def writing(url: str, database: str, people: Sequence[Person], folder: Path, settle: float = 0.0) -> Iterator[Writers]:
    """`settle`: seconds that a release gets for what it writes late, so that only what never comes is lost."""
    writers = Writers(url, database, people, folder, settle)
    writers.begin()
    try:
        yield writers
    finally:
        writers.stop()


def notes(dsn: str, samples: Sequence[Sample]) -> Ledger:
    """How often each note is there."""
    question = """
        SELECT ref, count(*) FROM (SELECT ref FROM desk_note UNION ALL SELECT ref FROM desk_loose) n
         WHERE ref = ANY(%s) GROUP BY ref"""
    with psycopg.connect(dsn) as connection:
        found = dict(connection.execute(question, [[sample.intent for sample in samples]]).fetchall())
    counts = [(sample, found.get(sample.intent, 0)) for sample in samples]
    return Ledger(tuple(Entry(sample, count, min(count, 1), 0) for sample, count in counts))
