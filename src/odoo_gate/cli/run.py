"""`odoo-gate run`: from a checkout to a signed verdict."""

from __future__ import annotations

import json
import os
import secrets
import shlex
import subprocess
import sys
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import asdict
from datetime import UTC, datetime
from importlib import resources
from pathlib import Path
from signal import SIGINT, SIGTERM
from typing import Annotated

import typer
from rich.console import Console

from odoo_gate.addons import addons_listing, candidate_graph
from odoo_gate.attest.keys import PASSPHRASE_VARIABLE, SIGNING_KEY_VARIABLE, load_signer
from odoo_gate.errors import ExitCode, InfrastructureError, UsageError
from odoo_gate.evidence import EvidenceWriter
from odoo_gate.judgement import Assembled, Prepared, assemble, prepare, read_policy
from odoo_gate.model import CheckResult, Finding, ImageIdentity, Outcome, Say, Status
from odoo_gate.settings import Settings, find_gate_toml, load_settings
from odoo_gate.stack.images import Images
from odoo_gate.subject import release_subject

_EXIT = {Status.GO: ExitCode.GO, Status.NO_GO: ExitCode.NO_GO, Status.INCONCLUSIVE: ExitCode.INCONCLUSIVE}
_STYLE = {Status.GO: "bold green", Status.NO_GO: "bold red", Status.INCONCLUSIVE: "bold yellow"}
_REASONS_SHOWN = 10

PYTEST_INTERRUPTED = 2
PYTEST_INFRASTRUCTURE = 64 + ExitCode.INFRASTRUCTURE
"""What the plugin ends pytest with when containers cannot be had; no status of pytest's own."""


def run(
    project: Annotated[
        Path | None, typer.Option(help="The checkout to judge (default: gate.toml upwards from here).")
    ] = None,
    environment: Annotated[str, typer.Option(help="Judge for this environment instead of gate.toml's.")] = "",
    workers: Annotated[
        str, typer.Option("--workers", "-n", help="pytest workers that run tests side by side.")
    ] = "auto",
) -> int:
    """Judge the release in a checkout: run every check, write a signed verdict and its report.

    Example: odoo-gate run --project examples/construction -n 2
    """
    console = Console()
    started = datetime.now(UTC)
    settings = _settings(project, environment)
    signer = load_signer(settings.attest.signing_key, settings.root, os.environ)
    images = _images(settings, console.print)
    before = _read_release(settings, images)
    folder = _new_run_folder(settings, started)
    prepare(folder, before)
    _write_images(folder, images)
    interrupted = _run_pytest(settings, folder, workers)
    _record_snapshot(folder, before, _read_release(settings, images), started)
    assembled = assemble(
        folder, before.subject, before.addons_listing, before.policy, signer, datetime.now(UTC)
    )
    _point_latest(folder)
    _tell(console, settings, assembled)
    return int(ExitCode.INTERRUPTED if interrupted else _EXIT[assembled.verdict.status])


def _settings(project: Path | None, environment: str) -> Settings:
    found = find_gate_toml(Path.cwd()) if project is None else project / "gate.toml"
    if found is None:
        raise UsageError("there is no gate.toml here or above", hint="write one with: odoo-gate init")
    settings = load_settings(found.parent, os.environ)
    if not environment:
        return settings
    policy = settings.policy.model_copy(update={"environment": environment})
    return settings.model_copy(update={"policy": policy})


def _images(settings: Settings, say: Say) -> Sequence[ImageIdentity]:
    """The release's image, its test image, PostgreSQL and Redis: here, pulled or built."""
    images, stack, requirements = Images(say), settings.stack, settings.requirements()
    series = settings.project.series
    return (
        images.odoo(series, stack.odoo_image, requirements),
        images.odoo(series, stack.odoo_image, requirements, "test"),
        images.postgres(stack.postgres_image),
        images.redis(stack.redis_image),
    )


def _read_release(settings: Settings, images: Sequence[ImageIdentity]) -> Prepared:
    """What lies in the checkout at this moment; the image the tests run in is no part of the release."""
    odoo, _, *services = images
    policy = read_policy(settings)
    graph = candidate_graph(settings, None)
    subject = release_subject(settings, graph, (odoo, *services), policy)
    return Prepared(subject, addons_listing(settings.addons_roots, settings.root).encode(), policy)


def _new_run_folder(settings: Settings, started: datetime) -> Path:
    name = f"{started:%Y%m%dT%H%M%SZ}-{secrets.token_hex(3)}"
    folder = settings.root / ".odoo-gate" / "runs" / name
    folder.mkdir(parents=True)
    return folder


def _write_images(folder: Path, images: Sequence[ImageIdentity]) -> None:
    """Keep the inventories of all images of the run, the test image's too, as evidence."""
    (folder / "images.json").write_text(json.dumps([asdict(image) for image in images], indent=1) + "\n")


def _run_pytest(settings: Settings, folder: Path, workers: str) -> bool:
    """Run every test and check; what they found is in the folder's evidence. True when interrupted.

    Raises InfrastructureError when pytest says that Docker, the network or the disk failed it.
    """
    with subprocess.Popen(
        _pytest_command(settings, folder, workers), cwd=settings.root, env=_environment(settings)
    ) as process:
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


def _pytest_command(settings: Settings, folder: Path, workers: str) -> list[str]:
    suite = resources.files("pytest_odoo_gate") / "suite"
    return [
        *(sys.executable, "-m", "pytest", "--override-ini", "addopts=", "--rootdir", str(settings.root)),
        *("-n", workers, "--odoo-gate-project", str(settings.root), "--odoo-gate-run", str(folder)),
        *("--junitxml", str(folder / "junit.xml"), str(settings.root), str(suite)),
    ]


def _environment(settings: Settings) -> dict[str, str]:
    """The tests' environment: no option of the person's shell narrows them, and they do not get the key."""
    hidden = ("PYTEST_ADDOPTS", SIGNING_KEY_VARIABLE, PASSPHRASE_VARIABLE)
    kept = {name: value for name, value in os.environ.items() if name not in hidden}
    return kept | {"ODOO_GATE_POLICY__ENVIRONMENT": settings.policy.environment}


def _record_snapshot(folder: Path, before: Prepared, after: Prepared, started: datetime) -> None:
    """Evidence that what was tested is what is signed: the checkout did not change meanwhile."""
    finding = Finding(
        "changed-meanwhile",
        "the addons, their images or the policy changed while they were being tested",
        remedy="run the gate again and leave the checkout alone until it ends",
    )
    changed = before != after
    EvidenceWriter(folder / "snapshot.jsonl").write(
        CheckResult(
            check="run.snapshot",
            target="",
            outcome=Outcome.ERRORED if changed else Outcome.PASSED,
            started=started,
            duration=(datetime.now(UTC) - started).total_seconds(),
            reason=finding.message if changed else "",
            findings=(finding,) if changed else (),
        )
    )


def _point_latest(folder: Path) -> None:
    """`latest` beside the run folders names the newest run that has a verdict."""
    link = folder.parent / "latest"
    new = folder.parent / f".latest-{folder.name}"
    new.symlink_to(folder.name)
    new.replace(link)


def _tell(console: Console, settings: Settings, assembled: Assembled) -> None:
    verdict = assembled.verdict
    console.print()
    console.print(f"{verdict.status} for {verdict.environment}", style=_STYLE[verdict.status])
    for reason in verdict.reasons[:_REASONS_SHOWN]:
        console.print(f"  {reason.check}: {reason.message}", markup=False, highlight=False)
    if len(verdict.reasons) > _REASONS_SHOWN:
        console.print(f"  and {len(verdict.reasons) - _REASONS_SHOWN} more, all in the report")
    console.print(f"report:  {assembled.report}", soft_wrap=True, highlight=False)
    verify = ["odoo-gate", "verify", "--project", str(settings.root), str(assembled.bundle.parent)]
    console.print(f"verify:  {shlex.join(verify)}", soft_wrap=True, highlight=False)
