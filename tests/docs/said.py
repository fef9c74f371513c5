"""Which words a test says, itself or through the fixtures it asks for and the functions it calls."""

from __future__ import annotations

import ast
import shlex
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import typer


def says(test_file: Path, test: str, command: str, command_line: Any) -> bool:
    """Whether `test` names the subcommand of `command` in one go, and each of its options beside it."""
    subcommand = _subcommand(command, command_line)
    options = {word.partition("=")[0] for word in shlex.split(command) if word.startswith("--") and word != "--"}
    return any(_holds(words, subcommand) and options <= set(words) for words in _spoken(test_file, test))


def _subcommand(command: str, group: Any) -> Sequence[str]:
    """`["data", "scan"]` of `odoo-gate data scan production.zip "De Vries"`."""
    _, *words = shlex.split(command)
    found: list[str] = []
    context = typer.Context(group, info_name="odoo-gate")
    while hasattr(group, "resolve_command"):
        name, group, words = group.resolve_command(context, words)
        context = typer.Context(group, info_name=name, parent=context)
        found.append(name)
    assert found
    return found


def _spoken(test_file: Path, test: str) -> Iterator[Sequence[str]]:
    """The texts of the test and of every function of its file that it reaches by name, each in its order."""
    tree = ast.parse(test_file.read_text("utf-8"))
    functions = {node.name: node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)}
    waiting, seen = [test], {test}
    while waiting:
        function = functions[waiting.pop()]
        nodes = list(ast.walk(function))
        texts = [node for node in nodes if isinstance(node, ast.Constant) and isinstance(node.value, str)]
        yield [str(node.value) for node in sorted(texts, key=lambda node: (node.lineno, node.col_offset))]
        names = {node.arg for node in nodes if isinstance(node, ast.arg)}
        names |= {node.id for node in nodes if isinstance(node, ast.Name)}
        new = (names & functions.keys()) - seen
        waiting += sorted(new)
        seen |= new


def _holds(words: Sequence[str], wanted: Sequence[str]) -> bool:
    return any(list(words[at : at + len(wanted)]) == list(wanted) for at in range(len(words)))
