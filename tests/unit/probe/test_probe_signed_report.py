"""A report that is not genuine is never used, nor is a file that was changed beside it."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path

import pytest

from odoo_gate.attest import KeySigner, new_signer
from odoo_gate.attest.bundle import write_bundle
from odoo_gate.attest.run_folder import BUNDLE, PAYLOAD
from odoo_gate.attest.statement import (
    DigestV1,
    FileV1,
    ReadinessV1,
    ReleaseV1,
    StatementV1,
    SubjectV1,
    ToolV1,
    sha256,
    statement_bytes,
)
from odoo_gate.errors import VerificationError
from odoo_gate.evidence import CheckResultV1
from odoo_gate.model import CheckResult, ImageIdentity, Metric, Outcome, ReleaseSubject, Status
from odoo_gate.probe import read_signed

NOW = datetime(2026, 11, 22, tzinfo=UTC)
SBOM = json.dumps(
    {"components": [{"group": "odoo-addon", "name": "ours", "version": "1.2"}, {"name": "psycopg2", "version": "2"}]}
).encode()


@pytest.fixture
def signer() -> KeySigner:
    return new_signer()


@pytest.fixture
def run(tmp_path: Path, signer: KeySigner) -> Path:
    metrics = (Metric("a-slowest-median", 120.0, "ms"), Metric("calls", 4.0, "1"))
    checks = (
        CheckResult("contracts.latency", "one", Outcome.PASSED, NOW, 1.0, metrics=metrics),
        CheckResult(
            "contracts.latency", "two", Outcome.PASSED, NOW, 1.0, metrics=(Metric("a-slowest-median", 0.2, "s"),)
        ),
        CheckResult(
            "contracts.api", "", Outcome.FAILED, NOW, 1.0, reason="no", metrics=(Metric("b-median", 1.0, "s"),)
        ),
    )
    image = ImageIdentity("odoo", "odoo:19.0", f"sha256:{'0' * 64}", "built")
    release = ReleaseV1.of(ReleaseSubject("p", "19.0", "production", "", False, {}, (image,), "0" * 64))
    predicate = ReadinessV1(
        verdict=Status.GO, reasons=(), release=release, policy="", run="r1", tool=ToolV1(name="odoo-gate", version="0"),
        started_on=NOW, finished_on=NOW, judged_on=NOW, valid_until=NOW, checks=tuple(map(CheckResultV1.of, checks)),
        evidence=(FileV1(path="sbom.cdx.json", sha256=sha256(SBOM), size=len(SBOM)),),
    )  # fmt: skip
    subject = (SubjectV1(name="source.json", digest=DigestV1(sha256="0" * 64)),)
    payload = statement_bytes(StatementV1(subject=subject, predicate=predicate))
    (tmp_path / PAYLOAD).write_bytes(payload)
    (tmp_path / BUNDLE).write_bytes(write_bundle(signer.sign(payload), signer.public_key.hint))
    (tmp_path / "sbom.cdx.json").write_bytes(SBOM)
    return tmp_path


@pytest.mark.parametrize("given", [".", PAYLOAD, BUNDLE])
def test_folder_payload_and_bundle_are_the_same_report(run: Path, signer: KeySigner, given: str):
    report = read_signed(run / given, signer.public_key, "production")
    assert report.versions == {"ours": "19.0.1.2"}
    reference = report.reference("contracts.latency:a-slowest-median")
    assert reference is not None
    assert reference.seconds == pytest.approx(0.2), "the slowest of the targets"


@pytest.mark.parametrize("name", ["contracts.latency:calls", "contracts.latency:other", "contracts.api:b-median"])
def test_only_times_of_checks_that_passed_are_figures(run: Path, signer: KeySigner, name: str):
    assert read_signed(run, signer.public_key, None).reference(name) is None


def test_another_key_another_environment_or_a_changed_file_is_refused(run: Path, signer: KeySigner):
    with pytest.raises(VerificationError, match="not genuine"):
        read_signed(run, new_signer().public_key, "production")
    with pytest.raises(VerificationError, match="speaks of production, not of qa"):
        read_signed(run, signer.public_key, "qa")
    (run / "sbom.cdx.json").write_bytes(SBOM.replace(b"1.2", b"1.3"))
    with pytest.raises(VerificationError, match="not what was signed"):
        read_signed(run, signer.public_key, "production")


def test_a_plain_payload_must_be_what_the_bundle_holds(run: Path, signer: KeySigner):
    (run / PAYLOAD).write_bytes((run / PAYLOAD).read_bytes() + b" ")
    with pytest.raises(VerificationError, match="not what was signed"):
        read_signed(run / PAYLOAD, signer.public_key, "production")
    (run / BUNDLE).unlink()
    with pytest.raises(VerificationError, match=r"cannot be read|not a regular file"):
        read_signed(run / PAYLOAD, signer.public_key, "production")


def test_without_the_listing_versions_are_unknown_not_empty(run: Path, signer: KeySigner):
    (run / "sbom.cdx.json").unlink()
    assert read_signed(run, signer.public_key, "production").versions is None
