"""Business writes with a known moment: what a person entered while a backup ran, to see later what of it is left."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field

import odoorpc
import psycopg
from odoorpc.error import RPCError

from odoo_gate.errors import StackError
from odoo_gate.recovery.encryption import BackupError

MARK = "odoo-gate-write-"
_PAUSE = 0.2
_END_SECONDS = 60.0


@dataclass(frozen=True, slots=True)
class Write:
    """A contact entered through RPC; POSIX times when it was sent and when Odoo had committed it."""

    ref: str
    sent: float
    committed: float


def write_once(session: odoorpc.ODOO, ref: str) -> Write:
    """Enter one contact. Raises BackupError when Odoo refuses it."""
    sent = time.time()
    try:
        session.env["res.partner"].create({"name": ref, "ref": ref})
    except (RPCError, OSError) as error:
        raise BackupError(
            "write-refused", f"Odoo refused a contact: {error}", hint="look at the server's log in the run folder"
        ) from error
    return Write(ref, sent, time.time())


def refs_there(connection: psycopg.Connection, refs: Iterable[str]) -> frozenset[str]:
    """Which of these writes a database holds."""
    rows = connection.execute("SELECT ref FROM res_partner WHERE ref = ANY (%s)", [list(refs)])
    return frozenset(ref for (ref,) in rows)


def lost_writes(writes: Sequence[Write], there: frozenset[str]) -> tuple[Write, ...]:
    return tuple(write for write in writes if write.ref not in there)


@dataclass
class Writer:
    """Keeps writing in a thread of its own until it is stopped or the server is gone."""

    session: odoorpc.ODOO
    label: str
    writes: list[Write] = field(default_factory=list)
    _end: threading.Event = field(default_factory=threading.Event)
    _failure: BackupError | None = None

    def run(self) -> None:
        while not self._end.is_set():
            try:
                self.writes.append(write_once(self.session, f"{MARK}{self.label}-{len(self.writes)}"))
            except BackupError as error:
                if not self._end.is_set():
                    self._failure = error
                return
            self._end.wait(_PAUSE)

    def end(self) -> tuple[Write, ...]:
        """No further write. Raises the refusal when Odoo stopped taking writes before."""
        self._end.set()
        if self._failure is not None:
            raise self._failure
        return tuple(self.writes)

    def await_writes(self, count: int) -> None:
        """Wait until so many more have been committed. Raises StackError when they do not come."""
        wanted, deadline = len(self.writes) + count, time.monotonic() + _END_SECONDS
        while len(self.writes) < wanted:
            if self._failure is not None:
                raise self._failure
            if time.monotonic() > deadline:
                raise StackError(
                    f"Odoo took fewer than {count} writes in {_END_SECONDS:g} s", hint="look at the server's log"
                )
            time.sleep(_PAUSE / 4)


@contextmanager
def writing(open_session: Callable[[], odoorpc.ODOO], label: str) -> Iterator[Writer]:
    """Business that goes on while the block runs, in a session of its own."""
    writer = Writer(open_session(), label)
    thread = threading.Thread(target=writer.run, name=f"writes-{label}", daemon=True)
    thread.start()
    try:
        yield writer
    finally:
        writer._end.set()
        thread.join(_END_SECONDS)
