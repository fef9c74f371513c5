"""The command line with all subcommands: what help, completion and the reference are made of."""

from __future__ import annotations

from odoo_gate.cli.subcommands import command_line

app = command_line()
