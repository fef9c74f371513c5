"""Manual evidence as signed statements: one person, one question, one answer, for a while."""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Annotated, Final, Literal

from pydantic import AwareDatetime, Field

from odoo_gate.attest.bundle import write_bundle
from odoo_gate.attest.keys import Signer
from odoo_gate.attest.people import open_personal
from odoo_gate.attest.statement import (
    ADDONS_SUBJECT,
    STATEMENT_TYPE,
    DigestV1,
    Sha256,
    Signed,
    SubjectV1,
)
from odoo_gate.attest.trust import Trust
from odoo_gate.errors import VerificationError
from odoo_gate.policy import ManualAnswer

MANUAL_TYPE: Final = "https://odoo-gate.dev/manual/v1"
MAX_ANSWER = 4_000


class ManualV1(Signed):
    """The predicate: who answers which check, for which group, and until when. `document` is a file's sha256."""

    check: str
    person: str
    group: str
    project: str
    answer: Annotated[str, Field(min_length=1, max_length=MAX_ANSWER)]
    signed_on: AwareDatetime
    expires_on: AwareDatetime
    document: Sha256 | None = None


class ManualStatementV1(Signed):
    """An answer; its subject names the addons' files as they were when it was given."""

    type: Annotated[Literal["https://in-toto.io/Statement/v1"], Field(alias="_type")] = STATEMENT_TYPE
    subject: Annotated[tuple[SubjectV1], Field(min_length=1)]
    predicate_type: Literal["https://odoo-gate.dev/manual/v1"] = MANUAL_TYPE
    predicate: ManualV1


def manual_bundle(manual: ManualV1, addons: str, signer: Signer) -> bytes:
    """The signed answer as a Sigstore bundle; `addons` is the sha256 of the addons' listing."""
    subject = SubjectV1(name=ADDONS_SUBJECT, digest=DigestV1(sha256=addons))
    statement = ManualStatementV1(subject=(subject,), predicate=manual)
    data = json.dumps(statement.model_dump(mode="json", by_alias=True), indent=1).encode("ascii") + b"\n"
    return write_bundle(signer.sign(data), signer.public_key.hint)


def open_manual(data: bytes, trust: Trust) -> ManualAnswer:
    """The answer in a bundle, once it is sure that the person it names signed it while the key was good.

    Raises VerificationError as `open_personal`, and when the key was revoked or out of its time.
    """
    statement, person = open_personal(
        data, trust, ManualStatementV1, lambda each: each.predicate.person, "manual evidence"
    )
    manual, subject = statement.predicate, statement.subject[0]
    if subject.name != ADDONS_SUBJECT:
        raise VerificationError(f"{manual.person}: it speaks of {subject.name!r}")
    if manual.group not in person.groups:
        raise VerificationError(f"{manual.person}: does not belong to {manual.group}")
    if not person.holds(manual.signed_on):
        raise VerificationError(f"{manual.person}: the key is revoked, or was out of its time")
    said = manual.answer if manual.document is None else f"{manual.answer} (document sha256:{manual.document})"
    return ManualAnswer(
        check=manual.check,
        person=manual.person,
        group=manual.group,
        project=manual.project,
        addons=subject.digest.sha256,
        signed_on=manual.signed_on,
        expires_on=manual.expires_on,
        answer=said,
    )


def open_all(bundles: Iterable[bytes], trust: Trust | None) -> tuple[tuple[ManualAnswer, ...], tuple[str, ...]]:
    """The genuine answers among the bundles, and what is wrong with each of the others."""
    answers, refused = [], []
    for data in bundles:
        if trust is None:
            refused.append("no trust file says whose answers count")
            continue
        try:
            answers.append(open_manual(data, trust))
        except VerificationError as error:
            refused.append(error.message)
    return tuple(answers), tuple(refused)
