"""What a person does about a failure: run just that again, and look at the database it worked on."""

from __future__ import annotations

import json
import os
import re
import shlex
import shutil
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from pytest_odoo_gate.check_failures import SUITE

if TYPE_CHECKING:
    from pytest_odoo_gate.session import GateSession

_IN_K = re.compile(r"[\w:+.\[\]\\/-]+")
"""Names that pytest's -k takes as they are."""

_QUICK = "ODOO_GATE_LOAD__PROFILE=quick "
_HAS_PROFILE = ("load", "resilience")
"""Families of which the profile `quick` asks less."""


def add_next_steps(report: pytest.TestReport, item: pytest.Item, gate: GateSession) -> None:
    """Put them below the failure, where pytest shows what was captured; mark the databases to keep."""
    away = _stands_elsewhere(gate)
    there = f"cd {shlex.quote(str(gate.settings.root))} && " if away else ""
    lines = [f"rerun: {there}{rerun_command(item, gate.settings.load.profile)}"]
    if gate.keeping is not None:
        from odoo_gate.odoo.kept import FailedCheck

        facts: dict[str, Any] = json.loads(report.odoo_gate)
        failed = FailedCheck(facts["check"], facts["target"])
        if gate.keeping.check_failed(failed):
            project = ["--project", str(gate.settings.root)] if away else []
            up = ["odoo-gate", "up", *project, "--check", failed.target or failed.check]
            lines.append(f"look:  {shlex.join(up)}")
        else:
            lines.append("look:  at what it says: no database is kept of it, for it had none open, or enough are kept")
    report.sections.append(("what to do next", "\n".join(lines)))


def rerun_command(item: pytest.Item, profile: str) -> str:
    """What runs `item` alone, from where pytest was started; checks of the suite from anywhere in the project."""
    if item.path.parent == SUITE:
        name = item.name if _IN_K.fullmatch(item.name) else item.name.partition("[")[0]
        family = _check(item).partition(".")[0]
        chosen = _QUICK if profile == "quick" and family in _HAS_PROFILE else ""
        return chosen + shlex.join([*_pytest(), "--odoo-gate-families", family, "-k", name])
    _, _, inside = item.nodeid.partition("::")
    place = os.path.relpath(item.path, item.config.invocation_params.dir)
    return shlex.join([*_pytest(), f"{place}::{inside}"])


def _stands_elsewhere(gate: GateSession) -> bool:
    """Whether the person who started the run did so outside of the project: `odoo-gate run --project` goes there.

    A shell says in PWD where it is; who cannot be asked gets a command that works from everywhere.
    """
    return bool(gate.config.getoption("odoo_gate_run")) and os.environ.get("PWD") != str(gate.settings.root)


def _pytest() -> list[str]:
    """`pytest`, where that is the one of this environment: of a tool that was installed apart, only Python is known."""
    found = shutil.which("pytest")
    own = found is not None and Path(found).parent == Path(sys.executable).parent
    return ["pytest"] if own else [sys.executable, "-m", "pytest"]


@contextmanager
def keeping_what_fails(gate: GateSession, item: pytest.Item) -> Iterator[None]:
    """Over the life of one item, where databases of failed checks are kept."""
    if gate.keeping is None:
        yield
        return
    from odoo_gate.errors import GateError

    gate.keeping.check_started()
    try:
        yield
    finally:
        try:
            gate.keeping.check_ended()
        except GateError as error:
            gate.say(f"the database of {item.nodeid} is not kept, and goes with the run: {error}")


def _check(item: pytest.Item) -> str:
    marker = item.get_closest_marker("gate")
    return str(marker.args[0]) if marker is not None else ""
