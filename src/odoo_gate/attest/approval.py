"""Approvals as signed statements: one person, one report by its digest, one signature, for a while."""

from __future__ import annotations

import json
from datetime import datetime
from typing import Annotated, Final, Literal

from pydantic import AwareDatetime, Field

from odoo_gate.attest.bundle import write_bundle
from odoo_gate.attest.keys import Signer
from odoo_gate.attest.people import MAX_PERSONAL_BYTES, open_personal
from odoo_gate.attest.run_folder import PAYLOAD
from odoo_gate.attest.statement import STATEMENT_TYPE, DigestV1, Signed, SubjectV1, sha256
from odoo_gate.attest.trust import Person, Trust
from odoo_gate.errors import VerificationError

APPROVAL_TYPE: Final = "https://odoo-gate.dev/approval/v1"
MAX_APPROVAL_BYTES = MAX_PERSONAL_BYTES


class ApprovalV1(Signed):
    """The predicate: who approves, for which group, which environment, and until when."""

    person: str
    group: str
    environment: str
    approved_on: AwareDatetime
    expires_on: AwareDatetime
    comment: str = ""


class ApprovalStatementV1(Signed):
    """An approval of exactly the `readiness.json` that its subject names by digest."""

    type: Annotated[Literal["https://in-toto.io/Statement/v1"], Field(alias="_type")] = STATEMENT_TYPE
    subject: Annotated[tuple[SubjectV1], Field(min_length=1)]
    predicate_type: Literal["https://odoo-gate.dev/approval/v1"] = APPROVAL_TYPE
    predicate: ApprovalV1


def approval_bundle(payload: bytes, approval: ApprovalV1, signer: Signer) -> bytes:
    """The signed approval of the readiness statement in `payload`, as a Sigstore bundle."""
    subject = SubjectV1(name=PAYLOAD, digest=DigestV1(sha256=sha256(payload)))
    statement = ApprovalStatementV1(subject=(subject,), predicate=approval)
    data = json.dumps(statement.model_dump(mode="json", by_alias=True), indent=1).encode("ascii") + b"\n"
    return write_bundle(signer.sign(data), signer.public_key.hint)


def open_approval(data: bytes, trust: Trust, payload: bytes, now: datetime) -> ApprovalV1:
    """The approval in a bundle, once it is sure that the person it names signed it, for this very report.

    Raises VerificationError: malformed, of somebody unknown, by another key, about something else, out of date.
    """
    statement, person = open_personal(
        data, trust, ApprovalStatementV1, lambda each: each.predicate.person, "an approval"
    )
    approval = statement.predicate
    fault = _fault(statement, person, payload, now)
    if fault:
        raise VerificationError(f"{approval.person}: {fault}")
    return approval


def _fault(statement: ApprovalStatementV1, person: Person, payload: bytes, now: datetime) -> str:
    """Why a genuine approval does not count for the report in `payload`; empty when it does."""
    approval, subject = statement.predicate, statement.subject[0]
    if (subject.name, subject.digest.sha256) != (PAYLOAD, sha256(payload)):
        return "approved another report"
    if approval.group not in person.groups:
        return f"does not belong to {approval.group}"
    if not (person.holds(approval.approved_on) and person.holds(now)):
        return "the key is revoked, or out of its time"
    if now >= approval.expires_on:
        return f"the approval expired on {approval.expires_on:%Y-%m-%d %H:%M} UTC"
    return ""
