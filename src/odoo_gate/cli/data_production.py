"""`odoo-gate data restore|anonymise|scan`: a copy of production, and the same without what it says of people."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from odoo_gate.cli.projects import open_project
from odoo_gate.data.production import anonymised_template, restored_template
from odoo_gate.data.production.anonymise import plan_of, read_salt
from odoo_gate.data.production.anonymise_plan import Plan
from odoo_gate.data.production.dump import Dump, open_dump
from odoo_gate.data.production.restore import restore as restore_into
from odoo_gate.data.production.scan import require_clean
from odoo_gate.data.production.scan import scan as scan_database
from odoo_gate.errors import UsageError
from odoo_gate.model import Say
from odoo_gate.odoo.databases import Databases, database_errors
from odoo_gate.odoo.store import Template
from odoo_gate.odoo.testbed import Release, Testbed, open_testbed
from odoo_gate.settings import Settings
from odoo_gate.stack.run import Run, new_run_id

DumpFile = Annotated[Path, typer.Argument(help="A zip of Odoo, or a dump of pg_dump: custom, plain or plain.gz.")]
Filestore = Annotated[
    Path | None, typer.Option(help="The filestore, a folder or a tar of it, where the dump does not hold it.")
]
Project = Annotated[Path | None, typer.Option(help="The checkout whose addons the dump needs (default: from here up).")]


def restore(dump: DumpFile, filestore: Filestore = None, project: Project = None) -> None:
    """Restore and neutralise a dump of production, as a template. What it says of people stays in it.

    Example: odoo-gate data restore production.zip
    """
    settings = open_project(project)
    opened = open_dump(dump, filestore)
    with _opened(settings) as (testbed, release, say):
        _tell(restored_template(testbed, release, opened, say))


def anonymise(
    dump: DumpFile,
    filestore: Filestore = None,
    project: Project = None,
    plan: Annotated[bool, typer.Option("--plan", help="Only show what would happen to every column.")] = False,
) -> None:
    """Restore, neutralise and anonymise a dump of production, as a template; keep nothing of what it was.

    Example: ODOO_GATE_ANONYMISE_SALT=... odoo-gate data anonymise production.zip
    """
    settings = open_project(project)
    salt = b"" if plan else read_salt(settings)
    opened = open_dump(dump, filestore)
    with _opened(settings) as (testbed, release, say):
        if plan:
            _show(_planned(testbed, release, opened, say))
        else:
            _tell(anonymised_template(testbed, release, opened, salt, say))


def scan(
    dump: DumpFile,
    words: Annotated[
        list[str] | None, typer.Argument(help="What must not be found: names, numbers, addresses.")
    ] = None,
    words_file: Annotated[Path | None, typer.Option(help="A file with one of them in every line.")] = None,
    filestore: Filestore = None,
    project: Project = None,
) -> None:
    """Search the anonymised dump, every table and file of it, for words that production has.

    Example: odoo-gate data scan production.zip Jansen NL91ABNA0417164300
    """
    wanted = [*(words or []), *_lines(words_file)]
    if not wanted:
        raise UsageError("nothing to search for", hint="give words that production has, or --words-file FILE")
    settings = open_project(project)
    salt = read_salt(settings)
    opened = open_dump(dump, filestore)
    with _opened(settings) as (testbed, release, say):
        template = anonymised_template(testbed, release, opened, salt, say)
        with testbed.clone(template, release) as clone:
            result = scan_database(testbed, release, clone.database, wanted, say)
    Console().print(str(result))
    require_clean(result)


@contextmanager
def _opened(settings: Settings) -> Iterator[tuple[Testbed, Release, Say]]:
    """A testbed, and what runs in production: the baseline where gate.toml names one."""
    console = Console(stderr=True, highlight=False)
    with (
        tempfile.TemporaryDirectory(prefix="odoo-gate-") as folder,
        Run(new_run_id(), Path(folder), console.print) as run,
    ):
        testbed = open_testbed(settings, run, console.print)
        yield testbed, testbed.baseline or testbed.candidate, console.print


def _planned(testbed: Testbed, release: Release, dump: Dump, say: Say) -> Plan:
    """Restores into a database that is dropped again."""
    settings = testbed.settings
    scratch = testbed.store.new_database()
    try:
        with database_errors(f"making {scratch.database}"):
            Databases(testbed.postgres).create_empty(scratch.database, settings.database.extensions)
        restore_into(testbed, release, dump, scratch.database, settings.anonymise.missing_files, say)
        return plan_of(testbed.postgres.dsn(scratch.database), settings)[0]
    finally:
        testbed.store.drop(scratch, release.agent)


def _show(plan: Plan) -> None:
    table = Table("column", "type", "becomes", "because")
    for each in plan.decisions:
        if each.column.is_text or each.kind != "keep":
            table.add_row(each.column.full_name, each.column.ttype or each.column.type, each.kind, each.why)
    Console().print(table)
    typer.echo(f"{len(plan.changes)} columns change, {len(plan.wizards)} tables of wizards are emptied")


def _tell(template: Template) -> None:
    built = f"built in {template.seconds:.0f} s" if template.built else "was there already"
    typer.echo(f"{template.database}: {template.label}, {built}")


def _lines(path: Path | None) -> list[str]:
    if path is None:
        return []
    try:
        return [line.strip() for line in path.read_text(encoding="utf-8").splitlines() if line.strip()]
    except (OSError, UnicodeDecodeError) as error:
        raise UsageError(f"{path} cannot be read: {error}", hint="name a text file in UTF-8") from error
