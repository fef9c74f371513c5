"""Verify: is this report genuine, and does it speak of exactly what is about to be deployed, now?

The bundle is read strictly, the signature checked against a key the caller trusts, and only the verified
bytes are parsed. Everything the statement names must be matched by what the caller says it will deploy; what
the caller does not say is a refusal, not a pass. The verdict is recomputed from the signed checks with the
caller's policy.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path

from odoo_gate.attest.approvals_examination import ApprovalsExamination
from odoo_gate.attest.bundle import MAX_BUNDLE_BYTES, MAX_PAYLOAD_BYTES, WrongSignature
from odoo_gate.attest.deployment import Deployment, Examined
from odoo_gate.attest.dsse import Envelope
from odoo_gate.attest.files_examination import FilesExamination
from odoo_gate.attest.gate_key import examine_key, open_with, trusted_keys
from odoo_gate.attest.keys import PublicKey
from odoo_gate.attest.override_examination import NAME as OVERRIDE
from odoo_gate.attest.override_examination import OverrideExamination
from odoo_gate.attest.promotion_examination import PromotionExamination
from odoo_gate.attest.record import Event, Record
from odoo_gate.attest.run_folder import BUNDLE, TIMESTAMP, read_whole
from odoo_gate.attest.statement import ADDONS_SUBJECT, ReadinessV1, StatementV1, read_statement
from odoo_gate.attest.statement_examination import StatementExamination
from odoo_gate.attest.timestamp_examination import examine_timestamp
from odoo_gate.errors import ExitCode, VerificationError
from odoo_gate.model import Status

_EXIT_CODES = {
    Status.GO: ExitCode.GO,
    Status.NO_GO: ExitCode.NO_GO,
    Status.INCONCLUSIVE: ExitCode.INCONCLUSIVE,
}
_CALENDAR, _APPROVALS = "calendar ", "approvals"


@dataclass(frozen=True, slots=True)
class Verification:
    """Everything that was looked at, and the signed statement once it is known to be genuine."""

    examined: tuple[Examined, ...]
    readiness: ReadinessV1 | None

    @property
    def accepted(self) -> bool:
        """Whether the report is genuine and speaks of this deployment; its verdict may still be NO-GO."""
        return self.readiness is not None and bool(self.examined) and all(e.held for e in self.examined)

    @property
    def overridden(self) -> bool:
        """Whether people answer for deploying what is no GO, or what a freeze holds back: that is never a GO."""
        return (
            self.readiness is not None
            and any(e.name == OVERRIDE and e.held for e in self.examined)
            and all(e.held or e.name == _APPROVALS or e.name.startswith(_CALENDAR) for e in self.examined)
        )

    @property
    def exit_code(self) -> ExitCode:
        if self.overridden:
            return ExitCode.OVERRIDDEN
        if self.readiness is None or not self.accepted:
            return ExitCode.INVALID
        return _EXIT_CODES[self.readiness.verdict]


def verify(given: Path, deployment: Deployment, key: PublicKey | None, now: datetime) -> Verification:
    """Examine the run folder or the bundle file `given`, by `key` or else by the gates of the trust file.

    Never raises for what is wrong with it.
    """
    folder = given if given.is_dir() else None
    keys = trusted_keys(key, deployment.trust)
    try:
        envelope, signed_by = open_with(read_whole(folder / BUNDLE if folder else given, MAX_BUNDLE_BYTES), keys)
    except WrongSignature as error:
        return _refusal(Examined("signature", False, error.message))
    except VerificationError as error:
        return _refusal(Examined("bundle", False, error.message))
    except OSError as error:
        return _refusal(Examined("bundle", False, f"{given} cannot be read: {error.strerror}"))
    signature = Examined("signature", True, f"made by the key {signed_by.fingerprint[:16]}… that you trust")
    try:
        statement = read_statement(envelope.payload)
    except VerificationError as error:
        return _refusal(signature, Examined("statement", False, error.message))
    beside = folder if folder else given.parent
    stamped, timestamp = examine_timestamp(beside / TIMESTAMP, envelope, statement.predicate, deployment)
    files = FilesExamination(statement, envelope, signed_by)
    examined = (
        signature,
        examine_key(signed_by, deployment.trust, statement.predicate, stamped),
        *timestamp,
        *StatementExamination(statement, deployment, now, _listing(folder)).examine(),
        *PromotionExamination(statement, deployment, keys, now).examine(),
        *ApprovalsExamination(statement.predicate, envelope.payload, deployment, now).examine(),
        *(files.of_folder(folder) if folder else files.beside_bundle(given.parent)),
    )
    frozen = any(not each.held and each.name.startswith(_CALENDAR) for each in examined)
    override = OverrideExamination(statement.predicate, envelope.payload, deployment, now, frozen).examine()
    verification = Verification((*examined, *override), statement.predicate)
    return _remember(verification, statement, envelope, deployment, now)


def _remember(
    verification: Verification, statement: StatementV1, envelope: Envelope, deployment: Deployment, now: datetime
) -> Verification:
    """Ask the caller's record whether the verdict still stands, and add this verification to it.

    Raises InfrastructureError when the record cannot be written: what cannot be recorded is not verified.
    """
    if deployment.record is None:
        return verification
    try:
        said = tuple(_asked(deployment.record, statement, deployment))
        asked = replace(verification, examined=(*verification.examined, *said))
        refused = [examined.name for examined in asked.examined if not examined.held]
        event: Event = "overridden" if asked.overridden else "refused" if refused else "verified"
        people = [e.detail for e in asked.examined if e.name == OVERRIDE and asked.overridden]
        detail = "; ".join([*people, *([", ".join(refused)] if refused else [])])
        followed = None if event == "refused" else deployment.trust
        deployment.record.append(event, statement, envelope.payload, now, detail, followed)
    except VerificationError as error:
        return replace(verification, examined=(*verification.examined, Examined("record", False, error.message)))
    return asked


def _asked(record: Record, statement: StatementV1, deployment: Deployment) -> Iterator[Examined]:
    """What the record says of a statement. Raises VerificationError when its chain is broken."""
    superseding = record.superseding(statement)
    said = f"{superseding.run} judged the same files NO-GO since" if superseding else "no NO-GO since"
    yield Examined("record", superseding is None, said)
    if deployment.trust is not None:
        fault = record.trust_fault(deployment.trust)
        yield Examined("trust file", not fault, fault or f"serial {deployment.trust.serial}, not older than on record")
    release = statement.predicate.release
    open_one = record.unreviewed(release.project, release.environment)
    if open_one is not None and not deployment.overrides:
        told = f"the emergency override of {open_one.run} on {open_one.time:%Y-%m-%d} was never looked into"
        yield Examined("review", False, f"{told}: odoo-gate record review")


def _listing(folder: Path | None) -> bytes:
    """The run folder's listing of the addons' files, to name those that differ; empty when it cannot be read.

    That it is missing or was changed is for `FilesExamination` to refuse.
    """
    try:
        return read_whole(folder / ADDONS_SUBJECT, MAX_PAYLOAD_BYTES) if folder else b""
    except (VerificationError, OSError):
        return b""


def _refusal(*examined: Examined) -> Verification:
    return Verification(examined, None)
