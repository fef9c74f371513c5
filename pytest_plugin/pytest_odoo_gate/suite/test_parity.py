"""Whether what is tested is what runs: the environment's definition in git against the candidate's stack."""

from __future__ import annotations

import pytest

from odoo_gate.odoo.testbed import Testbed
from odoo_gate.parity import (
    Definition,
    ParityReport,
    StackUnderTest,
    configuration_findings,
    database_findings,
    image_findings,
    odoo_findings,
    read_definition,
    read_stack,
    secret_findings,
)
from odoo_gate.settings import Settings
from pytest_odoo_gate.checks import GateRecord


@pytest.fixture(scope="module")
def definition(gate_settings: Settings) -> Definition:
    return read_definition(gate_settings)


@pytest.fixture(scope="module")
def tested(gate_settings: Settings, testbed: Testbed) -> StackUnderTest:
    release, _, postgres, redis = testbed.images
    dsn = testbed.postgres.dsn("postgres")
    return read_stack(gate_settings, (release, postgres, redis), dsn, testbed.redis().url)


def _judge(report: ParityReport, record: GateRecord) -> None:
    record.metrics += report.metrics
    record.judge(report.findings)


@pytest.mark.gate("parity.images")
def test_the_environment_runs_the_images_that_are_tested(
    gate_settings: Settings, definition: Definition, tested: StackUnderTest, gate_record: GateRecord
) -> None:
    _judge(image_findings(gate_settings, definition, tested), gate_record)


@pytest.mark.gate("parity.odoo")
def test_the_environment_has_the_odoo_and_the_packages_that_are_tested(
    gate_settings: Settings, definition: Definition, tested: StackUnderTest, gate_record: GateRecord
) -> None:
    _judge(odoo_findings(gate_settings, definition, tested), gate_record)


@pytest.mark.gate("parity.database")
def test_the_environments_databases_behave_as_the_tested_ones(
    gate_settings: Settings, definition: Definition, tested: StackUnderTest, gate_record: GateRecord
) -> None:
    _judge(database_findings(gate_settings, definition, tested), gate_record)


@pytest.mark.gate("parity.configuration")
def test_the_environment_configures_odoo_as_it_is_tested(
    gate_settings: Settings, definition: Definition, tested: StackUnderTest, gate_record: GateRecord
) -> None:
    _judge(configuration_findings(gate_settings, definition, tested), gate_record)


@pytest.mark.gate("parity.secrets")
def test_no_secret_is_in_the_environments_definition(
    gate_settings: Settings, definition: Definition, gate_record: GateRecord
) -> None:
    _judge(secret_findings(gate_settings, definition), gate_record)
