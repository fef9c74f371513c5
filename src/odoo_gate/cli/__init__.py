"""The `odoo-gate` command: a file a subcommand, one handler for every error."""

from __future__ import annotations

import sys

import typer

from odoo_gate.errors import ExitCode, GateError
from odoo_gate.stack.interrupts import termination_as_interrupt


def main() -> None:
    """Run the command line and end the process with one of `ExitCode`."""
    sys.exit(_status())


def _status() -> int:
    try:
        # Imported here, because it takes a while in which a person may press Ctrl-C.
        from odoo_gate.cli.subcommands import command_line

        with termination_as_interrupt():
            result = command_line(*sys.argv[1:2])(standalone_mode=False)
    except GateError as error:
        _complain(str(error))
        if "--json" in sys.argv:
            from odoo_gate.cli.output import print_error

            print_error(error.message, error.hint, int(error.exit_code))
        return int(error.exit_code)
    except typer.Exit as done:
        return done.exit_code
    except (KeyboardInterrupt, typer.Abort):
        _complain("interrupted")
        return int(ExitCode.INTERRUPTED)
    except Exception as error:  # click's own usage errors know how to show themselves
        show = getattr(error, "show", None)
        if show is None:
            raise
        show()
        return int(ExitCode.USAGE)
    return int(result) if isinstance(result, int) else int(ExitCode.GO)


def _complain(text: str) -> None:
    typer.secho(f"odoo-gate: {text}", fg=typer.colors.RED, err=True)
