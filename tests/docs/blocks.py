"""What README, CONTRIBUTING and docs/ tell a reader to type: fenced blocks, and the commands in them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from references.pages import written_by_hand

ROOT = Path(__file__).parents[2]
PAGES = (ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted((ROOT / "docs").rglob("*.md")))
SHELL = {"console", "sh", "bash", "shell"}
_FENCE = re.compile(r'^```(\w*)(?: title="([^"]+)")?[^\n]*\n(.*?)^```', re.MULTILINE | re.DOTALL)
_COMMENT = re.compile(r"(?:^|\s{2,}|\s(?=# ))#\s.*$")


@dataclass(frozen=True, slots=True)
class Block:
    """One fenced block of a page; `line` is that of its fence."""

    page: str
    line: int
    language: str
    title: str
    text: str

    def __str__(self) -> str:
        return f"{self.page}:{self.line}"


@dataclass(frozen=True, slots=True)
class Command:
    """One command as a reader types it, in one line and without its comment."""

    page: str
    line: int
    text: str

    def __str__(self) -> str:
        return f"{self.page}:{self.line}: {self.text}"


def blocks_of(page: Path) -> tuple[Block, ...]:
    """The fenced blocks of `page` that a person wrote; what is generated is proven elsewhere."""
    text = written_by_hand(page.read_text("utf-8"))
    name = page.relative_to(ROOT).as_posix()
    return tuple(
        Block(name, text[: fence.start()].count("\n") + 1, fence[1], fence[2] or "", fence[3])
        for fence in _FENCE.finditer(text)
    )


def commands_of(page: Path) -> tuple[Command, ...]:
    """Every command in the shell blocks of `page`, in order."""
    return tuple(command for block in blocks_of(page) if is_typed(block) for command in _commands(block))


def is_typed(block: Block) -> bool:
    """Whether a reader types its lines one by one; a whole script is a file."""
    return block.language in SHELL and not block.text.startswith("#!")


def _commands(block: Block) -> Iterator[Command]:
    """A console block shows output, too: only its lines after a prompt are commands."""
    prompts = block.language == "console"
    gathered, begun = "", block.line
    for number, raw in enumerate(block.text.splitlines(), start=block.line + 1):
        if not gathered:
            if prompts and not raw.startswith("$ "):
                continue
            begun = number
        line = _COMMENT.sub("", raw.removeprefix("$ ") if not gathered else raw.strip()).rstrip()
        gathered = f"{gathered} {line}".strip()
        if gathered.endswith("\\"):
            gathered = gathered[:-1].rstrip()
            continue
        if gathered:
            yield Command(block.page, begun, gathered)
        gathered = ""
