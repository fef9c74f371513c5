"""A subcommand is the same whether it is put together alone or with all others, and alone it needs less."""

import subprocess
import sys

import pytest
import typer

from odoo_gate.cli.app import app
from odoo_gate.cli.subcommands import command_line

WHOLE = typer.main.get_command(app)
LIGHT = """
import sys
from odoo_gate.cli.subcommands import command_line
command_line("keys")
print(*sorted({"docker", "psycopg", "testcontainers"} & sys.modules.keys()))
"""


@pytest.mark.parametrize("name", WHOLE.commands)
def test_asked_for_alone_it_is_the_same(name):
    alone = typer.main.get_command(command_line(name))
    assert list(alone.commands) == [name]
    assert told(alone.commands[name]) == told(WHOLE.commands[name])


def told(command):
    inner = {name: told(each) for name, each in getattr(command, "commands", {}).items()}
    return command.help, [parameter.opts for parameter in command.params], inner


@pytest.mark.parametrize("asked", ["", "--help", "verfy"])
def test_what_is_no_subcommand_gets_them_all(asked):
    assert list(typer.main.get_command(command_line(asked)).commands) == list(WHOLE.commands)


def test_who_makes_a_key_waits_for_no_engine():
    done = subprocess.run([sys.executable, "-c", LIGHT], capture_output=True, text=True, check=True)
    assert done.stdout.split() == []
