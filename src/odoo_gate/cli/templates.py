"""`odoo-gate templates`: what the template store holds on this machine, and how to make it smaller."""

from __future__ import annotations

import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from odoo_gate.cli.output import Json, print_json
from odoo_gate.cli.projects import find_project
from odoo_gate.cli.wire import TemplatesV1
from odoo_gate.odoo.store import Store, StoredTemplate
from odoo_gate.odoo.testbed import open_store
from odoo_gate.settings import Settings, StoreSettings
from odoo_gate.stack.run import Run, new_run_id
from odoo_gate.stack.store_server import StoreServer

app = typer.Typer(help="The template store: sealed databases that tests are cloned from.", no_args_is_help=True)

_MB = 1e6
_DAY = 86400.0

Project = Annotated[
    Path | None, typer.Option(help="The checkout whose gate.toml says what to keep (default: from here up).")
]


@app.command("list")
def list_templates(project: Project = None, as_json: Json = False) -> None:
    """Show every template: what it holds, its size, when it was made and last used.

    Example: odoo-gate templates list
    """
    with _open(find_project(project)) as (store, _):
        templates = store.templates()
    if as_json:
        print_json(TemplatesV1.of(templates))
        return
    console = Console()
    if not templates:
        console.print("the template store is empty")
        return
    console.print(_table(templates, time.time()))
    total = sum(template.size for template in templates) / _MB
    console.print(f"{len(templates)} templates, {total:,.0f} MB")


@app.command()
def prune(
    project: Project = None,
    max_age_days: Annotated[
        float | None, typer.Option(min=0, help="Drop what was not used for so long (default: gate.toml's).")
    ] = None,
    max_size_gb: Annotated[
        float | None, typer.Option(min=0, help="Keep at most so much, the last used first (default: gate.toml's).")
    ] = None,
) -> None:
    """Drop templates by age and size. What is dropped is built again when it is needed.

    Example: odoo-gate templates prune --max-size-gb 0
    """
    settings = find_project(project)
    limits = settings.store if settings else StoreSettings()
    with _open(settings) as (store, server):
        dropped = store.prune(
            server,
            max_age_days=limits.max_age_days if max_age_days is None else max_age_days,
            max_size_gb=limits.max_size_gb if max_size_gb is None else max_size_gb,
            spare_seconds=0,
        )
    freed = sum(template.size for template in dropped) / _MB
    Console().print(f"dropped {len(dropped)} templates, {freed:,.0f} MB")


@contextmanager
def _open(settings: Settings | None) -> Iterator[tuple[Store, StoreServer]]:
    """The store, whose PostgreSQL runs meanwhile if no other run has it up already."""
    console = Console(stderr=True)
    image = settings.stack.postgres_image if settings else ""
    with (
        tempfile.TemporaryDirectory(prefix="odoo-gate-") as folder,
        Run(new_run_id(), Path(folder), console.print) as run,
    ):
        _, server, store = open_store(image, run, console.print)
        yield store, server


def _table(templates: list[StoredTemplate], now: float) -> Table:
    table = Table("key", "holds", "MB", "made", "last used")
    table.columns[2].justify = "right"
    for template in templates:
        table.add_row(
            template.key,
            template.label,
            f"{template.size / _MB:,.0f}",
            _ago(now - template.created),
            _ago(now - template.last_used),
        )
    return table


def _ago(seconds: float) -> str:
    """In the one unit a person would choose."""
    for unit, length in (("d", _DAY), ("h", 3600.0), ("min", 60.0)):
        if seconds >= length:
            return f"{seconds / length:.0f} {unit} ago"
    return "just now"
