"""How the failure of an Odoo test looks in pytest."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from _pytest._code.code import ExceptionChainRepr, ReprEntryNative, ReprFileLocation, ReprTraceback

from odoo_gate.errors import GateError
from odoo_gate.model import Outcome

if TYPE_CHECKING:
    from odoo_gate.odoo.agent_client import LogRecord, TestResult
    from pytest_odoo_gate.odoo_catalogue import Trouble
    from pytest_odoo_gate.odoo_places import Places

LOG_LINES = 60
"""Lines of Odoo's log shown with a failure."""

_OF_THE_RUNNER = ("FAIL: ", "ERROR: ", "=" * 70, "Starting ")


class OdooTestFailed(Exception):
    """A test, or the tear-down of its class, did not pass. `screenshots` are relative to the project."""

    def __init__(self, result: TestResult, screenshots: Sequence[str]) -> None:
        super().__init__(result.reason)
        self.result = result
        self.screenshots = tuple(screenshots)


class OdooTestsUnusable(Exception):
    """The tests of a file cannot run at all."""

    def __init__(self, trouble: Trouble) -> None:
        super().__init__(trouble.reason)
        self.trouble = trouble


def is_failure(error: BaseException) -> bool:
    """Whether the release is at fault, as opposed to a test that broke or to the gate itself."""
    from odoo_gate.odoo.agent_client import ReleaseFailure

    if isinstance(error, OdooTestFailed):
        return error.result.outcome is Outcome.FAILED
    return isinstance(error, ReleaseFailure | OdooTestsUnusable)


def represent(error: BaseException, places: Places, file: Path, line: int) -> ExceptionChainRepr:
    """`error` as pytest shows and sends it: Odoo's traceback with paths of this machine, and the reason.

    `file` and `line` say where the test is; the crash is placed at the traceback's last line in it.
    """
    trace = _traceback(error)
    reason = str(error).strip() or type(error).__name__
    lines = [
        *_without_ending(places.translate(trace).splitlines(), reason.splitlines()),
        *_place(error, places),
        *_subtests(error),
        *(f"E   {part}" for part in reason.splitlines()),
        *_screenshots(error),
    ]
    crash = ReprFileLocation(
        places.shown_host(file), places.last_line_in(trace, file) or line, reason.partition("\n")[0]
    )
    traceback = ReprTraceback([ReprEntryNative([f"{part}\n" for part in lines])], None, style="native")
    return ExceptionChainRepr([(traceback, crash, None)])


def tear_down_message(failed: OdooTestFailed, cls: str, places: Places) -> str:
    """What pytest shows when a class could not be torn down: it represents such errors by itself."""
    reason = f"tear-down of {cls}: {failed}"
    return "\n".join((reason, places.translate(failed.result.traceback).rstrip(), f"E   {reason}"))


def log_excerpt(log: Sequence[LogRecord]) -> str:
    """The end of Odoo's log during a test, without the runner's own lines that repeat the failure."""
    telling = [record for record in log if not record.message.startswith(_OF_THE_RUNNER)]
    return "\n".join(str(record) for record in telling[-LOG_LINES:])


def _without_ending(trace: list[str], reason: list[str]) -> list[str]:
    """The traceback without the exception it ends with, where the reason says the same right below."""
    shown = [line.rstrip() for line in trace]
    while shown and not shown[-1]:
        shown.pop()
    ending = [line.rstrip() for line in reason]
    return shown[: -len(ending)] if ending and shown[-len(ending) :] == ending else trace


def _traceback(error: BaseException) -> str:
    from odoo_gate.odoo.agent_client import ReleaseFailure

    if isinstance(error, OdooTestFailed):
        return error.result.traceback
    if isinstance(error, OdooTestsUnusable):
        return error.trouble.traceback
    if isinstance(error, ReleaseFailure):
        return "\n".join((error.traceback, *map(str, error.log)))
    if isinstance(error, GateError):
        return ""
    raise TypeError(f"not an error of an Odoo test: {error!r}")


def _place(error: BaseException, places: Places) -> Iterator[str]:
    from odoo_gate.odoo.agent_client import ReleaseFailure

    if isinstance(error, ReleaseFailure) and error.file:
        yield f"{places.shown(error.file)}:{error.line or 1}:"


def _subtests(error: BaseException) -> Iterator[str]:
    if isinstance(error, OdooTestFailed) and error.result.subtests:
        for subtest in error.result.subtests:
            yield f"{subtest.outcome}: {subtest.name}"


def _screenshots(error: BaseException) -> Iterator[str]:
    if isinstance(error, OdooTestFailed):
        for path in error.screenshots:
            yield f"screenshot: {path}"
