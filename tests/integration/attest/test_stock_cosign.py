"""Stock cosign 3, without a network, verifies what odoo-gate signs, and refuses what was changed."""

from __future__ import annotations

import io
import tarfile
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import docker
import pytest

from odoo_gate.attest import new_signer
from odoo_gate.attest.statement import READINESS_TYPE, REPORT_TYPE, SVR_TYPE, sha256
from odoo_gate.evidence import EvidenceWriter
from odoo_gate.judgement import assemble
from odoo_gate.model import CheckResult, ImageIdentity, Outcome, ReleaseSubject
from odoo_gate.stack.images import Images, run_reference

NOW = datetime.now(UTC)
POLICY = b'version = 1\n[environments.production]\ndemands = ["run.complete"]\n'
LISTING = b"%064d  addons/job_costing/__manifest__.py\n" % 1


@dataclass(frozen=True)
class Cosign:
    """A container without a network that holds cosign."""

    container: Any

    def verify(self, folder: Path, *arguments: str) -> tuple[int, str]:
        """`cosign verify-blob-attestation` in a copy of `folder`: exit status and output."""
        name = f"/tmp/{folder.parent.name}-{folder.name}"
        assert self.container.exec_run(["mkdir", "-p", name]).exit_code == 0
        assert self.container.put_archive(name, _tar(folder))
        command = ["cosign", "verify-blob-attestation", "--insecure-ignore-tlog=true", *arguments]
        status, output = self.container.exec_run(command, workdir=name)
        return status, output.decode()


def _tar(folder: Path) -> bytes:
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w") as archive:
        archive.add(folder, arcname=".")
    return buffer.getvalue()


@pytest.fixture(scope="module")
def cosign() -> Iterator[Cosign]:
    image = Images(print).cosign()
    assert image.packages["deb:cosign"].startswith("3."), "Debian's cosign does not say its version itself"
    container = docker.from_env().containers.run(
        run_reference(image), entrypoint=["sleep", "600"], network_mode="none", detach=True
    )
    try:
        yield Cosign(container)
    finally:
        container.remove(force=True)


def judged(folder: Path, outcome: Outcome) -> Path:
    """A run judged and signed, with the public key beside it, as a person would hand it to cosign."""
    writer = EvidenceWriter(folder / "evidence.jsonl")
    reason = "" if outcome is Outcome.PASSED else "1 != 2"
    writer.write(CheckResult("tests.at-install", "/a:T.t", outcome, NOW, 1.0, reason))
    writer.write(CheckResult("run.complete", "", Outcome.PASSED, NOW, 1.0))
    signer = new_signer()
    subject = ReleaseSubject(
        project="Bouw",
        series="19.0",
        environment="production",
        commit="c" * 40,
        dirty=False,
        addons={"job_costing": "d" * 64},
        images=(ImageIdentity("odoo", "odoo:19.0", "sha256:" + "a" * 64, "pulled"),),
        policy_digest=sha256(POLICY),
    )
    assemble(folder, subject, LISTING, POLICY, signer, NOW)
    (folder / "gate.pub").write_bytes(signer.public_key.pem)
    return folder


@pytest.fixture
def go(tmp_path: Path) -> Path:
    return judged(tmp_path / "go", Outcome.PASSED)


@pytest.mark.parametrize(
    ("bundle", "kind", "blob"),
    [
        ("readiness.sigstore.json", READINESS_TYPE, "addons.sha256"),
        ("readiness.sigstore.json", READINESS_TYPE, "source.json"),
        ("readiness.svr.sigstore.json", SVR_TYPE, "addons.sha256"),
        ("report.sigstore.json", REPORT_TYPE, "report.html"),
    ],
)
def test_cosign_verifies_every_bundle_of_a_go(cosign: Cosign, go: Path, bundle: str, kind: str, blob: str) -> None:
    status, output = cosign.verify(go, "--key", "gate.pub", "--bundle", bundle, "--type", kind, blob)
    assert (status, "Verified OK" in output) == (0, True), output


def test_cosign_verifies_the_plain_envelope_as_well(cosign: Cosign, go: Path) -> None:
    status, output = cosign.verify(
        go, "--key", "gate.pub", "--signature", "readiness.dsse.json", "--type", READINESS_TYPE, "addons.sha256"
    )
    assert (status, "Verified OK" in output) == (0, True), output


def change_listing(run: Path) -> None:
    (run / "addons.sha256").write_bytes(LISTING.replace(b"1  ", b"2  "))


def change_signature(run: Path) -> None:
    bundle = (run / "readiness.sigstore.json").read_bytes()
    position = bundle.index(b'"sig":"') + 30
    changed = b"A" if bundle[position : position + 1] != b"A" else b"B"
    (run / "readiness.sigstore.json").write_bytes(bundle[:position] + changed + bundle[position + 1 :])


def change_payload(run: Path) -> None:
    bundle = (run / "readiness.sigstore.json").read_bytes()
    position = bundle.index(b'"payload":"') + 300
    changed = b"A" if bundle[position : position + 1] != b"A" else b"B"
    (run / "readiness.sigstore.json").write_bytes(bundle[:position] + changed + bundle[position + 1 :])


def change_key(run: Path) -> None:
    (run / "gate.pub").write_bytes(new_signer().public_key.pem)


@pytest.mark.parametrize("change", [change_listing, change_signature, change_payload, change_key])
def test_cosign_refuses_what_was_changed(cosign: Cosign, go: Path, change: Any) -> None:
    change(go)
    status, output = cosign.verify(
        go,
        "--key",
        "gate.pub",
        "--bundle",
        "readiness.sigstore.json",
        "--type",
        READINESS_TYPE,
        "addons.sha256",
    )
    assert (status != 0, "Verified OK" in output) == (True, False), output


def test_cosign_refuses_another_type(cosign: Cosign, go: Path) -> None:
    status, output = cosign.verify(
        go, "--key", "gate.pub", "--bundle", "readiness.sigstore.json", "--type", SVR_TYPE, "addons.sha256"
    )
    assert (status != 0, "Verified OK" in output) == (True, False), output


def test_cosign_takes_a_signed_no_go_for_verified_hence_no_passing_properties(cosign: Cosign, tmp_path: Path) -> None:
    """Why a deploy job with stock cosign must ask for the svr statement, which a NO-GO does not have."""
    run = judged(tmp_path / "no-go", Outcome.FAILED)
    key = ("--key", "gate.pub")
    status, _ = cosign.verify(
        run, *key, "--bundle", "readiness.sigstore.json", "--type", READINESS_TYPE, "addons.sha256"
    )
    assert status == 0
    assert not (run / "readiness.svr.sigstore.json").exists()
    status, output = cosign.verify(
        run, *key, "--bundle", "readiness.sigstore.json", "--type", SVR_TYPE, "addons.sha256"
    )
    assert (status != 0, "Verified OK" in output) == (True, False), output
