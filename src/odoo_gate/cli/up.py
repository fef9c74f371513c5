"""`odoo-gate up` and `odoo-gate down`: a stack of one's own, for as long as it is wanted."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from odoo_gate.cache import cache_dir
from odoo_gate.cli.output import Json, Plain, Quiet, print_json, sayer
from odoo_gate.cli.preflight import require_data
from odoo_gate.cli.projects import open_project
from odoo_gate.cli.wire import ClearedV1, StandingV1
from odoo_gate.errors import UsageError
from odoo_gate.odoo.kept import kept_for
from odoo_gate.settings import Settings
from odoo_gate.stack.standing import Standing, is_up, standing_of
from odoo_gate.workbench import Request, bring_up, clear

Project = Annotated[Path | None, typer.Option(help="The checkout (default: gate.toml upwards from here).")]


def up(
    project: Project = None,
    baseline: Annotated[bool, typer.Option("--baseline", help="What runs in production today instead.")] = False,
    data: Annotated[bool, typer.Option("--data", help="With production-like data, as the rehearsals have it.")] = False,
    check: Annotated[
        str, typer.Option(metavar="ID", help="On the database that this failed check worked on, by id or target.")
    ] = "",
    quiet: Quiet = False,
    plain: Plain = False,
    as_json: Json = False,
) -> None:
    """Bring Odoo up as in production, with this checkout, until `odoo-gate down`; print where and who logs in.

    Examples: odoo-gate up · odoo-gate up --data · odoo-gate up --baseline ·
    odoo-gate run --keep-stack, and then odoo-gate up --check migration.trial-balance
    """
    settings = open_project(project)
    request = _request(settings, baseline, data, check)
    standing = _already(settings, request)
    before = standing is not None
    if standing is None:
        if data:
            require_data(settings)
        started = time.monotonic()
        say = sayer(quiet=quiet, plain=plain)
        standing = bring_up(request, say)
        say(f"up in {time.monotonic() - started:.0f} s")
    if as_json:
        print_json(StandingV1.of(standing, already=before))
    else:
        _print(standing, before)


def down(
    project: Project = None,
    keep: Annotated[
        bool, typer.Option("--keep", help="Leave the databases that `run --keep-stack` kept of failed checks.")
    ] = False,
    quiet: Quiet = False,
    plain: Plain = False,
    as_json: Json = False,
) -> None:
    """Take the stack of `odoo-gate up` down, and drop the databases kept of failed checks.

    Examples: odoo-gate down · odoo-gate down --keep
    """
    cleared = clear(open_project(project), sayer(quiet=quiet, plain=plain), spare_kept=keep)
    if as_json:
        print_json(ClearedV1(stood=cleared.stood, kept_databases=cleared.kept))
        return
    stack = "the stack is down" if cleared.stood else "no stack was up"
    kept = f"; {cleared.kept} kept databases are dropped" if cleared.kept else ""
    typer.echo(stack + kept)


def standing_stack(settings: Settings) -> Standing:
    """The project's stack, which must be up. Raises UsageError."""
    standing = standing_of(cache_dir(), settings.root)
    if standing is None or not is_up(cache_dir(), standing):
        raise UsageError(f"no stack of {settings.root} is up", hint="odoo-gate up")
    return standing


def _request(settings: Settings, baseline: bool, data: bool, check: str) -> Request:
    root = str(settings.root)
    if not check:
        return Request(root, release="baseline" if baseline else "candidate", data=data)
    if data:
        raise UsageError("--check has the data of the failed check", hint="leave --data out")
    kept = kept_for(settings.root, check)
    release = "baseline" if baseline or kept.release == "baseline" else "candidate"
    return Request(root, release="baseline" if release == "baseline" else "candidate", kept=kept.key, about=check)


def _already(settings: Settings, request: Request) -> Standing | None:
    """The stack that is up already; None when there is none. Raises UsageError when it is another."""
    standing = standing_of(cache_dir(), settings.root)
    if standing is None or not is_up(cache_dir(), standing):
        return None
    if (standing.holds, standing.release) != (request.holds, request.release):
        raise UsageError(
            f"a stack is up already, with {standing.holds}, at {standing.url}",
            hint="take it down first: odoo-gate down --keep",
        )
    return standing


def _print(standing: Standing, before: bool) -> None:
    console = Console(soft_wrap=True, highlight=False)
    console.print("up already" if before else "up", style="bold green", end="")
    console.print(f": {standing.holds}, of {time.strftime('%H:%M', time.localtime(standing.started))}", markup=False)
    lines = [("url", standing.url), ("database", standing.database), ("sql", standing.dsn)]
    lines += [("login", f"{each.login}   password {each.password}") for each in standing.people]
    lines += [("log", f"docker logs -f {standing.container}")]
    lines += [("shell", "odoo-gate shell, or odoo-gate shell --psql"), ("end", "odoo-gate down")]
    for name, value in lines:
        console.print(f"{name:9} {value}", markup=False)
