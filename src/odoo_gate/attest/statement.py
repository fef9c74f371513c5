"""What is signed: in-toto statements, in versioned types that stand apart from the internal ones."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Annotated, Final, Literal

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, ValidationError
from pydantic.alias_generators import to_camel

from odoo_gate.attest.bundle import MAX_PAYLOAD_BYTES
from odoo_gate.errors import InfrastructureError, VerificationError
from odoo_gate.evidence import CheckResultV1
from odoo_gate.model import ImageIdentity, Outcome, Reason, ReleaseSubject, Status, Verdict
from odoo_gate.strict_json import NotStrictJson, read_json

STATEMENT_TYPE: Final = "https://in-toto.io/Statement/v1"
READINESS_TYPE: Final = "https://odoo-gate.dev/readiness/v1"
REPORT_TYPE = "https://odoo-gate.dev/report/v1"
SVR_TYPE = "https://in-toto.io/attestation/svr/v0.1"
VERIFIER_ID = "https://odoo-gate.dev/verifier/v1"

ADDONS_SUBJECT = "addons.sha256"
SOURCE_SUBJECT = "source.json"
CONFIGURATION_SUBJECT = "configuration.sha256"
"""gate.toml and the files of the project that it names: contracts, odoo.conf, nginx.conf, matrices, scripts."""
IMAGE_SUBJECT = "image:"
"""Followed by the image's role."""

Sha256 = Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]


class Signed(BaseModel):
    """A part of a signed statement: read strictly, written in camelCase."""

    model_config = ConfigDict(
        frozen=True,
        extra="forbid",
        strict=True,
        allow_inf_nan=False,
        alias_generator=to_camel,
        validate_by_name=True,
        validate_by_alias=True,
    )


class DigestV1(Signed):
    sha256: Sha256


class SubjectV1(Signed):
    name: str
    digest: DigestV1


class ImageV1(Signed):
    """An image by content; its packages are listed in the run's `packages.json`."""

    role: str
    reference: str
    digest: Annotated[str, Field(pattern=r"^sha256:[0-9a-f]{64}$")]
    origin: str


class ReleaseV1(Signed):
    """Version 1 of `model.ReleaseSubject`."""

    project: str
    series: str
    environment: str
    commit: str
    dirty: bool
    addons: Mapping[str, str]
    images: tuple[ImageV1, ...]
    policy_digest: Sha256
    baseline: str
    settings: Mapping[str, str]
    instruments: tuple[ImageV1, ...]

    @classmethod
    def of(cls, subject: ReleaseSubject) -> ReleaseV1:
        return cls(
            project=subject.project,
            series=subject.series,
            environment=subject.environment,
            commit=subject.commit,
            dirty=subject.dirty,
            addons=dict(subject.addons),
            images=tuple(_image_v1(image) for image in subject.images),
            policy_digest=subject.policy_digest,
            baseline=subject.baseline,
            settings=dict(subject.settings),
            instruments=tuple(_image_v1(image) for image in subject.instruments),
        )

    def to_subject(self, packages: Mapping[str, Mapping[str, str]]) -> ReleaseSubject:
        """The subject again; `packages` holds each image role's packages with their versions. Raises KeyError."""

        def image(each: ImageV1) -> ImageIdentity:
            return ImageIdentity(each.role, each.reference, each.digest, each.origin, packages[each.role])

        return ReleaseSubject(
            project=self.project,
            series=self.series,
            environment=self.environment,
            commit=self.commit,
            dirty=self.dirty,
            addons=self.addons,
            images=tuple(image(each) for each in self.images),
            policy_digest=self.policy_digest,
            baseline=self.baseline,
            settings=self.settings,
            instruments=tuple(image(each) for each in self.instruments),
        )


def _image_v1(image: ImageIdentity) -> ImageV1:
    return ImageV1(role=image.role, reference=image.reference, digest=image.digest, origin=image.origin)


class ReasonV1(Signed):
    """Why the verdict is not GO; `outcome` is null when the check is demanded and did not run."""

    check: str
    outcome: Outcome | None
    message: str
    targets: tuple[str, ...] = ()


class FileV1(Signed):
    """A file of the run folder; `path` is relative to it, `size` in bytes."""

    path: str
    sha256: Sha256
    size: Annotated[int, Field(ge=0)]


class ToolV1(Signed):
    name: str
    version: str


class ReadinessV1(Signed):
    """The predicate: the verdict, and all it was judged from."""

    verdict: Status
    reasons: tuple[ReasonV1, ...]
    release: ReleaseV1
    policy: str
    """The whole policy file; its digest is `release.policyDigest`."""
    run: str
    tool: ToolV1
    started_on: AwareDatetime
    finished_on: AwareDatetime
    judged_on: AwareDatetime
    valid_until: AwareDatetime
    checks: tuple[CheckResultV1, ...]
    evidence: tuple[FileV1, ...]
    manual: tuple[str, ...] = ()
    """Each manual evidence as its person signed it: a Sigstore bundle."""


class StatementV1(Signed):
    """A readiness statement."""

    type: Annotated[Literal["https://in-toto.io/Statement/v1"], Field(alias="_type")] = STATEMENT_TYPE
    subject: Annotated[tuple[SubjectV1, ...], Field(min_length=1)]
    predicate_type: Literal["https://odoo-gate.dev/readiness/v1"] = READINESS_TYPE
    predicate: ReadinessV1


def source_document(commit: str, dirty: bool) -> bytes:
    """`source.json`: the state of the checkout as a subject. `commit` is empty outside git."""
    return json.dumps({"commit": commit, "dirty": dirty}, sort_keys=True).encode("ascii") + b"\n"


def subjects(release: ReleaseV1, addons_listing: bytes, configuration: bytes) -> tuple[SubjectV1, ...]:
    """Every thing that is judged, by digest: the addons' files, the configuration's, the source, each image."""
    return (
        _subject(ADDONS_SUBJECT, sha256(addons_listing)),
        _subject(CONFIGURATION_SUBJECT, sha256(configuration)),
        _subject(SOURCE_SUBJECT, sha256(source_document(release.commit, release.dirty))),
        *(_subject(IMAGE_SUBJECT + i.role, i.digest.removeprefix("sha256:")) for i in release.images),
    )


def reasons_of(verdict: Verdict) -> tuple[ReasonV1, ...]:
    return tuple(_reason(reason) for reason in verdict.reasons)


def _reason(reason: Reason) -> ReasonV1:
    return ReasonV1(check=reason.check, outcome=reason.outcome, message=reason.message, targets=tuple(reason.targets))


def statement_bytes(statement: StatementV1) -> bytes:
    """The exact bytes to sign: ASCII JSON, so that no control or bidirectional character hides in a viewer.

    Raises InfrastructureError when they would be more than a verifier reads.
    """
    return _encode(statement.model_dump(mode="json", by_alias=True))


def report_statement_bytes(run: str, files: Mapping[str, bytes]) -> bytes:
    """A statement that binds rendered files (by name) to each other and to their run."""
    return _encode(
        {
            "_type": STATEMENT_TYPE,
            "subject": [{"name": name, "digest": {"sha256": sha256(data)}} for name, data in files.items()],
            "predicateType": REPORT_TYPE,
            "predicate": {"run": run},
        }
    )


def svr_statement_bytes(statement: StatementV1, payload: bytes) -> bytes:
    """The simple verification result of a GO, for users of stock cosign: it exists for nothing but a GO."""
    predicate = statement.predicate
    if predicate.verdict is not Status.GO:
        raise ValueError(f"a simple verification result states passing properties; this is {predicate.verdict}")
    return _encode(
        {
            "_type": STATEMENT_TYPE,
            "subject": [subject.model_dump(mode="json", by_alias=True) for subject in statement.subject],
            "predicateType": SVR_TYPE,
            "predicate": {
                "verifier": {
                    "id": VERIFIER_ID,
                    "version": predicate.tool.version,
                    "policy": {"digest": {"sha256": predicate.release.policy_digest}},
                },
                "timeCreated": _rfc3339(predicate.judged_on),
                "validUntil": _rfc3339(predicate.valid_until),
                "properties": ["ODOO_GATE_GO", f"ODOO_GATE_GO_{_constant(predicate.release.environment)}"],
                "readiness": {"digest": {"sha256": sha256(payload)}},
            },
        }
    )


def read_statement(payload: bytes) -> StatementV1:
    """The readiness statement in verified bytes. Raises VerificationError when they are anything else."""
    try:
        document = read_json(payload, max_bytes=MAX_PAYLOAD_BYTES)
    except NotStrictJson as error:
        raise VerificationError(f"the signed statement cannot be read: {error}") from error
    kind = document.get("predicateType") if isinstance(document, dict) else None
    if kind != READINESS_TYPE:
        raise VerificationError(
            f"the signed statement is of type {kind!r}, not {READINESS_TYPE}",
            hint="give the run's readiness.sigstore.json",
        )
    try:
        return StatementV1.model_validate_json(payload, by_alias=True, by_name=False)
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        place = ".".join(str(part) for part in first["loc"])
        raise VerificationError(f"the signed statement is malformed at {place}: {first['msg']}") from error


def sha256(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def _subject(name: str, digest: str) -> SubjectV1:
    return SubjectV1(name=name, digest=DigestV1(sha256=digest))


def _encode(document: object) -> bytes:
    data = json.dumps(document, indent=1, allow_nan=False).encode("ascii") + b"\n"
    if len(data) > MAX_PAYLOAD_BYTES:
        raise InfrastructureError(
            f"the statement is {len(data)} bytes long; at most {MAX_PAYLOAD_BYTES} can be verified",
            hint="see in the run's evidence which check says so much, or judge the project in parts",
        )
    return data


def _rfc3339(time: datetime) -> str:
    return time.isoformat(timespec="seconds").replace("+00:00", "Z")


def _constant(name: str) -> str:
    return "".join(c if c.isalnum() else "_" for c in name).upper()


def unique_names(found: Iterable[SubjectV1]) -> Mapping[str, str]:
    """Each subject's sha256 by its name. Raises VerificationError when a name is used twice."""
    digests: dict[str, str] = {}
    for subject in found:
        if subject.name in digests:
            raise VerificationError(f"the statement names the subject {subject.name} twice")
        digests[subject.name] = subject.digest.sha256
    return digests
