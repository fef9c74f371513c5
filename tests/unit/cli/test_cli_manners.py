"""What every command owes a person: examples, completion, an error with the next step, JSON that stands alone."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator

import pytest
import typer

from odoo_gate.cli.app import app
from odoo_gate.cli.report import find_chromium
from odoo_gate.errors import UsageError


def commands(command, path=()) -> Iterator[tuple[str, str]]:
    if not hasattr(command, "commands"):
        yield " ".join(path), command.help or ""
        return
    for name, each in command.commands.items():
        yield from commands(each, (*path, name))


ALL = dict(commands(typer.main.get_command(app)))


def gate(*arguments, cwd, **environment):
    return subprocess.run(
        [sys.executable, "-m", "odoo_gate", *arguments],
        cwd=cwd, env={**os.environ, **environment}, capture_output=True, text=True, check=False,
    )  # fmt: skip


@pytest.mark.parametrize("name", sorted(ALL))
def test_every_command_shows_how_it_is_used(name):
    assert f"odoo-gate {name}" in " ".join(ALL[name].split()), "its help has no example"


def test_the_commands_of_a_developer_are_there():
    assert {"run", "up", "down", "shell", "watch", "report pdf"} <= ALL.keys()


def complete(line, tmp_path):
    words = {"COMP_WORDS": line, "COMP_CWORD": str(line.count(" ")), "_ODOO_GATE_COMPLETE": "complete_bash"}
    program = "import sys; sys.argv[0] = 'odoo-gate'; from odoo_gate.cli import main; main()"
    done = subprocess.run(
        [sys.executable, "-c", program], cwd=tmp_path, env={**os.environ, **words},
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    return done.stdout.split()


def test_the_shell_completes_commands_and_options(tmp_path):
    assert complete("odoo-gate wat", tmp_path) == ["watch"]
    assert complete("odoo-gate report ", tmp_path) == ["pdf"]
    assert "--keep-stack" in complete("odoo-gate run --keep", tmp_path)


@pytest.mark.parametrize("command", [["up"], ["down"], ["run"], ["explain"], ["templates", "list", "--project", "."]])
def test_an_error_is_one_json_object_and_says_the_next_step(command, tmp_path):
    done = gate(*command, "--json", cwd=tmp_path)
    document = json.loads(done.stdout)
    assert (document["exit_status"], done.returncode) == (2, 2)
    assert document["hint"]
    assert document["error"] in done.stderr


def test_without_a_browser_a_pdf_says_what_to_do(tmp_path):
    with pytest.raises(UsageError, match="no Chromium or Chrome") as raised:
        find_chromium({"PATH": str(tmp_path)})
    assert "$ODOO_GATE_CHROMIUM" in raised.value.hint
    browser = tmp_path / "my-browser"
    browser.touch(mode=0o755)
    assert find_chromium({"PATH": str(tmp_path), "ODOO_GATE_CHROMIUM": "my-browser"}) == str(browser)


def test_a_copy_of_the_report_is_never_put_into_the_signed_run(tmp_path):
    (tmp_path / "report.html").write_text("<p>report</p>")
    done = gate("report", "pdf", str(tmp_path), "-o", str(tmp_path / "x.pdf"), cwd=tmp_path)
    assert done.returncode == 2
    assert "signed as they are" in done.stderr
    assert [path.name for path in tmp_path.iterdir()] == ["report.html"]
