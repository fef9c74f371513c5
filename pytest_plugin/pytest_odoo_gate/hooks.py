"""The hooks of a session that a `gate.toml` governs."""

from __future__ import annotations

from collections.abc import Generator, Iterator, Sequence, Set
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from odoo_gate.errors import PYTEST_EXIT_BASE, GateError
from odoo_gate.evidence import EvidenceWriter
from odoo_gate.model import Finding
from pytest_odoo_gate import odoo_tests, scheduling
from pytest_odoo_gate.check_failures import SUITE, short_tracebacks, show_what_was_found
from pytest_odoo_gate.next_steps import add_next_steps, keeping_what_fails
from pytest_odoo_gate.odoo_ways import Ways
from pytest_odoo_gate.recorder import ENDED, Recorder, facts_of
from pytest_odoo_gate.session import WORKER_INPUT, GateSession, open_session

if TYPE_CHECKING:
    from pytest_odoo_gate.scheduling import OdooScheduling

OWN_FAMILIES = frozenset(
    {
        "contracts",
        "load",
        "migration",
        "modules",
        "parity",
        "recovery",
        "resilience",
        "run",
        "security",
        "tenancy",
        "tests",
    }
)
_DESELECTED = "odoo_gate.deselected"
STATIC_SUITE = SUITE / "test_modules_static.py"


def open_gate(config: pytest.Config, project: Path) -> GateHooks:
    """Make ready to gate `project`. Raises pytest.UsageError when its settings cannot be used."""
    try:
        return GateHooks(config, open_session(config, project))
    except GateError as error:
        raise pytest.UsageError(f"odoo-gate: {error}") from error


@contextmanager
def infrastructure_ends_the_session() -> Iterator[None]:
    """Without containers nothing can be judged: stop at once, with a status of its own."""
    try:
        yield
    except GateError as error:
        pytest.exit(f"odoo-gate: {error}", returncode=PYTEST_EXIT_BASE + error.exit_code)


def _places_of(families: Sequence[str], gate: GateSession) -> list[str]:
    """What to collect for some families: files of the suite; the whole checkout for `tests`."""
    own = [str(gate.settings.root)] if "tests" in families else []
    return own + [str(path) for name in families for path in sorted(SUITE.glob(f"test_{name}*.py"))]


class GateHooks:
    """What the plugin does at each turn of a pytest session."""

    def __init__(self, config: pytest.Config, gate: GateSession) -> None:
        self._config = config
        self._gate = gate
        self._recorder: Recorder | None = None
        self._deselected: list[str] = []
        self._ways = Ways(gate.settings.root, gate.settings.addons_roots, self._ignored_by_pytest)
        if config.getoption("odoo_gate_run") and not gate.is_worker:
            evidence = gate.run_folder / config.getoption("odoo_gate_evidence")
            self._recorder = Recorder(EvidenceWriter(evidence))

    def pytest_report_header(self) -> str:
        settings = self._gate.settings
        return f"odoo-gate: {settings.project.name}, Odoo {settings.project.series}, {settings.root}"

    def pytest_sessionstart(self) -> None:
        """Who names no test gets all of the release's, and the quick static checks beside them.

        An xdist worker reads the same command line and comes to the same answer.
        """
        args = self._config.args
        chosen = self._config.args_source is pytest.Config.ArgsSource.ARGS
        whole = not chosen or bool(self._config.getoption("odoo_gate_run"))
        if self._families:
            args[:] = _places_of(self._families, self._gate)
            whole = "tests" in self._families
        elif not chosen:
            args.append(str(STATIC_SUITE))
        if whole:
            with infrastructure_ends_the_session():
                args += odoo_tests.extra_arguments(self._gate)

    @pytest.hookimpl(tryfirst=True)
    def pytest_ignore_collect(self, collection_path: Path) -> bool | None:
        if collection_path == self._gate.baseline_folder:
            return True
        ignored = odoo_tests.ignores(collection_path, self._gate)
        if ignored is not None or self._person_ignores:
            return ignored
        return self._ways.ignores(collection_path)

    @property
    def _person_ignores(self) -> bool:
        """Whether a developer said what to leave out. Nobody says so to a gate."""
        option = self._config.getoption
        return not option("odoo_gate_run") and bool(option("ignore") or option("ignore_glob"))

    def _ignored_by_pytest(self, path: Path) -> bool:
        others = self._config.pluginmanager.subset_hook_caller("pytest_ignore_collect", remove_plugins=[self])
        return bool(others(collection_path=path, config=self._config))

    @pytest.hookimpl(tryfirst=True)
    def pytest_collect_directory(self, path: Path, parent: pytest.Collector) -> pytest.Collector | None:
        return odoo_tests.collect_directory(path, parent, self._gate)

    @pytest.hookimpl(wrapper=True)
    def pytest_collect_file(
        self, file_path: Path, parent: pytest.Collector
    ) -> Generator[None, list[pytest.Collector], list[pytest.Collector]]:
        """A test file of an addon is Odoo's alone: pytest would import it on the host."""
        own = odoo_tests.collect_test_file(file_path, parent, self._gate)
        others = yield
        return others if own is None else [own]

    @pytest.hookimpl(tryfirst=True)
    def pytest_pycollect_makemodule(self, module_path: Path, parent: pytest.Collector) -> pytest.Module | None:
        """The gate's suite lies outside the checkout; its tests are named the same wherever it is installed."""
        if module_path.parent != SUITE:
            return None
        module: pytest.Module = pytest.Module.from_parent(
            parent, path=module_path, nodeid=f"odoo-gate/{module_path.name}"
        )
        return module

    def pytest_collection_modifyitems(self, items: list[pytest.Item]) -> None:
        """The gate's own check ids are not a project's to answer."""
        for item in items:
            marker = item.get_closest_marker("gate")
            if marker is None or item.path.parent == SUITE:
                continue
            if str(marker.args[0]).partition(".")[0] in OWN_FAMILIES:
                raise pytest.UsageError(
                    f"odoo-gate: {item.nodeid} claims to be {marker.args[0]}, which is the gate's own check\n"
                    "  next step: give your check an id in a family of its own"
                )

    @pytest.hookimpl(optionalhook=True)
    def pytest_configure_node(self, node: Any) -> None:
        with infrastructure_ends_the_session():
            node.workerinput[WORKER_INPUT] = self._gate.worker_input()

    @pytest.hookimpl(optionalhook=True)
    def pytest_xdist_make_scheduler(self, config: pytest.Config, log: Any) -> OdooScheduling | None:
        return scheduling.make_scheduler(config, log)

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_makereport(
        self, item: pytest.Item, call: pytest.CallInfo[Any]
    ) -> Generator[None, pytest.TestReport, pytest.TestReport]:
        with short_tracebacks(item):
            report = yield
        report.odoo_gate = facts_of(item, call)  # type: ignore[attr-defined]
        if report.failed:
            show_what_was_found(report, item, call.excinfo.value if call.excinfo else None)
            add_next_steps(report, item, self._gate)
        return report

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_protocol(self, item: pytest.Item) -> Generator[None, object, object]:
        """What a check leaves open is kept or dropped when it is over, and its outcome known."""
        with keeping_what_fails(self._gate, item):
            return (yield)

    def pytest_collection_finish(self, session: pytest.Session) -> None:
        if self._recorder is not None:
            self._recorder.expect([item.nodeid for item in session.items])

    @pytest.hookimpl(optionalhook=True)
    def pytest_xdist_node_collection_finished(self, ids: list[str]) -> None:
        if self._recorder is not None:
            self._recorder.expect(ids)

    def pytest_collectreport(self, report: pytest.CollectReport) -> None:
        if self._recorder is not None and report.failed:
            self._recorder.collection_failed(report)

    def pytest_deselected(self, items: list[pytest.Item]) -> None:
        self._deselected += [item.nodeid for item in items]

    @pytest.hookimpl(optionalhook=True)
    def pytest_testnodedown(self, node: Any) -> None:
        self._deselected += getattr(node, "workeroutput", {}).get(_DESELECTED, [])

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        if self._recorder is not None:
            self._recorder.add(report)

    @pytest.hookimpl(trylast=True)
    def pytest_sessionfinish(self, exitstatus: int) -> None:
        if self._gate.is_worker:
            self._config.workeroutput[_DESELECTED] = self._deselected  # type: ignore[attr-defined]
        if self._recorder is not None:
            if exitstatus in ENDED and "tests" in self._families:
                self._recorder.incomplete(self._never_collected({*self._recorder.expected, *self._deselected}))
            self._recorder.close(exitstatus, sorted(set(self._deselected)))

    @property
    def _families(self) -> Sequence[str]:
        named: str | None = self._config.getoption("odoo_gate_families")
        return named.split(",") if named else ()

    def _never_collected(self, nodeids: Set[str]) -> Sequence[Finding]:
        """What a gate that runs the release's tests has not seen of them; never nothing when that cannot be told."""
        try:
            return tuple(odoo_tests.never_collected(nodeids, self._gate))
        except GateError as error:
            message = f"what was collected could not be compared with the tests that Odoo lists: {error.message}"
            return (Finding("not-compared", message, remedy=error.hint or "run again"),)

    def pytest_terminal_summary(self, terminalreporter: pytest.TerminalReporter) -> None:
        lines = odoo_tests.coverage_lines(self._gate)
        if lines:
            terminalreporter.section("coverage of the addons")
            terminalreporter.line("\n".join(lines))

    @pytest.hookimpl(trylast=True)
    def pytest_unconfigure(self) -> None:
        self._gate.close()
