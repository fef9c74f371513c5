"""The release's supply chain: no secret, no known vulnerability, what it is made of, who made its images."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from odoo_gate.model import Say
from odoo_gate.odoo.testbed import Release, Testbed
from odoo_gate.security.supply import examine_dependencies, examine_images, examine_secrets, write_sbom
from odoo_gate.security.supply.images import processes_of
from odoo_gate.settings import Settings
from odoo_gate.stack.odoo_server import OdooServer
from odoo_gate.stack.provenance import cosign_verify
from pytest_odoo_gate.checks import GateRecord


@pytest.mark.gate("security.secrets")
def test_no_secret_is_in_the_checkout_or_its_history(
    gate_settings: Settings, gate_record: GateRecord, say: Say
) -> None:
    report = examine_secrets(gate_settings, say)
    gate_record.metrics += report.metrics
    gate_record.judge(report.findings)


@pytest.mark.gate("security.dependencies")
def test_no_python_package_of_the_image_is_known_to_be_vulnerable(
    gate_settings: Settings, candidate: Release, baseline: Release | None, gate_record: GateRecord, say: Say
) -> None:
    before = baseline.image.packages if baseline is not None else None
    report = examine_dependencies(gate_settings, candidate.image.packages, before, datetime.now(UTC), say)
    gate_record.metrics += report.metrics
    gate_record.judge(report.findings)


@pytest.mark.gate("security.sbom")
def test_the_release_has_a_bill_of_materials(
    gate_settings: Settings, candidate: Release, gate_record: GateRecord
) -> None:
    name = gate_settings.project.name
    report = write_sbom(gate_record.run_folder, name, candidate.image, candidate.graph, datetime.now(UTC))
    gate_record.artifact(report.path)
    gate_record.metrics += report.metrics
    gate_record.judge(report.findings)


@pytest.mark.gate("security.images")
def test_the_images_are_pinned_and_do_not_run_as_root(
    gate_settings: Settings, testbed: Testbed, candidate_site: OdooServer, gate_record: GateRecord, say: Say
) -> None:
    def verify(reference: str, key: str) -> tuple[int, str]:
        done = cosign_verify(reference, key, say)
        return done.status, done.stderr if done.status else done.stdout

    candidate, _, postgres, redis = testbed.images
    running = {"odoo": processes_of(candidate_site.container.execute)}
    report = examine_images(gate_settings, (candidate, postgres, redis), running, verify)
    gate_record.metrics += report.metrics
    gate_record.judge(report.findings)
