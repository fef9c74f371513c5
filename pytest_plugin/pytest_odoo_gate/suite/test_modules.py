"""What must be true of each module by itself, asked of a running Odoo.

With a baseline, only what the release changes and what depends on it is asked; the rest is named in the evidence
of `modules.scope`. A release that changes nothing is asked about everything.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack

import pytest

from odoo_gate.addons import change_notes, graph_findings, project_changes
from odoo_gate.errors import GateError
from odoo_gate.model import Finding, Severity
from odoo_gate.modules import (
    install_log_findings,
    installed_alone,
    listing_findings,
    release_failure,
    translation_findings,
    uninstall_findings,
    update_findings,
    view_findings,
)
from odoo_gate.odoo.agent_client import AgentSession, ReleaseFailure
from odoo_gate.odoo.testbed import Release, Testbed
from odoo_gate.settings import Settings
from pytest_odoo_gate.checks import CheckFailed, GateRecord
from pytest_odoo_gate.session import GateSession, gate_of

_asked = pytest.StashKey[tuple[str, ...]]()


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    if "module" in metafunc.fixturenames:
        metafunc.parametrize("module", _modules_to_ask(metafunc.config))


def _modules_to_ask(config: pytest.Config) -> tuple[str, ...]:
    if _asked not in config.stash:
        try:
            config.stash[_asked] = _in_scope(gate_of(config))
        except GateError as error:
            raise pytest.UsageError(f"odoo-gate: {error}") from error
    return config.stash[_asked]


def _in_scope(gate: GateSession) -> tuple[str, ...]:
    changes = project_changes(gate.settings)
    everything = gate.checkout.selected
    return everything if changes is None or not changes.affected else changes.affected


@pytest.fixture(scope="module")
def everything(testbed: Testbed, candidate: Release) -> Iterator[AgentSession | Finding]:
    """A registry with all modules of the release, for questions that change nothing; or why there is none."""
    with ExitStack() as resources:
        try:
            clone = resources.enter_context(testbed.clone(testbed.full_template(candidate)))
            session = resources.enter_context(candidate.agent.session(clone.database, http=False))
        except ReleaseFailure as failure:
            remedy = "see modules.installs-alone: this is where all modules are installed together"
            yield release_failure(candidate.graph, "install-failed", "installing everything", failure, remedy)
            return
        yield session


def _sound(module: str, candidate: Release) -> str:
    """The module, unless something is known that keeps Odoo from installing it. Raises CheckFailed."""
    reason = candidate.graph.unsound.get(module)
    if reason:
        message = f"{module} cannot be installed: {reason}"
        raise CheckFailed([Finding("unsound", message, remedy="see modules.graph and modules.manifest")])
    return module


def _session(everything: AgentSession | Finding) -> AgentSession:
    if isinstance(everything, Finding):
        raise CheckFailed([everything])
    return everything


@pytest.mark.gate("modules.scope")
def test_scope_is_told(pytestconfig: pytest.Config, gate_settings: Settings, gate_record: GateRecord) -> None:
    gate = gate_of(pytestconfig)
    asked = _modules_to_ask(pytestconfig)
    unchanged = [name for name in gate.checkout.selected if name not in asked]
    gate_record.metric("asked", len(asked), "1")
    gate_record.metric("unchanged", len(unchanged), "1")
    for note in change_notes(gate_settings):
        gate_record.finding(note)
    origin = gate_settings.baseline.describe() if gate_settings.baseline else ""
    for name in unchanged:
        message = f"{name} and all it depends on are as in the baseline ({origin}); its module checks were not run"
        gate_record.finding(Finding("unchanged", message, Severity.NOTE))
    if not asked:
        raise CheckFailed([Finding("no-modules", "there is no module to check", remedy="see modules.graph")])


@pytest.mark.gate("modules.resolves-in-image")
def test_dependencies_are_in_the_image(candidate: Release, gate_record: GateRecord) -> None:
    gate_record.judge(graph_findings(candidate.graph))


@pytest.mark.gate("modules.tests-found")
def test_odoo_finds_tests(candidate: Release, gate_record: GateRecord) -> None:
    listing = candidate.agent.list_tests(candidate.graph.own)
    findings, metrics = listing_findings(candidate.graph, listing)
    gate_record.metrics.extend(metrics)
    gate_record.judge(findings)


@pytest.mark.gate("modules.installs-alone")
def test_installs_alone(module: str, testbed: Testbed, candidate: Release, gate_record: GateRecord) -> None:
    findings, metrics = installed_alone(testbed, candidate, _sound(module, candidate))
    gate_record.metrics.extend(metrics)
    gate_record.judge(findings)


@pytest.mark.gate("modules.install-log")
def test_install_log_is_clean(module: str, testbed: Testbed, candidate: Release, gate_record: GateRecord) -> None:
    gate_record.judge(install_log_findings(testbed, candidate, _sound(module, candidate)))


@pytest.mark.gate("modules.update-idempotent")
def test_update_changes_nothing(module: str, testbed: Testbed, candidate: Release, gate_record: GateRecord) -> None:
    gate_record.judge(update_findings(testbed, candidate, _sound(module, candidate)))


@pytest.mark.gate("modules.uninstall-reinstall")
def test_uninstall_leaves_nothing(module: str, testbed: Testbed, candidate: Release, gate_record: GateRecord) -> None:
    gate_record.judge(uninstall_findings(testbed, candidate, _sound(module, candidate)))


@pytest.mark.gate("modules.views-validate")
def test_views_validate(
    module: str, everything: AgentSession | Finding, candidate: Release, gate_record: GateRecord
) -> None:
    report = _session(everything).validate_views([_sound(module, candidate)])
    findings, metrics = view_findings(candidate.graph, report)
    gate_record.metrics.extend(metrics)
    gate_record.judge(findings)


@pytest.mark.gate("modules.translations")
def test_translations_load(
    module: str, everything: AgentSession | Finding, candidate: Release, gate_record: GateRecord
) -> None:
    report = _session(everything).check_translations([_sound(module, candidate)])
    findings, metrics = translation_findings(candidate.graph, report)
    gate_record.metrics.extend(metrics)
    gate_record.judge(findings)
