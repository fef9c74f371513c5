"""`odoo-gate data`: databases that look like production, as templates."""

from __future__ import annotations

import tempfile
import time
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from odoo_gate.cli import data_production
from odoo_gate.cli.output import Json, print_json
from odoo_gate.cli.projects import open_project
from odoo_gate.cli.wire import TemplatesV1
from odoo_gate.data import PROFILES, SCALES, data_spec, data_template
from odoo_gate.data.generation import LABEL
from odoo_gate.errors import SettingsError
from odoo_gate.odoo.store import StoredTemplate
from odoo_gate.odoo.testbed import open_store, open_testbed
from odoo_gate.stack.run import Run, new_run_id

app = typer.Typer(help="Databases that look like production, as templates.", no_args_is_help=True)

_MB = 1e6

Project = Annotated[Path | None, typer.Option(help="The checkout whose gate.toml is used (default: from here up).")]


class ReleaseChoice(StrEnum):
    CANDIDATE = "candidate"
    BASELINE = "baseline"


@app.command()
def generate(
    profile: Annotated[
        str | None, typer.Option(help="What kind of company: " + ", ".join(PROFILES) + " (default: gate.toml's).")
    ] = None,
    scale: Annotated[
        str | None, typer.Option(help="How much: " + ", ".join(SCALES) + " (default: gate.toml's).")
    ] = None,
    seed: Annotated[int | None, typer.Option(help="The same seed gives the same data (default: gate.toml's).")] = None,
    project: Project = None,
    release: Annotated[ReleaseChoice, typer.Option(help="Whose modules the data is for.")] = ReleaseChoice.CANDIDATE,
) -> None:
    """Generate data from archetype documents, prove that it holds, and keep it as a template.

    Example: odoo-gate data generate --scale medium --release baseline
    """
    settings = open_project(project)
    spec = data_spec(settings, profile=profile, scale=scale, seed=seed)
    console, started = Console(stderr=True, highlight=False), time.monotonic()
    with (
        tempfile.TemporaryDirectory(prefix="odoo-gate-") as folder,
        Run(new_run_id(), Path(folder), console.print) as run,
    ):
        testbed = open_testbed(settings, run, console.print)
        chosen = testbed.baseline if release is ReleaseChoice.BASELINE else testbed.candidate
        if chosen is None:
            raise SettingsError("gate.toml names no [baseline]", hint="add one, or give --release candidate")
        template = data_template(testbed, chosen, spec, console.print)
    state = "built" if template.built else "there already"
    Console().print(f"{template.key}  {template.label}: {state}, {time.monotonic() - started:.0f} s", highlight=False)


@app.command("list")
def list_data(project: Project = None, as_json: Json = False) -> None:
    """Show the templates that hold data.

    Example: odoo-gate data list
    """
    settings, console = open_project(project), Console(stderr=True)
    with (
        tempfile.TemporaryDirectory(prefix="odoo-gate-") as folder,
        Run(new_run_id(), Path(folder), console.print) as run,
    ):
        _, _, store = open_store(settings.stack.postgres_image, run, console.print)
        templates = [template for template in store.templates() if LABEL.search(template.label)]
    if as_json:
        print_json(TemplatesV1.of(templates))
        return
    if not templates:
        Console().print("no template holds data: odoo-gate data generate")
        return
    Console().print(_table(templates))


app.command()(data_production.restore)
app.command()(data_production.anonymise)
app.command()(data_production.scan)


def _table(templates: list[StoredTemplate]) -> Table:
    table = Table("key", "data", "MB", "made")
    table.columns[2].justify = "right"
    for template in templates:
        made = time.strftime("%Y-%m-%d %H:%M", time.localtime(template.created))
        table.add_row(template.key, template.label, f"{template.size / _MB:,.0f}", made)
    return table
