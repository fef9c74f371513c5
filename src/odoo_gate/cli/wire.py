"""What commands print with `--json`, version 1. The schemas in docs/schemas/ are made from these."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Literal, Self

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from odoo_gate.doctor import Diagnosis
from odoo_gate.errors import ExitCode
from odoo_gate.judgement import Assembled, Explanation
from odoo_gate.model import Finding, Outcome, Status, Verdict
from odoo_gate.odoo.store import StoredTemplate
from odoo_gate.stack.standing import Standing


class _Wire(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")

    version: Literal[1] = 1


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class ErrorV1(_Wire):
    """What any command prints when it could not do its work."""

    error: str
    hint: Annotated[str, Field(description="The next step a person can take; may be empty.")] = ""
    exit_status: int


class ReasonLineV1(_Part):
    """One check that kept the release from GO. `outcome` is null when the policy demands it and it did not run."""

    check: str
    outcome: Outcome | None
    message: str
    targets: tuple[str, ...] = ()


class VerdictV1(_Wire):
    """`run --json` and `judge --json`. `signed` is false for a part of the checks: it says nothing of the release."""

    verdict: Status
    environment: str
    exit_status: int
    signed: bool
    interrupted: bool = False
    run: Annotated[str, Field(description="The run's folder.")]
    report: Annotated[str | None, Field(description="report.html; null when nothing was signed.")] = None
    bundle: Annotated[str | None, Field(description="What `odoo-gate verify` reads.")] = None
    families: Annotated[tuple[str, ...], Field(description="What was asked, when it was only a part.")] = ()
    reasons: tuple[ReasonLineV1, ...] = ()

    @classmethod
    def signed_by(cls, assembled: Assembled, *, exit_status: int) -> Self:
        """Of a judged run."""
        folder = assembled.bundle.parent
        return cls.of(
            assembled.verdict, folder, exit_status=exit_status, report=assembled.report, bundle=assembled.bundle
        )

    @classmethod
    def of(
        cls,
        verdict: Verdict,
        folder: Path,
        *,
        exit_status: int,
        report: Path | None = None,
        bundle: Path | None = None,
        families: Sequence[str] = (),
    ) -> Self:
        return cls(
            verdict=verdict.status,
            environment=verdict.environment,
            exit_status=exit_status,
            signed=bundle is not None,
            interrupted=exit_status == ExitCode.INTERRUPTED,
            run=str(folder),
            report=str(report) if report else None,
            bundle=str(bundle) if bundle else None,
            families=tuple(families),
            reasons=tuple(
                ReasonLineV1(check=r.check, outcome=r.outcome, message=r.message, targets=r.targets)
                for r in verdict.reasons
            ),
        )


class BlockingFindingV1(_Part):
    """A finding, and what a waiver names it by. `place` is `path` or `path:line`."""

    rule: str
    message: str
    place: str | None
    remedy: str
    target: str
    fingerprint: str

    @classmethod
    def of(cls, target: str, finding: Finding) -> Self:
        return cls(
            rule=finding.rule,
            message=finding.message,
            place=str(finding.place) if finding.place else None,
            remedy=finding.remedy,
            target=target,
            fingerprint=finding.fingerprint,
        )


class BlockerV1(_Part):
    """One reason against GO: its findings by fingerprint, who must act, and the ways out."""

    check: str
    outcome: Outcome | None
    message: str
    findings: tuple[BlockingFindingV1, ...]
    who: str
    ways: tuple[str, ...]


class ExplanationV1(_Wire):
    """`explain --json`."""

    verdict: Status
    environment: str
    run: str
    policy: Annotated[str | None, Field(description="The policy judged by; null for the run's own.")]
    blockers: tuple[BlockerV1, ...]

    @classmethod
    def of(cls, explanation: Explanation, folder: Path, policy: Path | None) -> Self:
        return cls(
            verdict=explanation.verdict.status,
            environment=explanation.verdict.environment,
            run=str(folder),
            policy=str(policy) if policy else None,
            blockers=tuple(
                BlockerV1(
                    check=each.reason.check,
                    outcome=each.reason.outcome,
                    message=each.reason.message,
                    findings=tuple(BlockingFindingV1.of(result.target, finding) for result, finding in each.errors),
                    who=each.who,
                    ways=tuple(each.ways),
                )
                for each in explanation.blockers
            ),
        )


class DiagnosisV1(_Part):
    topic: str
    health: Literal["ok", "warning", "problem"]
    message: str
    remedy: str = ""


class DoctorV1(_Wire):
    """`doctor --json`."""

    exit_status: int
    diagnoses: tuple[DiagnosisV1, ...]

    @classmethod
    def of(cls, found: Sequence[Diagnosis], exit_status: int) -> Self:
        parts = (
            DiagnosisV1.model_validate(
                {"topic": each.topic, "health": str(each.health), "message": each.message, "remedy": each.remedy}
            )
            for each in found
        )
        return cls(exit_status=exit_status, diagnoses=tuple(parts))


class TemplateV1(_Part):
    """A template of the store; `size` in bytes, filestore included."""

    key: str
    label: str
    size: int
    created: AwareDatetime
    last_used: AwareDatetime


class TemplatesV1(_Wire):
    """`templates list --json` and `data list --json`."""

    templates: tuple[TemplateV1, ...]

    @classmethod
    def of(cls, stored: Sequence[StoredTemplate]) -> Self:
        return cls(
            templates=tuple(
                TemplateV1(
                    key=each.key,
                    label=each.label,
                    size=each.size,
                    created=datetime.fromtimestamp(each.created, UTC),
                    last_used=datetime.fromtimestamp(each.last_used, UTC),
                )
                for each in stored
            )
        )


class PersonV1(_Part):
    role: str
    login: str
    password: str


class StandingV1(_Wire):
    """`up --json`."""

    already: Annotated[bool, Field(description="Whether it was up before this command.")]
    holds: str
    release: Literal["candidate", "baseline"]
    url: str
    websocket_url: str
    database: str
    dsn: str
    container: str
    people: tuple[PersonV1, ...]
    started: AwareDatetime

    @classmethod
    def of(cls, standing: Standing, *, already: bool) -> Self:
        return cls(
            already=already,
            holds=standing.holds,
            release="baseline" if standing.release == "baseline" else "candidate",
            url=standing.url,
            websocket_url=standing.websocket_url,
            database=standing.database,
            dsn=standing.dsn,
            container=standing.container,
            people=tuple(PersonV1(role=p.role, login=p.login, password=p.password) for p in standing.people),
            started=datetime.fromtimestamp(standing.started, UTC),
        )


class ClearedV1(_Wire):
    """`down --json`."""

    stood: bool
    kept_databases: int
