"""`odoo-gate crons`: degraded mode, for the runbook."""

from __future__ import annotations

from typing import Annotated

import psycopg
import typer

from odoo_gate.errors import StackError, UsageError

app = typer.Typer(
    help="Degraded mode: pause scheduled actions of a database and resume exactly those.", no_args_is_help=True
)


@app.command()
def pause(
    essential: Annotated[
        str, typer.Option("--except", metavar="XMLIDS", help="External ids of those that go on, separated by commas.")
    ] = "",
) -> None:
    """Deactivate every active scheduled action of the database that libpq's variables name (PGHOST, PGDATABASE, ...).

    What was paused is remembered in the database itself. Waits for jobs that run.

    Example: PGDATABASE=devries odoo-gate crons pause --except construction_procurement.ir_cron_send
    """
    from odoo_gate.resilience.crons import pause_crons

    with _connected() as connection:
        paused = pause_crons(connection, [name for name in essential.split(",") if name])
    for name in paused:
        typer.echo(name)
    typer.echo(f"{len(paused)} paused", err=True)


@app.command()
def resume() -> None:
    """Activate what `pause` deactivated, and nothing else.

    Example: PGDATABASE=devries odoo-gate crons resume
    """
    from odoo_gate.resilience.crons import resume_crons

    with _connected() as connection:
        resumed = resume_crons(connection)
    for name in resumed:
        typer.echo(name)
    typer.echo(f"{len(resumed)} resumed", err=True)


def _connected() -> psycopg.Connection:
    try:
        connection = psycopg.connect("")
        connection.execute("SELECT FROM ir_cron LIMIT 0")
        connection.rollback()
    except psycopg.errors.UndefinedTable as error:
        raise UsageError("this database is not Odoo's", hint="set PGDATABASE to Odoo's database") from error
    except psycopg.OperationalError as error:
        raise StackError(
            f"PostgreSQL cannot be reached: {error}", hint="set PGHOST, PGPORT, PGUSER, PGPASSWORD and PGDATABASE"
        ) from error
    return connection
