"""A genuine, signed GO, and the deployment it speaks of: what every attack starts from."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from odoo_gate.attest import Deployment, KeySigner, Source, Verification, new_signer, verify
from odoo_gate.attest.bundle import write_bundle
from odoo_gate.attest.statement import sha256
from odoo_gate.evidence import EvidenceWriter
from odoo_gate.judgement import assemble
from odoo_gate.model import CheckResult, ImageIdentity, Metric, Outcome, ReleaseSubject

NOW = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)
POLICY = b"""
version = 1
[environments.production]
demands = ["run.complete", "modules.*", "tests.*"]
[environments.development]
demands = ["run.complete"]
"""
LISTING = b"%064d  addons/job_costing/__init__.py\n%064d  addons/job_costing/__manifest__.py\n" % (1, 2)
COMMIT = "4be1c2d97a01f7e3c5a9e0b7a2f4d19cc01f2a3b"
DIGESTS = {role: f"sha256:{mark * 64}" for role, mark in (("odoo", "a"), ("postgres", "b"), ("redis", "c"))}


def result(check: str, target: str = "", outcome: Outcome = Outcome.PASSED, reason: str = "") -> CheckResult:
    return CheckResult(
        check, target, outcome, NOW - timedelta(minutes=5), 1.5, reason, metrics=(Metric("queries", 7, "1"),)
    )


PASSED = (
    result("modules.manifest", "job_costing"),
    result("tests.post-install", "/job_costing:TestCost.test_total"),
    result("run.complete"),
)
FAILED = (*PASSED[:1], result("tests.post-install", "/x:T.t", Outcome.FAILED, "1 != 2"), PASSED[2])


@dataclass(frozen=True)
class SignedRun:
    """A judged run folder, the key that signed it, and what an honest caller says about the deployment."""

    folder: Path
    signer: KeySigner
    deployment: Deployment

    def verify(self, given: str = "", *, now: datetime = NOW, **other: Any) -> Verification:
        """Verify the folder, or a file in it, by the honest caller with `other` words here and there."""
        deployment = replace(self.deployment, **other)
        return verify(self.folder / given, deployment, self.signer.public_key, now)

    def file(self, name: str) -> Path:
        return self.folder / name

    def statement(self) -> Any:
        return json.loads(self.file("readiness.json").read_bytes())

    def put_statement(self, statement: Any, signer: KeySigner | None = None) -> None:
        """Sign another statement and put it in place of the genuine one, in all three files."""
        self.put_payload(json.dumps(statement, indent=1).encode() + b"\n", signer)

    def put_payload(self, payload: bytes, signer: KeySigner | None = None) -> None:
        signer = signer or self.signer
        envelope = signer.sign(payload)
        self.file("readiness.json").write_bytes(payload)
        self.file("readiness.dsse.json").write_bytes(envelope.to_json())
        self.file("readiness.sigstore.json").write_bytes(write_bundle(envelope, signer.public_key.hint))

    def leave_bundle_alone(self) -> None:
        """Take away what lies beside the bundle, so that only the statement is examined."""
        for name in ("readiness.svr.sigstore.json", "report.html", "report.sigstore.json"):
            self.file(name).unlink(missing_ok=True)

    def edit_bundle(self, change: Callable[[Any], None]) -> None:
        """Change the bundle's JSON without signing anew."""
        bundle = json.loads(self.file("readiness.sigstore.json").read_bytes())
        change(bundle)
        self.file("readiness.sigstore.json").write_bytes(_compact(bundle))


def _compact(document: Any) -> bytes:
    """JSON in the spelling of the genuine files."""
    return json.dumps(document, separators=(",", ":")).encode() + b"\n"


CONFIGURATION = b"%064d  contracts/payroll.yaml\n%064d  gate.toml\n" % (3, 4)


def subject(environment: str = "production", policy: bytes = POLICY, **other: Any) -> ReleaseSubject:
    return ReleaseSubject(
        project="Hollander Bouw",
        series="19.0",
        environment=environment,
        commit=COMMIT,
        dirty=False,
        addons={"job_costing": "d" * 64},
        images=tuple(
            ImageIdentity(role, f"{role}:1", digest, "pulled", {"libc6": "2.41"}) for role, digest in DIGESTS.items()
        ),
        policy_digest=sha256(policy),
        **other,
    )


def sign_run(
    folder: Path,
    results: tuple[CheckResult, ...],
    environment: str = "production",
    policy: bytes = POLICY,
    *,
    signer: KeySigner | None = None,
    settings: Mapping[str, str] | None = None,
    instruments: tuple[ImageIdentity, ...] = (),
    now: datetime = NOW,
    **given: Any,
) -> SignedRun:
    """Judge and sign `results`, as if they were got shortly before `now`; `given` goes to `assemble`."""
    writer = EvidenceWriter(folder / "evidence.jsonl")
    for each in results:
        writer.write(replace(each, started=each.started + (now - NOW)))
    (folder / "logs").mkdir()
    (folder / "logs" / "odoo.log").write_text("all is well\n")
    signer = signer or new_signer()
    judged = subject(environment, policy, settings=settings or {}, instruments=instruments)
    assemble(folder, judged, LISTING, policy, signer, now, configuration=CONFIGURATION, **given)
    deployment = Deployment(environment, policy, LISTING, Source(COMMIT), DIGESTS, timedelta(hours=24))
    return SignedRun(folder, signer, deployment)


@pytest.fixture
def go(tmp_path: Path) -> SignedRun:
    return sign_run(tmp_path / "go", PASSED)


@pytest.fixture
def no_go(tmp_path: Path) -> SignedRun:
    return sign_run(tmp_path / "no-go", FAILED)


@pytest.fixture
def inconclusive(tmp_path: Path) -> SignedRun:
    return sign_run(tmp_path / "inconclusive", PASSED[:1])


@pytest.fixture
def development_go(tmp_path: Path) -> SignedRun:
    return sign_run(tmp_path / "development", PASSED, "development")


@pytest.fixture
def signed(tmp_path: Path) -> Callable[..., SignedRun]:
    """Signs a run of the passing results, and others, by a policy that continues the one of the other fixtures."""

    def sign(policy: str, *others: CheckResult, name: str = "signed", **given: Any) -> SignedRun:
        head, tail = POLICY.split(b"[environments.development]")
        whole = head + policy.encode() + b"\n[environments.development]" + tail
        return sign_run(tmp_path / name, (*PASSED, *others), policy=whole, **given)

    return sign
