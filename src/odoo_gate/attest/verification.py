"""Verify: is this report genuine, and does it speak of exactly what is about to be deployed, now?

The bundle is read strictly, the signature checked against a key the caller trusts, and only the verified
bytes are parsed. Everything the statement names must be matched by what the caller says it will deploy; what
the caller does not say is a refusal, not a pass. The verdict is recomputed from the signed checks with the
caller's policy.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path

from odoo_gate.attest.approvals_examination import ApprovalsExamination
from odoo_gate.attest.bundle import MAX_BUNDLE_BYTES, MAX_PAYLOAD_BYTES, WrongSignature, open_bundle
from odoo_gate.attest.deployment import Deployment, Examined
from odoo_gate.attest.dsse import Envelope
from odoo_gate.attest.files_examination import FilesExamination
from odoo_gate.attest.keys import PublicKey
from odoo_gate.attest.record import Event
from odoo_gate.attest.run_folder import BUNDLE, read_whole
from odoo_gate.attest.statement import ADDONS_SUBJECT, ReadinessV1, StatementV1, read_statement
from odoo_gate.attest.statement_examination import StatementExamination
from odoo_gate.errors import ExitCode, VerificationError
from odoo_gate.model import Status

_EXIT_CODES = {
    Status.GO: ExitCode.GO,
    Status.NO_GO: ExitCode.NO_GO,
    Status.INCONCLUSIVE: ExitCode.INCONCLUSIVE,
}


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
    def exit_code(self) -> ExitCode:
        if self.readiness is None or not self.accepted:
            return ExitCode.INVALID
        return _EXIT_CODES[self.readiness.verdict]


def verify(given: Path, deployment: Deployment, key: PublicKey, now: datetime) -> Verification:
    """Examine the run folder or the bundle file `given`. Never raises for what is wrong with it."""
    folder = given if given.is_dir() else None
    try:
        envelope = open_bundle(read_whole(folder / BUNDLE if folder else given, MAX_BUNDLE_BYTES), key)
    except WrongSignature as error:
        return _refusal(Examined("signature", False, error.message))
    except VerificationError as error:
        return _refusal(Examined("bundle", False, error.message))
    except OSError as error:
        return _refusal(Examined("bundle", False, f"{given} cannot be read: {error.strerror}"))
    signature = Examined("signature", True, f"made by the key {key.fingerprint[:16]}… that you trust")
    try:
        statement = read_statement(envelope.payload)
    except VerificationError as error:
        return _refusal(signature, Examined("statement", False, error.message))
    files = FilesExamination(statement, envelope, key)
    examined = (
        signature,
        *StatementExamination(statement, deployment, now, _listing(folder)).examine(),
        *ApprovalsExamination(statement.predicate, envelope.payload, deployment, now).examine(),
        *(files.of_folder(folder) if folder else files.beside_bundle(given.parent)),
    )
    verification = Verification(examined, statement.predicate)
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
        superseding = deployment.record.superseding(statement)
        held = superseding is None
        said = f"{superseding.run} judged the same files NO-GO since" if superseding else "no NO-GO since"
        asked = replace(verification, examined=(*verification.examined, Examined("record", held, said)))
        refused = [examined.name for examined in asked.examined if not examined.held]
        event: Event = "refused" if refused else "verified"
        deployment.record.append(event, statement, envelope.payload, now, ", ".join(refused))
    except VerificationError as error:
        return replace(verification, examined=(*verification.examined, Examined("record", False, error.message)))
    return asked


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
