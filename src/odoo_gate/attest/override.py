"""The emergency override as signed statements: named people who answer for deploying one exact report's release."""

from __future__ import annotations

import json
from datetime import datetime
from typing import Annotated, Final, Literal

from pydantic import AwareDatetime, Field

from odoo_gate.attest.bundle import write_bundle
from odoo_gate.attest.keys import Signer
from odoo_gate.attest.people import open_personal
from odoo_gate.attest.run_folder import PAYLOAD
from odoo_gate.attest.statement import STATEMENT_TYPE, DigestV1, Signed, SubjectV1, sha256
from odoo_gate.attest.trust import Trust
from odoo_gate.errors import VerificationError

OVERRIDE_TYPE: Final = "https://odoo-gate.dev/override/v1"


class OverrideV1(Signed):
    """The predicate: who answers for it, for which group and environment, why, and until when."""

    person: str
    group: str
    environment: str
    reason: Annotated[str, Field(min_length=10, max_length=4_000)]
    ticket: Annotated[str, Field(min_length=1, max_length=200)]
    signed_on: AwareDatetime
    expires_on: AwareDatetime


class OverrideStatementV1(Signed):
    """An override of exactly the `readiness.json` that its subject names by digest."""

    type: Annotated[Literal["https://in-toto.io/Statement/v1"], Field(alias="_type")] = STATEMENT_TYPE
    subject: Annotated[tuple[SubjectV1], Field(min_length=1)]
    predicate_type: Literal["https://odoo-gate.dev/override/v1"] = OVERRIDE_TYPE
    predicate: OverrideV1


def override_bundle(payload: bytes, override: OverrideV1, signer: Signer) -> bytes:
    """The signed override of the readiness statement in `payload`, as a Sigstore bundle."""
    subject = SubjectV1(name=PAYLOAD, digest=DigestV1(sha256=sha256(payload)))
    statement = OverrideStatementV1(subject=(subject,), predicate=override)
    data = json.dumps(statement.model_dump(mode="json", by_alias=True), indent=1).encode("ascii") + b"\n"
    return write_bundle(signer.sign(data), signer.public_key.hint)


def open_override(data: bytes, trust: Trust, payload: bytes, now: datetime) -> OverrideV1:
    """The override in a bundle, once it is sure that the person it names signed it, for this very report.

    Raises VerificationError: malformed, of somebody unknown, by another key, about something else, out of date.
    """
    statement, person = open_personal(
        data, trust, OverrideStatementV1, lambda each: each.predicate.person, "an override"
    )
    override, subject = statement.predicate, statement.subject[0]
    if (subject.name, subject.digest.sha256) != (PAYLOAD, sha256(payload)):
        raise VerificationError(f"{override.person}: overrode another report")
    if override.group not in person.groups:
        raise VerificationError(f"{override.person}: does not belong to {override.group}")
    if not (person.holds(override.signed_on) and person.holds(now)):
        raise VerificationError(f"{override.person}: the key is revoked, or out of its time")
    if now >= override.expires_on:
        raise VerificationError(f"{override.person}: it expired on {override.expires_on:%Y-%m-%d %H:%M} UTC")
    return override
