"""The record: an append-only log of judgements, approvals and verifications, each line chained to the one before it.

Whoever can write the file can cut its end off or write it anew; nobody can change, drop or move a line inside it and
keep a copy of its last digest from telling. Keep that digest elsewhere: `odoo-gate record show` prints it.
"""

from __future__ import annotations

import fcntl
import hashlib
import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Annotated, Literal

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, ValidationError
from pydantic.alias_generators import to_camel

from odoo_gate.attest.statement import ADDONS_SUBJECT, StatementV1, unique_names
from odoo_gate.attest.trust import Trust
from odoo_gate.errors import InfrastructureError, VerificationError
from odoo_gate.model import Status
from odoo_gate.strict_json import NotStrictJson, read_json

MAX_RECORD_BYTES = 256 * 1024 * 1024
_MAX_LINE_BYTES = 64 * 1024
_MAX_DETAIL = 4_000
FIRST = "0" * 64
"""What the first entry has in place of the digest of the one before it."""

Event = Literal["judged", "approved", "verified", "refused", "overridden", "reviewed"]
"""`overridden`: people answered for deploying what was no GO; `reviewed`: somebody looked into it afterwards."""


class EntryV1(BaseModel):
    """One line: what happened to which verdict.

    `addons` and `payload` are the sha256 of the list of the addons' files and of the signed statement. `trust_serial`
    and `trust_digest` are those of the trust file that was used, where there was one.
    """

    model_config = ConfigDict(
        frozen=True,
        extra="forbid",
        strict=True,
        alias_generator=to_camel,
        validate_by_name=True,
        validate_by_alias=True,
    )

    version: Literal[1] = 1
    previous: Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]
    time: AwareDatetime
    event: Event
    project: str
    environment: str
    run: str
    verdict: Status
    judged_on: AwareDatetime
    addons: Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]
    payload: Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]
    detail: str = ""
    trust_serial: Annotated[int, Field(ge=0)] | None = None
    trust_digest: Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")] | None = None


class Record:
    """The record in one file. Every reading checks the whole chain."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def entries(self) -> tuple[EntryV1, ...]:
        """All entries, oldest first; none when there is no file. Raises VerificationError when the chain is broken."""
        try:
            if not self.path.exists():
                return ()
            if self.path.stat().st_size > MAX_RECORD_BYTES:
                raise VerificationError(f"the record {self.path} is longer than {MAX_RECORD_BYTES} bytes")
            return tuple(self._chained(self.path.read_bytes()))
        except OSError as error:
            raise VerificationError(f"the record {self.path} cannot be read: {error.strerror}") from error

    @property
    def head(self) -> str:
        """The digest of the last line: who keeps it sees any later change of what it ends. Raises as `entries`."""
        self.entries()
        lines = self.path.read_bytes().split(b"\n")[:-1] if self.path.exists() else []
        return _digest(lines[-1]) if lines else FIRST

    def append(
        self,
        event: Event,
        statement: StatementV1,
        payload: bytes,
        time: datetime,
        detail: str = "",
        trust: Trust | None = None,
    ) -> None:
        """Add what happened to a genuine statement, given with its signed bytes, by the trust file that was used.

        Raises VerificationError when the chain is broken, InfrastructureError when the file cannot be written.
        """
        readiness = statement.predicate
        with self._locked():
            entry = EntryV1(
                previous=self.head,
                time=time,
                event=event,
                project=readiness.release.project,
                environment=readiness.release.environment,
                run=readiness.run,
                verdict=readiness.verdict,
                judged_on=readiness.judged_on,
                addons=_addons(statement),
                payload=_digest(payload),
                detail=detail[:_MAX_DETAIL],
                trust_serial=trust.serial if trust else None,
                trust_digest=trust.digest if trust else None,
            )
            self._write(entry)

    def append_review(self, overridden: EntryV1, time: datetime, detail: str) -> None:
        """Add that somebody looked into an override afterwards. Raises as `append`."""
        with self._locked():
            update = {"previous": self.head, "time": time, "event": "reviewed", "detail": detail[:_MAX_DETAIL]}
            self._write(overridden.model_copy(update=update))

    def _write(self, entry: EntryV1) -> None:
        line = json.dumps(entry.model_dump(mode="json", by_alias=True), separators=(",", ":")).encode("ascii")
        with self.path.open("ab") as file:
            file.write(line + b"\n")
            file.flush()
            os.fsync(file.fileno())

    def unreviewed(self, project: str, environment: str) -> EntryV1 | None:
        """The first override for this environment that nobody has looked into yet."""
        open_ones: dict[str, EntryV1] = {}
        for entry in self.entries():
            if (entry.project, entry.environment) != (project, environment):
                continue
            if entry.event == "overridden":
                open_ones.setdefault(entry.payload, entry)
            elif entry.event == "reviewed":
                open_ones.pop(entry.payload, None)
        return next(iter(open_ones.values()), None)

    def trust_fault(self, trust: Trust) -> str:
        """Why this trust file is not one that follows those on record; empty when it is."""
        used = [entry for entry in self.entries() if entry.trust_serial is not None]
        newest = max(used, key=lambda entry: entry.trust_serial or 0, default=None)
        if newest is None or newest.trust_serial is None or trust.serial > newest.trust_serial:
            return ""
        if trust.serial < newest.trust_serial:
            since = f"{newest.time:%Y-%m-%d}"
            return f"its serial is {trust.serial}, and one with {newest.trust_serial} was used on {since}"
        if any(e.trust_serial == trust.serial and e.trust_digest != trust.digest for e in used):
            return f"it differs from the one with the same serial {trust.serial} that was used before"
        return ""

    def superseding(self, statement: StatementV1) -> EntryV1 | None:
        """The latest NO-GO on record about the same files for the same environment, judged after this statement."""
        readiness = statement.predicate
        same = (readiness.release.project, readiness.release.environment, _addons(statement))
        later = [
            entry
            for entry in self.entries()
            if (entry.project, entry.environment, entry.addons) == same
            and entry.judged_on > readiness.judged_on
            and entry.verdict is Status.NO_GO
        ]
        return max(later, key=lambda entry: entry.judged_on, default=None)

    def _chained(self, data: bytes) -> Iterator[EntryV1]:
        previous = FIRST
        if data and not data.endswith(b"\n"):
            raise VerificationError(f"the record {self.path} is cut off", hint="restore it from your copy")
        for number, line in enumerate(data.split(b"\n")[:-1], start=1):
            try:
                read_json(line, max_bytes=_MAX_LINE_BYTES)
                entry = EntryV1.model_validate_json(line, by_alias=True, by_name=False)
            except (NotStrictJson, ValidationError) as error:
                raise VerificationError(f"line {number} of the record {self.path} is damaged") from error
            if entry.previous != previous:
                raise VerificationError(
                    f"line {number} of the record {self.path} does not follow from the one before it",
                    hint="somebody changed it: restore it from your copy",
                )
            previous = _digest(line)
            yield entry

    @contextmanager
    def _locked(self) -> Iterator[None]:
        """One writer at a time, also over processes."""
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            with self.path.with_name(self.path.name + ".lock").open("w") as lock:
                fcntl.flock(lock, fcntl.LOCK_EX)
                yield
        except OSError as error:
            raise InfrastructureError(
                f"the record {self.path} cannot be written: {error.strerror}", hint="see its folder's permissions"
            ) from error


def _addons(statement: StatementV1) -> str:
    return unique_names(statement.subject).get(ADDONS_SUBJECT, FIRST)


def _digest(line: bytes) -> str:
    return hashlib.sha256(line).hexdigest()
