"""The host's side of the agent: typed calls into an Odoo container, each on a connection of its own."""

from __future__ import annotations

import base64
import contextlib
import json
import socket
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any, Literal, Self

from odoo_gate.errors import AgentError, ExitCode, GateError
from odoo_gate.model import Outcome, Say, silent
from odoo_gate.stack.addresses import AgentAddress

Lane = Literal["at_install", "post_install"]

AGENT_VERSION = "1"
"""Changes whenever a listing made by an older agent must not be used any more."""

CONNECT_SECONDS = 10.0
QUICK_SECONDS = 120.0
MODULE_SECONDS = 3600.0
TEST_SECONDS = 1800.0


@dataclass(frozen=True, slots=True)
class AgentInfo:
    """What the agent says of the Odoo it runs in."""

    series: str
    python: str
    odoo: str


@dataclass(frozen=True, slots=True)
class LogRecord:
    """One line of Odoo's log. `file` and `line` are the place in the container that logged it."""

    level: str
    levelno: int
    logger: str
    message: str
    file: str
    line: int
    time: float
    traceback: str = ""

    @property
    def is_error(self) -> bool:
        return self.levelno >= 40

    def __str__(self) -> str:
        text = f"{self.level} {self.logger}: {self.message}"
        return f"{text}\n{self.traceback.rstrip()}" if self.traceback else text


class ReleaseFailure(GateError):
    """The modules under test made Odoo fail: a finding about the release, not about the gate.

    `log`: what Odoo logged at WARNING and above; `file` (a container path) and `line`: where, if known.
    """

    exit_code = ExitCode.NO_GO

    def __init__(
        self,
        message: str,
        *,
        traceback: str = "",
        log: tuple[LogRecord, ...] = (),
        file: str = "",
        line: int | None = None,
    ) -> None:
        super().__init__(message, hint="read the traceback and the log, mend the module and run again")
        self.traceback = traceback
        self.log = log
        self.file = file
        self.line = line


@dataclass(frozen=True, slots=True)
class ModuleRun:
    """What a change of modules left in the log, and what it cost (seconds, queries)."""

    log: tuple[LogRecord, ...]
    queries: int
    seconds: float


@dataclass(frozen=True, slots=True)
class ScriptRun:
    """What a script returned (JSON), what Odoo logged at WARNING and above meanwhile, and its seconds."""

    result: Any
    log: tuple[LogRecord, ...]
    seconds: float


@dataclass(frozen=True, slots=True)
class ListedTest:
    """A test as Odoo's loader found it. `id`: Odoo's canonical tag; `file`: container path; `line` from 1."""

    id: str
    module: str
    lane: Lane
    order: int
    file: str
    line: int
    cls: str
    method: str
    doc: str
    tags: tuple[str, ...]
    http: bool


@dataclass(frozen=True, slots=True)
class ListingError:
    """A module whose code or tests cannot be imported: a fault of the release."""

    module: str
    file: str
    line: int | None
    type: str
    message: str
    traceback: str


@dataclass(frozen=True, slots=True)
class Listing:
    """The tests of some modules, the test files Odoo looked at, and the modules that cannot be imported."""

    tests: tuple[ListedTest, ...]
    files: tuple[str, ...]
    errors: tuple[ListingError, ...]

    def to_json(self) -> dict[str, Any]:
        return {
            "tests": [{name: getattr(test, name) for name in ListedTest.__slots__} for test in self.tests],
            "files": list(self.files),
            "errors": [{name: getattr(error, name) for name in ListingError.__slots__} for error in self.errors],
        }

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Self:
        """Raises KeyError or TypeError when `data` is no listing."""
        return cls(
            tests=tuple(ListedTest(**{**test, "tags": tuple(test["tags"])}) for test in data["tests"]),
            files=tuple(data["files"]),
            errors=tuple(ListingError(**error) for error in data["errors"]),
        )


@dataclass(frozen=True, slots=True)
class SubTestResult:
    """A subtest that did not pass."""

    outcome: Outcome
    name: str
    traceback: str


@dataclass(frozen=True, slots=True)
class TestResult:
    """How a test, or the tear-down of a class, ended. `duration` in seconds, `artifacts` container paths."""

    __test__ = False

    outcome: Outcome
    reason: str
    traceback: str
    duration: float
    queries: int
    log: tuple[LogRecord, ...]
    subtests: tuple[SubTestResult, ...]
    artifacts: tuple[str, ...]

    def __post_init__(self) -> None:
        if self.outcome is not Outcome.PASSED and not self.reason:
            raise ValueError(f"a test {self.outcome} without a reason")


@dataclass(frozen=True, slots=True)
class ViewError:
    """A view that does not validate: its external id, model, module, source file (may be empty)."""

    view: str
    model: str
    module: str
    file: str
    message: str


@dataclass(frozen=True, slots=True)
class ViewsReport:
    checked: int
    errors: tuple[ViewError, ...]


@dataclass(frozen=True, slots=True)
class TranslationError:
    """What is wrong with a translation file (container path, empty when Odoo did not say which)."""

    module: str
    file: str
    line: int | None
    message: str


@dataclass(frozen=True, slots=True)
class TranslationsReport:
    checked: int
    languages: tuple[str, ...]
    errors: tuple[TranslationError, ...]


@dataclass(frozen=True, slots=True)
class FileCoverage:
    """Line numbers of a file's statements, and of those that did not run."""

    statements: tuple[int, ...]
    missing: tuple[int, ...]


class _Connection:
    """One conversation with the agent: requests out, events and an answer in."""

    def __init__(self, address: AgentAddress) -> None:
        self._address = address
        self._number = 0
        try:
            self._socket = socket.create_connection((address.host, address.port), timeout=CONNECT_SECONDS)
        except OSError as error:
            raise self._lost(f"cannot be reached: {error}") from error
        self._stream = self._socket.makefile("rwb")
        hello = self._exchange({"hello": address.token}, CONNECT_SECONDS)
        if "ok" not in hello:
            raise self._lost("answered hello with something else")
        self.info = AgentInfo(**hello["ok"])

    def call(self, command: str, arguments: Mapping[str, Any], *, seconds: float, say: Say = silent) -> Any:
        """Send one command and wait at most `seconds` between two lines of the agent."""
        self._number += 1
        message = self._exchange(
            {"id": self._number, "command": command, "args": dict(arguments)}, seconds, doing=command
        )
        while "event" in message:
            if "progress" in message["event"]:
                say(message["event"]["progress"])
            message = self._read(seconds, command)
        if "error" in message:
            raise _error_of(command, message["error"])
        if message.get("id") != self._number or "ok" not in message:
            raise self._lost(f"answered {command} with something else")
        return message["ok"]

    def close(self) -> None:
        """Ends the agent's process of this conversation."""
        with contextlib.suppress(OSError):
            self._socket.shutdown(socket.SHUT_RDWR)
        self._stream.close()
        self._socket.close()

    def _exchange(self, message: Mapping[str, Any], seconds: float, doing: str = "hello") -> dict[str, Any]:
        try:
            self._socket.settimeout(seconds)
            self._stream.write(json.dumps(message).encode() + b"\n")
            self._stream.flush()
        except OSError as error:
            raise self._lost(f"went away before {doing}: {error}") from error
        return self._read(seconds, doing)

    def _read(self, seconds: float, doing: str) -> dict[str, Any]:
        try:
            line = self._stream.readline()
        except TimeoutError as error:
            raise self._lost(f"said nothing for {seconds:g} s during {doing}") from error
        except OSError as error:
            raise self._lost(f"broke off during {doing}: {error}") from error
        if not line.endswith(b"\n"):
            raise self._lost(f"closed the connection during {doing}")
        try:
            message = json.loads(line)
        except ValueError as error:
            raise self._lost(f"sent something unreadable during {doing}") from error
        if not isinstance(message, dict):
            raise self._lost(f"sent something unreadable during {doing}")
        return message

    def _lost(self, what: str) -> AgentError:
        return AgentError(
            f"the Odoo agent at {self._address.host}:{self._address.port} {what}",
            hint="look at the log of the Odoo container in the run folder (logs/), at memory and disk",
        )


def _error_of(command: str, error: Mapping[str, Any]) -> GateError:
    log = _log_of(error.get("log", ()))
    if error.get("kind") == "release":
        return ReleaseFailure(
            str(error["message"]),
            traceback=str(error.get("traceback", "")),
            log=log,
            file=str(error.get("file") or ""),
            line=error.get("line"),
        )
    trace = "\n".join(str(error.get("traceback", "")).splitlines()[-12:])
    return AgentError(
        f"the Odoo agent could not {command}: {error.get('message')}\n{trace}".rstrip(),
        hint="look at the log of the Odoo container in the run folder (logs/)",
    )


def _fetched(connection: _Connection, path: str) -> bytes:
    return base64.b64decode(connection.call("fetch", {"path": path}, seconds=QUICK_SECONDS)["content"])


def _log_of(lines: Sequence[Mapping[str, Any]]) -> tuple[LogRecord, ...]:
    return tuple(LogRecord(**line) for line in lines)


def _run_of(answer: Mapping[str, Any]) -> ModuleRun:
    return ModuleRun(_log_of(answer["log"]), int(answer["queries"]), float(answer["seconds"]))


def _result_of(answer: Mapping[str, Any]) -> TestResult:
    return TestResult(
        outcome=Outcome(answer["outcome"]),
        reason=str(answer["reason"]),
        traceback=str(answer["traceback"]),
        duration=float(answer["duration"]),
        queries=int(answer.get("queries", 0)),
        log=_log_of(answer["log"]),
        subtests=tuple(
            SubTestResult(Outcome(sub["outcome"]), str(sub["name"]), str(sub["traceback"]))
            for sub in answer["subtests"]
        ),
        artifacts=tuple(answer["artifacts"]),
    )


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
        return _run_of(self._call("create_base", arguments, MODULE_SECONDS, say))

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
        return _run_of(self._call("install", arguments, MODULE_SECONDS, say))

    def update(self, database: str, modules: Sequence[str], *, say: Say = silent) -> ModuleRun:
        """`odoo -u modules`."""
        return _run_of(self._call("update", {"database": database, "modules": list(modules)}, MODULE_SECONDS, say))

    def uninstall(self, database: str, modules: Sequence[str], *, say: Say = silent) -> ModuleRun:
        """Uninstall `modules` and whatever depends on them."""
        return _run_of(self._call("uninstall", {"database": database, "modules": list(modules)}, MODULE_SECONDS, say))

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
        return ScriptRun(answer["result"], _log_of(answer["log"]), float(answer["seconds"]))

    def read_files(self, paths: Sequence[str]) -> dict[str, bytes]:
        """The content of files in the container."""
        with self._connected() as connection:
            return {path: _fetched(connection, path) for path in paths}

    @contextlib.contextmanager
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
    ) -> Iterator[AgentSession]:
        """A process that serves `database`, its registry loaded once; ended with the block.

        `module` is the one whose moment the at_install lane stands at; `coverage` names modules to measure;
        `warm` says that the database comes with its asset bundles (see `warm_assets`).
        """
        session = self.open_session(
            database, lane=lane, module=module, http=http, tags=tags, warm=warm, coverage=coverage
        )
        with session:
            yield session

    def open_session(
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
        """As `session`, to be closed by hand."""
        connection = _Connection(self.address)
        try:
            if coverage:
                connection.call("coverage_start", {"modules": list(coverage)}, seconds=QUICK_SECONDS)
            arguments = {"database": database, "lane": lane, "module": module, "http": http, "tags": tags, "warm": warm}
            answer = connection.call("open", arguments, seconds=MODULE_SECONDS)
        except BaseException:
            connection.close()
            raise
        return AgentSession(connection, database, int(answer["port"]), _log_of(answer["log"]))

    def _call(
        self, command: str, arguments: Mapping[str, Any], seconds: float = QUICK_SECONDS, say: Say = silent
    ) -> Any:
        with self._connected() as connection:
            return connection.call(command, arguments, seconds=seconds, say=say)

    @contextlib.contextmanager
    def _connected(self) -> Iterator[_Connection]:
        connection = _Connection(self.address)
        try:
            yield connection
        finally:
            connection.close()


class AgentSession:
    """An open session. `log` is what loading the registry logged at WARNING and above."""

    def __init__(self, connection: _Connection, database: str, port: int, log: tuple[LogRecord, ...]) -> None:
        self._connection = connection
        self.database = database
        self.port = port
        self.log = log

    def run_test(self, test_id: str, *, seconds: float = TEST_SECONDS) -> TestResult:
        """Run one test of the session's lane; end its class before one of another class is run."""
        return _result_of(self._connection.call("run_test", {"id": test_id}, seconds=seconds))

    def end_class(self, *, seconds: float = TEST_SECONDS) -> TestResult:
        """Tear the class of the last test down."""
        return _result_of(self._connection.call("end_class", {}, seconds=seconds))

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
