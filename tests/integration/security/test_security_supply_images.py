"""Real processes of real containers, and the real cosign on an image that nobody signed."""

from __future__ import annotations

from collections.abc import Iterator

import docker
import pytest

from odoo_gate.attest import new_signer
from odoo_gate.model import Severity
from odoo_gate.security.supply import examine_images
from odoo_gate.security.supply.images import processes_of
from odoo_gate.settings import settings_from
from odoo_gate.stack.container import RunningContainer, execute
from odoo_gate.stack.images import Images, run_reference
from odoo_gate.stack.provenance import cosign_verify


@pytest.fixture(scope="module")
def image():
    return Images(print).redis()


@pytest.fixture(params=["0", "65534"])
def user(request):
    return request.param


@pytest.fixture
def running(image, user) -> Iterator[RunningContainer]:
    container = docker.from_env().containers.run(
        run_reference(image), entrypoint=["sleep", "120"], network_mode="none", user=user, detach=True
    )
    try:
        yield container
    finally:
        container.remove(force=True, v=True)


def test_processes_are_seen_with_the_user_they_run_as(running, user, tmp_path):
    (tmp_path / "addons").mkdir()
    settings = settings_from({"project": {"series": "19.0"}}, root=tmp_path)
    processes = processes_of(lambda *argv: execute(running, *argv))
    assert {(each.user, each.name) for each in processes} == {(user, "sleep")}
    findings = examine_images(settings, [], {"odoo": processes}, lambda *_: (1, "")).findings
    errors = {finding.rule for finding in findings if finding.severity is Severity.ERROR}
    assert errors == ({"runs-as-root"} if user == "0" else set())


def test_cosign_does_not_accept_an_image_whose_registry_does_not_vouch_for_it():
    digest = "sha256:" + "a" * 64
    reference = f"registry.invalid/odoo@{digest}"
    done = cosign_verify(reference, new_signer().public_key.pem.decode(), print)
    assert done.status != 0
    assert "registry.invalid" in done.stderr
