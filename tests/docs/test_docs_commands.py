"""Every command of README and docs runs: here where it needs no Docker, in tests/integration/docs where it does."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import pytest
import typer
from blocks import PAGES, ROOT, blocks_of
from listed import COMMANDS, ELSEWHERE, ENGINE, RUN_IN, is_elsewhere, matches, needs_engine, pages_here
from said import says
from world import World

from odoo_gate.cli.app import app

COMMAND_LINE = typer.main.get_command(app)
OWN = [command for command in COMMANDS if command.text.startswith("odoo-gate ")]


def test_there_are_commands():
    assert len(COMMANDS) > 60
    assert len(OWN) > 40


@pytest.mark.parametrize("page", pages_here())
def test_the_commands_of_a_page_run_one_after_the_other(page: str, tmp_path: Path):
    world = World(tmp_path / "checkout", page)
    mine = [each for each in COMMANDS if each.page == page and not is_elsewhere(each) and not needs_engine(each)]
    for command in mine:
        done = world.run(command)
        assert done.returncode == 0, f"{command}\n{done.stdout[-3000:]}{done.stderr[-2000:]}"


@pytest.mark.parametrize("command", OWN, ids=lambda command: f"{command.page}:{command.line}")
def test_the_command_line_knows_the_command_and_its_options(command):
    _, *words = shlex.split(command.text)
    group = COMMAND_LINE
    if words[0] in {option for parameter in group.params for option in parameter.opts}:
        return
    context = typer.Context(group, info_name="odoo-gate")
    while hasattr(group, "resolve_command"):
        name, group, words = group.resolve_command(context, words)
        context = typer.Context(group, info_name=name, parent=context)
    try:
        group.parse_args(context, words)
    except typer.BadParameter as error:
        if not str(error).endswith("does not exist."):  # but for a file of the reader's own
            raise


@pytest.mark.parametrize("each", ELSEWHERE, ids=lambda each: each.commands[0])
def test_what_runs_elsewhere_really_does(each):
    """By name: a test, or a target of the Makefile, that is there."""
    assert each.because
    assert bool(each.where) == bool(each.words)
    if each.where:
        named = rf"{each.words}:" if each.where == "Makefile" else rf"\s*def {each.words}\("
        assert re.search(f"^{named}", (ROOT / each.where).read_text("utf-8"), re.MULTILINE)


@pytest.mark.parametrize("each", RUN_IN, ids=lambda each: each.commands[0])
def test_what_a_test_types_is_the_command_with_its_options(each):
    meant = [command for command in COMMANDS if matches(each.commands, command)]
    assert meant
    unsaid = [str(command) for command in meant if not says(ROOT / each.where, each.words, command.text, COMMAND_LINE)]
    assert unsaid == []


def test_a_test_that_types_something_else_is_found_out():
    prune, file = "odoo-gate templates prune", ROOT / "tests/integration/recovery/test_recovery_rehearsal.py"
    assert not says(file, "test_a_real_backup_is_restored_and_worked_with", prune, COMMAND_LINE)
    backup = "odoo-gate recovery verify-backup x.zip"
    assert says(file, "test_a_real_backup_is_restored_and_worked_with", backup, COMMAND_LINE)
    assert not says(file, "test_a_real_backup_is_restored_and_worked_with", f"{backup} --key-file y", COMMAND_LINE)


@pytest.mark.parametrize("pattern", [*ENGINE, *(pattern for each in ELSEWHERE for pattern in each.commands)])
def test_no_pattern_is_left_over(pattern: str):
    assert any(matches((pattern,), command) for command in COMMANDS)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_no_command_hides_in_a_block_without_a_language(page: Path):
    words = ("odoo-gate ", "$ ", "pytest ", "make ", "pip ")
    hidden = [block for block in blocks_of(page) if block.language in ("", "text") and block.text.startswith(words)]
    indented = [
        line
        for line in page.read_text("utf-8").splitlines()
        if line.startswith("    ") and line.strip().startswith(("odoo-gate ", "$ "))
    ]
    assert not hidden
    assert not indented
