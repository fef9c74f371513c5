"""The `odoo-gate` command: a file a subcommand, one handler for every error."""

from __future__ import annotations

import sys

import typer
from rich.console import Console

from odoo_gate import __version__
from odoo_gate.cli import doctor, images, init, judge, keys, run, templates, verify
from odoo_gate.errors import ExitCode, GateError

app = typer.Typer(
    name="odoo-gate",
    help="May this exact Odoo release go to that environment now?",
    no_args_is_help=True,
    rich_markup_mode="rich",
    pretty_exceptions_enable=False,
    epilog="Exit status: 0 GO, 1 NO-GO, 2 usage, 3 INCONCLUSIVE, 4 infrastructure, 5 invalid, 130 interrupted",
)
app.command()(init.init)
app.command()(run.run)
app.command()(judge.judge)
app.command()(verify.verify)
app.command()(doctor.doctor)
app.add_typer(images.app, name="images")
app.add_typer(templates.app, name="templates")
app.add_typer(keys.app, name="keys")


@app.callback(invoke_without_command=True)
def _version(version: bool = typer.Option(False, "--version", help="Print the version and leave.")) -> None:
    if version:
        typer.echo(f"odoo-gate {__version__}")
        raise typer.Exit


def main() -> None:
    """Run the command line and end the process with one of `ExitCode`."""
    sys.exit(_status())


def _status() -> int:
    errors = Console(stderr=True)
    try:
        result = app(standalone_mode=False)
    except GateError as error:
        errors.print(f"odoo-gate: {error}", style="red", markup=False, highlight=False)
        return int(error.exit_code)
    except typer.Exit as done:
        return done.exit_code
    except (KeyboardInterrupt, typer.Abort):
        errors.print("odoo-gate: interrupted", style="red")
        return int(ExitCode.INTERRUPTED)
    except Exception as error:  # click's own usage errors know how to show themselves
        show = getattr(error, "show", None)
        if show is None:
            raise
        show()
        return int(ExitCode.USAGE)
    return int(result) if isinstance(result, int) else int(ExitCode.GO)
