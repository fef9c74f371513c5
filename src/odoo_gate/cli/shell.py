"""`odoo-gate shell`: Odoo's own shell, or psql, on the stack that is up."""

from __future__ import annotations

import signal
import subprocess
from typing import Annotated

import typer

from odoo_gate.cli.projects import open_project
from odoo_gate.cli.up import Project, standing_stack
from odoo_gate.stack.standing import psql_command, shell_command


def shell(
    arguments: Annotated[
        list[str] | None, typer.Argument(metavar="[-- ARGUMENTS]", help="Passed on to `odoo shell` or psql.")
    ] = None,
    project: Project = None,
    psql: Annotated[bool, typer.Option("--psql", help="PostgreSQL's shell instead of Odoo's.")] = False,
) -> int:
    """Open a shell with `env` on the database of `odoo-gate up`; it ends with the shell's own status.

    Examples: odoo-gate shell · echo "print(env.company.name)" | odoo-gate shell -- --log-level=error ·
    odoo-gate shell --psql · odoo-gate shell --psql -- -c "SELECT count(*) FROM res_partner"
    """
    standing = standing_stack(open_project(project))
    make = psql_command if psql else shell_command
    with subprocess.Popen(make(standing, arguments or [])) as process:
        # Ctrl-C is the shell's own: it ends a statement, not the shell.
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        try:
            return process.wait()
        except KeyboardInterrupt:  # of SIGTERM or SIGHUP
            process.terminate()
            raise
