"""`odoo-gate run`: from a checkout to a signed verdict."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from signal import SIGINT, SIGTERM
from typing import Annotated

import typer

from odoo_gate.addons import addons_listing, candidate_graph
from odoo_gate.attest.keys import PASSPHRASE_VARIABLE, SIGNING_KEY_VARIABLE, load_signer
from odoo_gate.cli.projects import open_project
from odoo_gate.cli.verdict import EXIT, print_verdict
from odoo_gate.errors import PYTEST_EXIT_BASE, ExitCode, InfrastructureError
from odoo_gate.evidence import EVIDENCE, EvidenceWriter
from odoo_gate.judgement import Prepared, assemble, point_latest, prepare, read_policy, runs_folder
from odoo_gate.model import CheckResult, Finding, ImageIdentity, Outcome, Say
from odoo_gate.settings import Settings
from odoo_gate.stack.images import Images
from odoo_gate.stack.liveness import new_run_id
from odoo_gate.subject import release_subject

PYTEST_INTERRUPTED = 2
PYTEST_INFRASTRUCTURE = PYTEST_EXIT_BASE + ExitCode.INFRASTRUCTURE
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
    started = datetime.now(UTC)
    settings = _for_environment(open_project(project), environment)
    signer = load_signer(settings.attest.signing_key, settings.root, os.environ)
    images = _images(settings, typer.echo)
    before = _read_release(settings, images)
    folder = runs_folder(settings.root) / new_run_id()
    prepare(folder, before)
    _write_circumstances(folder, settings, images)
    interrupted = _run_pytest(settings, folder, workers)
    _record_snapshot(folder, before, _read_release(settings, images), started)
    assembled = assemble(folder, before.subject, before.addons_listing, before.policy, signer, datetime.now(UTC))
    point_latest(folder)
    print_verdict(assembled, settings)
    return int(ExitCode.INTERRUPTED if interrupted else EXIT[assembled.verdict.status])


def _for_environment(settings: Settings, environment: str) -> Settings:
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


def _write_circumstances(folder: Path, settings: Settings, images: Sequence[ImageIdentity]) -> None:
    """Keep the settings in force and the inventory of every image, the test image's too, as evidence."""
    (folder / "settings.json").write_text(settings.model_dump_json(indent=1, exclude={"root", "file"}) + "\n")
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
    root = str(settings.root)
    return [
        *(sys.executable, "-m", "pytest", root, "--rootdir", root, "--override-ini", "addopts="),
        *("-n", workers, "--odoo-gate-project", root, "--odoo-gate-run", str(folder), "--odoo-gate-suite"),
        *("--junitxml", str(folder / "junit.xml")),
    ]


def _environment(settings: Settings) -> dict[str, str]:
    """The tests' environment: no option of the person's shell narrows them, and they do not get the key."""
    keys = (SIGNING_KEY_VARIABLE, PASSPHRASE_VARIABLE)
    kept = {name: value for name, value in os.environ.items() if name not in keys and not name.startswith("PYTEST_")}
    return kept | {"ODOO_GATE_POLICY__ENVIRONMENT": settings.policy.environment}


def _record_snapshot(folder: Path, before: Prepared, after: Prepared, started: datetime) -> None:
    """Evidence that what was tested is what is signed: the checkout did not change meanwhile."""
    finding = Finding(
        "changed-meanwhile",
        "the addons, their images or the policy changed while they were being tested",
        remedy="run the gate again and leave the checkout alone until it ends",
    )
    changed = before != after
    EvidenceWriter(folder / EVIDENCE).write(
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
