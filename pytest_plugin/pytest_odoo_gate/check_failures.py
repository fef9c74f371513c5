"""How a failure inside the gate's suite looks in pytest: what was found, and nothing of how the suite is written."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from _pytest._code.code import ExceptionChainRepr, ReprEntryNative, ReprFileLocation, ReprTraceback

from odoo_gate.errors import GateError
from odoo_gate.model import Severity
from pytest_odoo_gate.checks import CheckFailed, describe

SUITE = Path(__file__).parent / "suite"
FINDINGS_SHOWN = 20
"""In a terminal; the evidence and the report hold them all."""


def show_what_was_found(report: pytest.TestReport, item: pytest.Item, error: BaseException | None) -> None:
    """Replace the traceback of a failed check by its findings, and of the gate's own errors by what they say.

    The errors of a project's own tests stay as pytest shows them.
    """
    if isinstance(error, CheckFailed):
        lines = _findings(error)
    elif isinstance(error, GateError) and item.path.parent == SUITE:
        lines = str(error).splitlines()
    else:
        return
    path, line, _ = item.reportinfo()
    crash = ReprFileLocation(str(path), line or 0, lines[0])
    shown = ReprEntryNative([f"E   {text}\n" for text in lines])
    report.longrepr = ExceptionChainRepr([(ReprTraceback([shown], None, style="native"), crash, None)])


@contextmanager
def short_tracebacks(item: pytest.Item) -> Iterator[None]:
    """Within the block, an error in the suite shows where it came from, and no argument of any function.

    Arguments are settings, connections and environments: long, and at times secret. Who asks for `--tb` gets that.
    """
    option = item.config.option
    if item.path.parent != SUITE or option.tbstyle != "auto":
        yield
        return
    option.tbstyle = "short"
    try:
        yield
    finally:
        option.tbstyle = "auto"


def _findings(error: CheckFailed) -> list[str]:
    """Errors first, as they are the reason; the others say what they are."""
    errors = [describe(finding) for finding in error.findings if finding.severity is Severity.ERROR]
    others = [f"{each.severity}: {describe(each)}" for each in error.findings if each.severity is not Severity.ERROR]
    lines = [line for said in [*errors, *others][:FINDINGS_SHOWN] for line in said.splitlines()]
    more = len(error.findings) - FINDINGS_SHOWN
    return [*lines, f"and {more} more findings, all in the evidence"] if more > 0 else lines
