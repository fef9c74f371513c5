"""The pytest sessions of a run: first what can run side by side, then what must be alone on the machine to measure."""

from __future__ import annotations

import difflib
import json
import os
import shutil
import sys
import time
from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from signal import SIGKILL, SIGTERM

from odoo_gate.attest.keys import PASSPHRASE_VARIABLE, SIGNING_KEY_VARIABLE
from odoo_gate.attest.signers import COMMAND_KEY_VARIABLE, COMMAND_VARIABLE
from odoo_gate.attest.timestamp import TSA_VARIABLE
from odoo_gate.cli import progress
from odoo_gate.cli.child import running
from odoo_gate.cli.dumpable import hide_from_own_user
from odoo_gate.cli.durations import Durations
from odoo_gate.cli.following import LineCount, follow
from odoo_gate.cli.progress import Manner, Show, show_for
from odoo_gate.errors import PYTEST_EXIT_BASE, ExitCode, InfrastructureError, UsageError
from odoo_gate.evidence import EVIDENCE
from odoo_gate.settings import Settings
from odoo_gate.stack.sweep import sweep

PYTEST_INTERRUPTED = 2
PYTEST_INFRASTRUCTURE = PYTEST_EXIT_BASE + ExitCode.INFRASTRUCTURE
"""What the plugin ends pytest with when containers cannot be had; no status of pytest's own."""

_LAST_LINES = 20


@dataclass(frozen=True, slots=True)
class Phase:
    """One session of pytest. `families` are what it asks, `evidence` and `junit` the files it leaves in the run folder.

    `tests` is the family of the project's own tests, the addons' among them; the others are the gate's suite.
    """

    name: str
    families: tuple[str, ...]
    evidence: str
    junit: str
    side_by_side: bool


PHASES = (
    Phase("tests", ("modules", "tests"), EVIDENCE, "junit.xml", side_by_side=True),
    Phase(
        "rehearsals",
        ("parity", "security", "tenancy", "contracts", "migration", "recovery"),
        "evidence-rehearsals.jsonl",
        "junit-rehearsals.xml",
        side_by_side=False,
    ),
    Phase("load", ("load", "resilience"), "evidence-load.jsonl", "junit-load.xml", side_by_side=False),
)
FAMILIES = tuple(family for phase in PHASES for family in phase.families)


def phases_of(only: str, demanded: Collection[str]) -> tuple[Phase, ...]:
    """The phases that ask the families in `only` (comma-separated), or, when it is empty, what the policy demands.

    The first phase is the release itself: it is asked whatever the policy says. Raises UsageError.
    """
    named = {name.strip() for name in only.split(",") if name.strip()}
    asked = named or {*PHASES[0].families, *demanded}
    for name in sorted(named - set(FAMILIES)):
        close = difflib.get_close_matches(name, FAMILIES, n=1)
        guess = f"did you mean {close[0]}? " if close else ""
        raise UsageError(f"there is no family of checks {name!r}", hint=f"{guess}there are {', '.join(FAMILIES)}")
    chosen = ((phase, tuple(name for name in phase.families if name in asked)) for phase in PHASES)
    return tuple(replace(phase, families=families) for phase, families in chosen if families)


def run_phases(
    phases: Sequence[Phase],
    settings: Settings,
    folder: Path,
    workers: str,
    *,
    manner: Manner = Manner.PLAIN,
    as_json: bool = False,
    keep_stack: bool = False,
) -> bool:
    """Run each phase to its end, whatever an earlier one found. True when a person interrupted.

    Every phase's evidence file is there from the start: a session that dies before its first word left an empty one,
    which is no evidence. What pytest prints is kept in `logs/pytest-<phase>.log`. Raises InfrastructureError when
    pytest says that Docker, the network or the disk failed it.
    """
    hide_from_own_user()  # from here on, code of the release runs as the same user
    for phase in phases:
        (folder / phase.evidence).touch()
    show, options = show_for(manner, as_json=as_json), _options(manner, keep_stack)
    durations = Durations(settings.root)
    for number, phase in enumerate(phases, start=1):
        name = f"{phase.name}: {', '.join(phase.families)}, {settings.load.profile}"
        told = progress.Phase(phase.name, ", ".join(phase.families), number, len(phases), durations.expected(name))
        started = time.monotonic()
        with show.phase(told):
            if _run_pytest(
                phase, [*_pytest_command(phase, settings, folder, workers), *options], settings, folder, show
            ):
                return True
        durations.add(name, time.monotonic() - started)
    return False


def _run_pytest(phase: Phase, command: Sequence[str], settings: Settings, folder: Path, show: Show) -> bool:
    log, evidence = folder / "logs" / f"pytest-{phase.name}.log", folder / phase.evidence
    with running(command, cwd=settings.root, env=_environment(settings), piped=True) as child:
        status = follow(child, log, show, LineCount(evidence))
    if status == -SIGKILL:  # when its patience was over, or memory was: it could remove nothing of what it started
        sweep(lambda line: show.line(progress.SAID + line))
    if child.interrupted:
        return True
    if status == PYTEST_INFRASTRUCTURE:
        raise InfrastructureError(
            f"the release was not judged: the infrastructure failed (run {folder.name})\n{_last_words(log)}",
            hint="the message above says what failed; `odoo-gate doctor` looks at the machine",
        )
    return status in (PYTEST_INTERRUPTED, -SIGTERM)


def _last_words(log: Path) -> str:
    """What the gate last said in pytest's output: there the reason is."""
    lines = log.read_text("utf-8", "replace").splitlines()
    told = [number for number, line in enumerate(lines) if "odoo-gate: " in line]
    return "\n".join(line.strip("! ") for line in lines[told[-1] if told else 0 :][-_LAST_LINES:])


def _options(manner: Manner, keep_stack: bool) -> list[str]:
    colour = ["--color=yes"] if manner is Manner.LIVE else []
    return [*colour, *(["--odoo-gate-keep"] if keep_stack else [])]


def _pytest_command(phase: Phase, settings: Settings, folder: Path, workers: str) -> list[str]:
    root = str(settings.root)
    return [
        *(sys.executable, "-m", "pytest", "--rootdir", root, "--override-ini", "addopts="),
        *(("-n", workers) if phase.side_by_side else ("-p", "no:xdist")),
        *("--odoo-gate-project", root, "--odoo-gate-run", str(folder), "--odoo-gate-evidence", phase.evidence),
        *("--odoo-gate-families", ",".join(phase.families), "--junitxml", str(folder / phase.junit)),
    ]


def _environment(settings: Settings) -> dict[str, str]:
    """The tests' environment: no option of the person's shell narrows them, and they do not get the key."""
    keys = (SIGNING_KEY_VARIABLE, PASSPHRASE_VARIABLE, COMMAND_VARIABLE, COMMAND_KEY_VARIABLE, TSA_VARIABLE)
    kept = {name: value for name, value in os.environ.items() if name not in keys and not name.startswith("PYTEST_")}
    companies = settings.tenancy.companies
    narrowed = {"ODOO_GATE_TENANCY__COMPANIES": json.dumps(companies)} if companies else {}
    chosen = {
        "PYTHONUNBUFFERED": "1",  # what it prints is read as it comes
        "PYTHONDONTWRITEBYTECODE": "1",  # beside a conftest.py of the addons it would be deployed with them
        "COLUMNS": str(shutil.get_terminal_size().columns),
        "ODOO_GATE_POLICY__ENVIRONMENT": settings.policy.environment,
        "ODOO_GATE_LOAD__PROFILE": settings.load.profile,
    }
    return kept | chosen | narrowed
