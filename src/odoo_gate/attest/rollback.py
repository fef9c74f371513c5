"""The rollback package: what takes a release back, put together and signed before it goes out."""

from __future__ import annotations

import json
from datetime import datetime
from typing import Annotated, Final, Literal

from pydantic import AwareDatetime, Field, ValidationError

from odoo_gate.attest.bundle import open_bundle, write_bundle
from odoo_gate.attest.keys import PublicKey, Signer
from odoo_gate.attest.statement import (
    ADDONS_SUBJECT,
    STATEMENT_TYPE,
    ImageV1,
    Sha256,
    Signed,
    StatementV1,
    SubjectV1,
    read_statement,
    sha256,
    unique_names,
)
from odoo_gate.errors import UsageError, VerificationError
from odoo_gate.evidence import MetricV1
from odoo_gate.model import Outcome, Status
from odoo_gate.strict_json import NotStrictJson, read_json

ROLLBACK_TYPE: Final = "https://odoo-gate.dev/rollback/v1"
PAYLOAD, BUNDLE = "rollback.json", "rollback.sigstore.json"
PREVIOUS, CANDIDATE = "previous.sigstore.json", "candidate.sigstore.json"
REHEARSED = "recovery.rollback"
_MAX_BYTES = 1024 * 1024


class ReleaseRefV1(Signed):
    """One of the two releases: its run and the sha256 of its signed report, its source and its images by digest."""

    run: str
    report: Sha256
    commit: str
    addons: Sha256
    images: tuple[ImageV1, ...]


class BackupV1(Signed):
    """The backup that is taken before the release goes out: where it is, and its sha256 where it is known."""

    reference: Annotated[str, Field(min_length=1, max_length=1000)]
    sha256: Sha256 | None = None


class RollbackV1(Signed):
    """The predicate: from which release to which, with which backup, and how long that took when it was rehearsed."""

    project: str
    environment: str
    made_on: AwareDatetime
    candidate: ReleaseRefV1
    previous: ReleaseRefV1
    backup: BackupV1
    method: str
    rehearsed: Annotated[tuple[MetricV1, ...], Field(min_length=1)]


class RollbackStatementV1(Signed):
    """A rollback package; its subjects are those of the previous release: what will be deployed again."""

    type: Annotated[Literal["https://in-toto.io/Statement/v1"], Field(alias="_type")] = STATEMENT_TYPE
    subject: Annotated[tuple[SubjectV1, ...], Field(min_length=1)]
    predicate_type: Literal["https://odoo-gate.dev/rollback/v1"] = ROLLBACK_TYPE
    predicate: RollbackV1


def rollback_files(
    candidate: bytes, previous: bytes, backup: BackupV1, signer: Signer, trusted: PublicKey, now: datetime
) -> dict[str, bytes]:
    """Every file of the package, from the signed reports (bundles) of the candidate and of what runs today.

    Raises VerificationError when a report is not genuine, UsageError when they do not belong together or the way back
    was not rehearsed.
    """
    new, old = _opened(candidate, trusted), _opened(previous, trusted)
    to, back = new.predicate.release, old.predicate.release
    if (to.project, to.environment) != (back.project, back.environment):
        raise UsageError(
            f"{to.project} for {to.environment} is not taken back to {back.project} for {back.environment}",
            hint="give the report by which the release that runs there today was deployed",
        )
    if old.predicate.verdict is not Status.GO:
        raise UsageError(f"the previous report says {old.predicate.verdict}", hint="give the one that was deployed")
    metrics = tuple(
        m for c in new.predicate.checks if c.check == REHEARSED and c.outcome is Outcome.PASSED for m in c.metrics
    )
    if not metrics:
        raise UsageError(
            f"the candidate's report has no {REHEARSED} that passed and was measured",
            hint="rehearse the way back: odoo-gate run with the recovery checks",
        )
    predicate = RollbackV1(
        project=to.project,
        environment=to.environment,
        made_on=now,
        candidate=_reference(new, candidate, trusted),
        previous=_reference(old, previous, trusted),
        backup=backup,
        method=json.loads(to.settings.get("recovery.rollback", '"restore"')),
        rehearsed=metrics,
    )
    statement = RollbackStatementV1(subject=old.subject, predicate=predicate)
    payload = json.dumps(statement.model_dump(mode="json", by_alias=True), indent=1).encode("ascii") + b"\n"
    return {
        PREVIOUS: previous,
        CANDIDATE: candidate,
        "images.env": _images(predicate.previous),
        PAYLOAD: payload,
        BUNDLE: write_bundle(signer.sign(payload), signer.public_key.hint),
    }


def open_rollback(files: dict[str, bytes], trusted: PublicKey) -> RollbackV1:
    """The package in `files`, once it is sure that it is whole and genuine. Raises VerificationError."""
    missing = sorted({PREVIOUS, CANDIDATE, "images.env", PAYLOAD, BUNDLE} - files.keys())
    if missing:
        raise VerificationError(f"the package lacks {', '.join(missing)}")
    payload = open_bundle(files[BUNDLE], trusted).payload
    try:
        read_json(payload, max_bytes=_MAX_BYTES)
        statement = RollbackStatementV1.model_validate_json(payload, by_alias=True, by_name=False)
    except (NotStrictJson, ValidationError) as error:
        raise VerificationError("it is no rollback package as odoo-gate writes it") from error
    package = statement.predicate
    old = _opened(files[PREVIOUS], trusted)
    if payload != files[PAYLOAD] or statement.subject != old.subject:
        raise VerificationError(f"{PAYLOAD} or {PREVIOUS} is not what was signed")
    if package.previous != _reference(old, files[PREVIOUS], trusted):
        raise VerificationError(f"{PREVIOUS} is not the report that the package names")
    if package.candidate != _reference(_opened(files[CANDIDATE], trusted), files[CANDIDATE], trusted):
        raise VerificationError(f"{CANDIDATE} is not the report that the package names")
    if files["images.env"] != _images(package.previous):
        raise VerificationError("images.env does not hold the previous release's images")
    return package


def _opened(bundle: bytes, trusted: PublicKey) -> StatementV1:
    return read_statement(open_bundle(bundle, trusted).payload)


def _reference(statement: StatementV1, bundle: bytes, trusted: PublicKey) -> ReleaseRefV1:
    readiness = statement.predicate
    return ReleaseRefV1(
        run=readiness.run,
        report=sha256(open_bundle(bundle, trusted).payload),
        commit=readiness.release.commit,
        addons=unique_names(statement.subject)[ADDONS_SUBJECT],
        images=readiness.release.images,
    )


def _images(release: ReleaseRefV1) -> bytes:
    """`ODOO=sha256:…`, a line an image: what the deploy job reads, line by line."""
    return "".join(f"{image.role.upper()}={image.digest}\n" for image in release.images).encode()
