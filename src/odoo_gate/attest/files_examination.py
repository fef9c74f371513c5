"""Looks at the files around a genuine statement: are evidence and report those that were signed?"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from odoo_gate.attest.bundle import MAX_BUNDLE_BYTES, MAX_PAYLOAD_BYTES, open_bundle
from odoo_gate.attest.deployment import Examined
from odoo_gate.attest.dsse import Envelope
from odoo_gate.attest.keys import PublicKey
from odoo_gate.attest.run_folder import (
    BUNDLE,
    ENVELOPE,
    PAYLOAD,
    REPORT,
    REPORT_BUNDLE,
    SVR_BUNDLE,
    file_digest,
    kind_fault,
    name_fault,
    read_whole,
    walk,
)
from odoo_gate.attest.statement import ReadinessV1, StatementV1, report_statement_bytes, svr_statement_bytes
from odoo_gate.errors import VerificationError
from odoo_gate.evidence import CheckResultV1, collect_evidence
from odoo_gate.model import Status


@dataclass(frozen=True, slots=True)
class FilesExamination:
    """The files of a run beside its statement. Each private generator yields the faults it finds."""

    statement: StatementV1
    envelope: Envelope
    key: PublicKey

    @property
    def readiness(self) -> ReadinessV1:
        return self.statement.predicate

    def of_folder(self, folder: Path) -> Iterator[Examined]:
        """A whole run folder: every file in it is accounted for."""
        yield _examined("payload", f"{PAYLOAD} and {ENVELOPE} hold what is signed", self._copies(folder))
        evidence = _examined("evidence", f"{len(self.readiness.evidence)} files as signed", self._evidence(folder))
        yield evidence
        if evidence.held:
            yield _examined("results", "the evidence holds the signed checks", self._results(folder))
        yield self._examined_svr(folder)
        yield self._examined_report(folder)

    def beside_bundle(self, folder: Path) -> Iterator[Examined]:
        """A bundle on its own: what lies beside it need not be there, but may not lie."""
        if (folder / SVR_BUNDLE).exists():
            yield self._examined_svr(folder)
        if (folder / REPORT).exists():
            yield self._examined_report(folder)

    def _examined_svr(self, folder: Path) -> Examined:
        return _examined("svr", "there for a GO only, and it says the same", self._svr(folder))

    def _examined_report(self, folder: Path) -> Examined:
        return _examined("report", f"{REPORT} is the one that was signed", self._report(folder))

    def _copies(self, folder: Path) -> Iterator[str]:
        for name, data in ((PAYLOAD, self.envelope.payload), (ENVELOPE, self.envelope.to_json())):
            if read_whole(folder / name, MAX_BUNDLE_BYTES) != data:
                yield f"{name} is not what is signed in {BUNDLE}"

    def _evidence(self, folder: Path) -> Iterator[str]:
        signed = {file.path: file for file in self.readiness.evidence}
        if len(signed) != len(self.readiness.evidence):
            yield "the statement lists an evidence file twice"
        for name, file in signed.items():
            fault = name_fault(name) or _kind_fault_below(folder, name)
            if fault:
                yield f"{name}: {fault}"
            elif file_digest(folder / name) != (file.sha256, file.size):
                yield f"{name} is not the file that was signed"
        found = {path.relative_to(folder).as_posix() for path in walk(folder)}
        for name in sorted(found - signed.keys()):
            yield f"{name} was not there when the run was signed; move it elsewhere"

    def _results(self, folder: Path) -> Iterator[str]:
        results = collect_evidence(folder, at=self.readiness.judged_on)
        if tuple(CheckResultV1.of(result) for result in results) != self.readiness.checks:
            yield "the evidence files hold other results than the statement"

    def _svr(self, folder: Path) -> Iterator[str]:
        if self.readiness.verdict is not Status.GO:
            if (folder / SVR_BUNDLE).exists():
                yield f"{SVR_BUNDLE} is there, and the verdict is {self.readiness.verdict}"
            return
        envelope = open_bundle(read_whole(folder / SVR_BUNDLE, MAX_BUNDLE_BYTES), self.key)
        if envelope.payload != svr_statement_bytes(self.statement, self.envelope.payload):
            yield f"{SVR_BUNDLE} says something else than {BUNDLE}"

    def _report(self, folder: Path) -> Iterator[str]:
        envelope = open_bundle(read_whole(folder / REPORT_BUNDLE, MAX_BUNDLE_BYTES), self.key)
        files = {REPORT: read_whole(folder / REPORT, MAX_PAYLOAD_BYTES), PAYLOAD: self.envelope.payload}
        if envelope.payload != report_statement_bytes(self.readiness.run, files):
            yield f"{REPORT} is not the report of this statement"


def _examined(name: str, good: str, faults: Iterator[str]) -> Examined:
    """One examination from the faults it finds; a file that cannot be read is a fault."""
    try:
        found = list(faults)
    except VerificationError as error:
        found = [error.message]
    except OSError as error:
        found = [f"{error.filename} cannot be read: {error.strerror}"]
    if not found:
        return Examined(name, True, good)
    more = f" (and {len(found) - 3} more)" if len(found) > 3 else ""
    return Examined(name, False, "; ".join(found[:3]) + more)


def _kind_fault_below(folder: Path, name: str) -> str:
    """Like `kind_fault`, for every folder on the way as well: none may be a link."""
    path = folder
    *folders, last = name.split("/")
    for part in folders:
        path = path / part
        if path.is_symlink() or not path.is_dir():
            return "it is missing, or reached through a link"
    return kind_fault(path / last)
