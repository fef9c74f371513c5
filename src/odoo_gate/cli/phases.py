"""The pytest sessions of a run: first what can run side by side, then what must be alone on the machine to measure."""

from __future__ import annotations

import difflib
import json
import os
import subprocess
import sys
from collections.abc import Collection, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path
from signal import SIGINT, SIGTERM

from odoo_gate.attest.keys import PASSPHRASE_VARIABLE, SIGNING_KEY_VARIABLE
from odoo_gate.errors import PYTEST_EXIT_BASE, ExitCode, InfrastructureError, UsageError
from odoo_gate.evidence import EVIDENCE
from odoo_gate.settings import Settings

PYTEST_INTERRUPTED = 2
PYTEST_INFRASTRUCTURE = PYTEST_EXIT_BASE + ExitCode.INFRASTRUCTURE
"""What the plugin ends pytest with when containers cannot be had; no status of pytest's own."""


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


def run_phases(phases: Sequence[Phase], settings: Settings, folder: Path, workers: str) -> bool:
    """Run each phase to its end, whatever an earlier one found. True when a person interrupted.

    Every phase's evidence file is there from the start: a session that dies before its first word left an empty one,
    which is no evidence. Raises InfrastructureError when pytest says that Docker, the network or the disk failed it.
    """
    for phase in phases:
        (folder / phase.evidence).touch()
    return any(_run_pytest(phase, settings, folder, workers) for phase in phases)


def _run_pytest(phase: Phase, settings: Settings, folder: Path, workers: str) -> bool:
    command = _pytest_command(phase, settings, folder, workers)
    with subprocess.Popen(command, cwd=settings.root, env=_environment(settings)) as process:
        try:
            status = process.wait()
        except KeyboardInterrupt:
            # The terminal sent Ctrl-C to pytest too; it removes its containers and says where it stopped.
            with suppress(KeyboardInterrupt):
                process.wait()
            return True
    if status == PYTEST_INFRASTRUCTURE:
        raise InfrastructureError(
            f"the release was not judged: the infrastructure failed (run {folder.name})",
            hint="the message above says what failed; `odoo-gate doctor` looks at the machine",
        )
    return status in (PYTEST_INTERRUPTED, -SIGINT, -SIGTERM)


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
    keys = (SIGNING_KEY_VARIABLE, PASSPHRASE_VARIABLE)
    kept = {name: value for name, value in os.environ.items() if name not in keys and not name.startswith("PYTEST_")}
    companies = settings.tenancy.companies
    narrowed = {"ODOO_GATE_TENANCY__COMPANIES": json.dumps(companies)} if companies else {}
    chosen = {
        "ODOO_GATE_POLICY__ENVIRONMENT": settings.policy.environment,
        "ODOO_GATE_LOAD__PROFILE": settings.load.profile,
    }
    return kept | chosen | narrowed
