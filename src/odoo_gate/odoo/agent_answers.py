"""What the agent answers: frozen data, and how it is read from the agent's JSON."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal, Self

from odoo_gate.errors import ExitCode, GateError
from odoo_gate.model import Outcome

Lane = Literal["at_install", "post_install"]

AGENT_VERSION = "1"
"""Changes whenever a listing made by an older agent must not be used any more."""


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


def log_of(lines: Sequence[Mapping[str, Any]]) -> tuple[LogRecord, ...]:
    """Raises TypeError when they are no log records."""
    return tuple(LogRecord(**line) for line in lines)


def run_of(answer: Mapping[str, Any]) -> ModuleRun:
    """Raises KeyError, TypeError or ValueError when `answer` tells of no change of modules."""
    return ModuleRun(log_of(answer["log"]), int(answer["queries"]), float(answer["seconds"]))


def result_of(answer: Mapping[str, Any]) -> TestResult:
    """Raises KeyError, TypeError or ValueError when `answer` tells of no test."""
    return TestResult(
        outcome=Outcome(answer["outcome"]),
        reason=str(answer["reason"]),
        traceback=str(answer["traceback"]),
        duration=float(answer["duration"]),
        queries=int(answer.get("queries", 0)),
        log=log_of(answer["log"]),
        subtests=tuple(
            SubTestResult(Outcome(sub["outcome"]), str(sub["name"]), str(sub["traceback"]))
            for sub in answer["subtests"]
        ),
        artifacts=tuple(answer["artifacts"]),
    )
