"""The host's side of the agent: typed calls into an Odoo container, each on a connection of its own."""

from __future__ import annotations

import base64
import contextlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from odoo_gate.model import Say, silent
from odoo_gate.odoo.agent_answers import (
    AGENT_VERSION,
    AgentInfo,
    FileCoverage,
    Lane,
    ListedTest,
    Listing,
    ListingError,
    LogRecord,
    ModuleRun,
    ReleaseFailure,
    ScriptRun,
    SubTestResult,
    TestResult,
    TranslationError,
    TranslationsReport,
    ViewError,
    ViewsReport,
    log_of,
    result_of,
    run_of,
)
from odoo_gate.odoo.agent_connection import Connection
from odoo_gate.stack.addresses import AgentAddress

__all__ = [
    "AGENT_VERSION",
    "Agent",
    "AgentInfo",
    "AgentSession",
    "FileCoverage",
    "Lane",
    "ListedTest",
    "Listing",
    "ListingError",
    "LogRecord",
    "ModuleRun",
    "ReleaseFailure",
    "ScriptRun",
    "SubTestResult",
    "TestResult",
    "TranslationError",
    "TranslationsReport",
    "ViewError",
    "ViewsReport",
]

QUICK_SECONDS = 120.0
MODULE_SECONDS = 3600.0
TEST_SECONDS = 1800.0


@dataclass(frozen=True, slots=True)
class Agent:
    """An Odoo container that does as it is told. Stateless: every call opens a connection and closes it.

    Raises AgentError when the agent or what it stands on fails, ReleaseFailure when the modules do.
    """

    address: AgentAddress

    def ping(self) -> AgentInfo:
        with self._connected() as connection:
            return connection.info

    def list_tests(self, modules: Sequence[str], tags: str = "") -> Listing:
        """The tests of `modules` by Odoo's loader; `tags` in the syntax of --test-tags."""
        return Listing.from_json(self._call("list_tests", {"modules": list(modules), "tags": tags}))

    def create_base(
        self, database: str, *, demo: bool = False, languages: Sequence[str] = ("en_US",), say: Say = silent
    ) -> ModuleRun:
        """`odoo -i base` on an existing empty database."""
        arguments = {"database": database, "demo": demo, "languages": list(languages)}
        return run_of(self._call("create_base", arguments, MODULE_SECONDS, say))

    def install(
        self,
        database: str,
        modules: Sequence[str],
        *,
        auto_install: bool,
        languages: Sequence[str] = ("en_US",),
        demo: bool = False,
        say: Say = silent,
    ) -> ModuleRun:
        """`odoo -i modules`; without `auto_install` exactly these: give their missing dependencies too."""
        arguments = {
            "database": database,
            "modules": list(modules),
            "auto_install": auto_install,
            "languages": list(languages),
            "demo": demo,
        }
        return run_of(self._call("install", arguments, MODULE_SECONDS, say))

    def update(self, database: str, modules: Sequence[str], *, say: Say = silent) -> ModuleRun:
        """`odoo -u modules`."""
        return run_of(self._call("update", {"database": database, "modules": list(modules)}, MODULE_SECONDS, say))

    def uninstall(self, database: str, modules: Sequence[str], *, say: Say = silent) -> ModuleRun:
        """Uninstall `modules` and whatever depends on them."""
        return run_of(self._call("uninstall", {"database": database, "modules": list(modules)}, MODULE_SECONDS, say))

    def warm_assets(self, database: str, *, say: Say = silent) -> float:
        """Generate the asset bundles into the database and its filestore; returns seconds."""
        return float(self._call("warm_assets", {"database": database}, MODULE_SECONDS, say)["seconds"])

    def files_copy(self, source: str, target: str) -> None:
        """Give `target` the filestore of `source`, by hard links; `target` must have none."""
        self._call("files_copy", {"source": source, "target": target})

    def files_move(self, source: str, target: str) -> None:
        self._call("files_move", {"source": source, "target": target})

    def files_drop(self, database: str) -> None:
        """Remove the filestore of a database; no error when there is none."""
        self._call("files_drop", {"database": database})

    def files_size(self, database: str) -> int:
        """Bytes."""
        return int(self._call("files_size", {"database": database})["bytes"])

    def files_checksums(self, database: str) -> dict[str, tuple[int, str]]:
        """(bytes, sha1) of every file of a filestore, by the path `ir_attachment.store_fname` gives it."""
        answer = self._call("files_checksums", {"database": database}, MODULE_SECONDS)
        return {path: (int(size), str(sha1)) for path, (size, sha1) in answer["files"].items()}

    def run_script(
        self,
        database: str,
        script: Path,
        function: str,
        arguments: Mapping[str, Any] | None = None,
        *,
        seconds: float = MODULE_SECONDS,
        say: Say = silent,
    ) -> ScriptRun:
        """Call `function(env, say, **arguments)` of a Python file inside Odoo; committed when it returns.

        The file runs in the container's Python on Odoo's series: standard library, `odoo` and what the modules
        bring. `arguments` and what it returns are JSON; `seconds` bounds the silence between two lines of `say`.
        """
        sent = {
            "database": database,
            "name": script.stem,
            "source": script.read_text(encoding="utf-8"),
            "function": function,
            "arguments": dict(arguments or {}),
        }
        answer = self._call("run_script", sent, seconds, say)
        return ScriptRun(answer["result"], log_of(answer["log"]), float(answer["seconds"]))

    def read_files(self, paths: Sequence[str]) -> dict[str, bytes]:
        """The content of files in the container."""
        with self._connected() as connection:
            return {path: _fetched(connection, path) for path in paths}

    def session(
        self,
        database: str,
        *,
        lane: Lane = "post_install",
        module: str = "",
        http: bool = True,
        tags: str = "",
        warm: bool = False,
        coverage: Sequence[str] = (),
    ) -> AgentSession:
        """A process that serves `database`, its registry loaded once; ended with the block, or by hand.

        `module` is the one whose moment the at_install lane stands at; `coverage` names modules to measure;
        `warm` says that the database comes with its asset bundles (see `warm_assets`).
        """
        connection = Connection(self.address)
        try:
            if coverage:
                connection.call("coverage_start", {"modules": list(coverage)}, seconds=QUICK_SECONDS)
            arguments = {"database": database, "lane": lane, "module": module, "http": http, "tags": tags, "warm": warm}
            answer = connection.call("open", arguments, seconds=MODULE_SECONDS)
        except BaseException:
            connection.close()
            raise
        return AgentSession(connection, database, int(answer["port"]), log_of(answer["log"]))

    def _call(
        self, command: str, arguments: Mapping[str, Any], seconds: float = QUICK_SECONDS, say: Say = silent
    ) -> Any:
        with self._connected() as connection:
            return connection.call(command, arguments, seconds=seconds, say=say)

    @contextlib.contextmanager
    def _connected(self) -> Iterator[Connection]:
        connection = Connection(self.address)
        try:
            yield connection
        finally:
            connection.close()


class AgentSession:
    """An open session. `log` is what loading the registry logged at WARNING and above."""

    def __init__(self, connection: Connection, database: str, port: int, log: tuple[LogRecord, ...]) -> None:
        self._connection = connection
        self.database = database
        self.port = port
        self.log = log

    def run_test(self, test_id: str, *, seconds: float = TEST_SECONDS) -> TestResult:
        """Run one test of the session's lane; end its class before one of another class is run."""
        return result_of(self._connection.call("run_test", {"id": test_id}, seconds=seconds))

    def end_class(self, *, seconds: float = TEST_SECONDS) -> TestResult:
        """Tear the class of the last test down."""
        return result_of(self._connection.call("end_class", {}, seconds=seconds))

    def validate_views(self, modules: Sequence[str]) -> ViewsReport:
        answer = self._connection.call("validate_views", {"modules": list(modules)}, seconds=TEST_SECONDS)
        return ViewsReport(int(answer["checked"]), tuple(ViewError(**error) for error in answer["errors"]))

    def check_translations(self, modules: Sequence[str], languages: Sequence[str] = ()) -> TranslationsReport:
        """Parse and load the translation files; of every language when `languages` is empty."""
        arguments = {"modules": list(modules), "languages": list(languages)}
        answer = self._connection.call("check_translations", arguments, seconds=TEST_SECONDS)
        return TranslationsReport(
            int(answer["checked"]),
            tuple(answer["languages"]),
            tuple(TranslationError(**error) for error in answer["errors"]),
        )

    def stop_coverage(self) -> Mapping[str, FileCoverage]:
        """Coverage by container path, of the modules the session was opened to measure."""
        answer = self._connection.call("coverage_stop", {}, seconds=TEST_SECONDS)
        return {
            path: FileCoverage(tuple(lines["statements"]), tuple(lines["missing"]))
            for path, lines in answer["files"].items()
        }

    def fetch(self, path: str) -> bytes:
        """The content of a file in the container."""
        return _fetched(self._connection, path)

    def close(self) -> None:
        self._connection.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


def _fetched(connection: Connection, path: str) -> bytes:
    return base64.b64decode(connection.call("fetch", {"path": path}, seconds=QUICK_SECONDS)["content"])
