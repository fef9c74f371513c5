"""The subcommands put together."""

from __future__ import annotations

import typer

from odoo_gate import __version__
from odoo_gate.cli import (
    approve,
    attest,
    contracts,
    crons,
    data,
    doctor,
    explain,
    history,
    images,
    init,
    judge,
    keys,
    load,
    override,
    probe,
    record,
    recovery,
    report,
    respond,
    rollback,
    run,
    security,
    shell,
    templates,
    up,
    verify,
    watch,
)

app = typer.Typer(
    name="odoo-gate",
    help="May this exact Odoo release go to that environment now?",
    no_args_is_help=True,
    rich_markup_mode="rich",
    pretty_exceptions_enable=False,
    epilog="Exit status: 0 GO, 1 NO-GO, 2 usage, 3 INCONCLUSIVE, 4 infrastructure, 5 invalid, 6 overridden,"
    " 130 interrupted",
)
app.command()(init.init)
app.command()(run.run)
app.command()(judge.judge)
app.command()(verify.verify)
app.command()(explain.explain)
app.command()(history.history)
app.command()(probe.probe)
app.command()(approve.approve)
app.command()(attest.attest)
app.command()(override.override)
app.command()(doctor.doctor)
app.command()(up.up)
app.command()(up.down)
app.command()(shell.shell)
app.command()(watch.watch)
app.add_typer(images.app, name="images")
app.add_typer(templates.app, name="templates")
app.add_typer(keys.app, name="keys")
app.add_typer(record.app, name="record")
app.add_typer(respond.app, name="respond")
app.add_typer(rollback.app, name="rollback")
app.add_typer(data.app, name="data")
app.add_typer(recovery.app, name="recovery")
app.add_typer(crons.app, name="crons")
app.add_typer(report.app, name="report")
app.add_typer(load.app, name="load")
app.add_typer(security.app, name="security")
app.add_typer(contracts.app, name="contracts")


@app.callback(invoke_without_command=True)
def _version(version: bool = typer.Option(False, "--version", help="Print the version and leave.")) -> None:
    if version:
        typer.echo(f"odoo-gate {__version__}")
        raise typer.Exit
