"""A module installs on its dependencies and nothing more, and says nothing worrying meanwhile."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Sequence

from odoo_gate.addons import AddonGraph
from odoo_gate.model import Finding, Metric, Severity
from odoo_gate.modules.places import place_of, release_failure, shortened
from odoo_gate.odoo.agent_client import LogRecord, ReleaseFailure
from odoo_gate.odoo.testbed import Release, Testbed

_ACCESS_RULES = re.compile(r"ha(?:s|ve) no access rules")
_DEPRECATED = re.compile(r"DeprecationWarning|\bdeprecated\b", re.IGNORECASE)
_VARYING = re.compile(r"0x[0-9a-f]+|\d+")


def installed_alone(testbed: Testbed, release: Release, module: str) -> tuple[tuple[Finding, ...], tuple[Metric, ...]]:
    """`modules.installs-alone`: `module` installs where only its dependencies are installed."""
    try:
        template = testbed.exact_template(release, module)
    except ReleaseFailure as failure:
        remedy = f"add what {module} uses to its `depends`, or mend what the message names"
        found = release_failure(release.graph, "install-failed", f"installing {module} alone", failure, remedy)
        return (found, *log_errors(release.graph, failure.log, f"installing {module}")), ()
    return (), (Metric("install", template.seconds, "s"),)


def install_log_findings(testbed: Testbed, release: Release, module: str) -> Iterator[Finding]:
    """`modules.install-log`: no error; no deprecation and no missing access rule that production has not."""
    try:
        log = testbed.exact_template(release, module).log
    except ReleaseFailure as failure:
        remedy = "see modules.installs-alone"
        yield release_failure(release.graph, "install-failed", f"installing {module}", failure, remedy)
        return
    yield from judged_log(release.graph, module, log, lambda: _baseline_log(testbed, module))


def judged_log(
    graph: AddonGraph, module: str, log: Sequence[LogRecord], before: Callable[[], Sequence[LogRecord]]
) -> Iterator[Finding]:
    """The findings of one install log; `before` gives production's, and is only asked when it matters."""
    yield from log_errors(graph, log, f"installing {module}")
    warnings = [line for line in log if not line.is_error]
    known = {_signature(line) for line in before()} if warnings else set()
    for line in _distinct(warnings):
        rule, remedy = _kind(line)
        is_new = _signature(line) not in known
        severity = Severity.ERROR if rule != "warning" and is_new else Severity.WARNING
        age = "" if is_new else " (as in the baseline)"
        yield Finding(
            rule,
            f"installing {module} logs{age}: {shortened(line.message)}",
            severity,
            place_of(graph, line.file, line.line),
            remedy,
        )


def log_errors(graph: AddonGraph, log: Iterable[LogRecord], doing: str) -> Iterator[Finding]:
    """Every ERROR or CRITICAL line of a log."""
    for line in _distinct(line for line in log if line.is_error):
        yield Finding(
            "error-in-log",
            f"{doing} logs {line.level} {line.logger}: {shortened(line.message)}",
            place=place_of(graph, line.file, line.line),
            remedy="mend what the message names; Odoo went on, users would not",
        )


def _kind(line: LogRecord) -> tuple[str, str]:
    if _ACCESS_RULES.search(line.message):
        return "no-access-rules", "add the model to the module's ir.model.access.csv"
    if (line.logger == "py.warnings" and "Deprecat" in line.message) or _DEPRECATED.search(line.message):
        return "deprecation", "use what the message names instead; the next series will not have it"
    return "warning", ""


def _baseline_log(testbed: Testbed, module: str) -> Sequence[LogRecord]:
    """What production's version of the module logged; nothing when it has none or does not install either."""
    baseline = testbed.baseline
    if baseline is None or module not in baseline.graph.own:
        return ()
    try:
        return testbed.exact_template(baseline, module).log
    except ReleaseFailure as failure:
        return failure.log


def _distinct(lines: Iterable[LogRecord]) -> Iterable[LogRecord]:
    return {_signature(line): line for line in reversed(list(lines))}.values()


def _signature(line: LogRecord) -> tuple[str, str]:
    """What stays the same when the same thing is logged again: addresses and numbers left out."""
    return line.logger, _VARYING.sub("#", line.message)
