"""`odoo-gate report`: the report of a run on paper."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated

import typer

from odoo_gate.attest.run_folder import REPORT
from odoo_gate.cli.latest import latest_run
from odoo_gate.errors import InfrastructureError, UsageError
from odoo_gate.process import run as run_program

app = typer.Typer(help="The report of a run on paper.", no_args_is_help=True)

CHROMIUM_VARIABLE = "ODOO_GATE_CHROMIUM"
_NAMES = ("chromium", "chromium-browser", "google-chrome-stable", "google-chrome", "chrome", "microsoft-edge")
_TIMEOUT = 180.0


@app.callback()
def _app() -> None:
    """The report of a run on paper."""


@app.command()
def pdf(
    run: Annotated[Path | None, typer.Argument(help="A run folder (default: the project's latest run).")] = None,
    output: Annotated[
        Path | None, typer.Option("--output", "-o", help="The file to write (default: odoo-gate-<run>.pdf here).")
    ] = None,
    project: Annotated[
        Path | None, typer.Option(help="The project whose latest run it is (default: where gate.toml is found).")
    ] = None,
) -> None:
    """Print a run's report into a PDF, with the Chromium or Chrome of this machine. It is a copy, and not signed.

    Examples: odoo-gate report pdf · odoo-gate report pdf run/ -o readiness.pdf
    """
    folder = run.resolve() if run is not None else latest_run(project)
    report = folder / REPORT
    if not report.is_file():
        raise UsageError(f"{folder} holds no {REPORT}", hint="give the folder of a judged run")
    target = (output or Path(f"odoo-gate-{folder.name}.pdf")).absolute()
    if target.is_relative_to(folder):
        raise UsageError(
            f"{target} lies in the run, whose files are signed as they are", hint="write the copy elsewhere: -o FILE"
        )
    print_pdf(report, target, find_chromium(os.environ))
    typer.echo(str(target))


def find_chromium(env: Mapping[str, str]) -> str:
    """The browser to print with: $ODOO_GATE_CHROMIUM, else one on the PATH. Raises UsageError when there is none."""
    named = env.get(CHROMIUM_VARIABLE, "")
    for name in (named,) if named else _NAMES:
        found = shutil.which(name, path=env.get("PATH"))
        if found:
            return found
    raise UsageError(
        f"there is no {named or 'Chromium or Chrome'} on this machine",
        hint=f"install chromium, name a browser in ${CHROMIUM_VARIABLE}, or print report.html from any browser",
    )


def print_pdf(report: Path, target: Path, browser: str) -> None:
    """Have `browser` print `report` into `target`, without any network. Raises InfrastructureError."""
    with tempfile.TemporaryDirectory(prefix="odoo-gate-") as scratch:
        printed = Path(scratch) / "report.pdf"
        run_program(
            [
                browser,
                "--headless",
                *(("--no-sandbox",) if os.geteuid() == 0 else ()),
                *("--disable-gpu", "--disable-quic", "--no-first-run", "--disable-sync"),
                *("--disable-background-networking", "--disable-component-update", "--disable-dev-shm-usage"),
                "--host-resolver-rules=MAP * ~NOTFOUND",
                f"--user-data-dir={scratch}/profile",
                "--no-pdf-header-footer",
                f"--print-to-pdf={printed}",
                report.resolve().as_uri(),
            ],
            timeout=_TIMEOUT,
        )
        if not printed.is_file() or not printed.read_bytes().startswith(b"%PDF-"):
            raise InfrastructureError(f"{browser} printed no PDF", hint="print report.html from a browser by hand")
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.move(printed, target)
