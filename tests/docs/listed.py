"""Which command is run where: commands.toml, read once."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from fnmatch import fnmatchcase
from pathlib import Path

from blocks import PAGES, ROOT, Command, commands_of

_LISTED = tomllib.loads(Path(__file__).with_name("commands.toml").read_text("utf-8"))


@dataclass(frozen=True, slots=True)
class Elsewhere:
    """Commands that are not run as they stand: the test `words` in the file `where` does, or runs what they call.

    Both are empty when nobody does.
    """

    commands: tuple[str, ...]
    because: str
    where: str = ""
    words: str = ""


ENGINE: tuple[str, ...] = tuple(_LISTED["engine"])
RUN_IN, *_REST = (
    tuple(Elsewhere(**{**each, "commands": tuple(each["commands"])}) for each in _LISTED[kind])
    for kind in ("run_in", "elsewhere", "behind", "unrun")
)
ELSEWHERE = (*RUN_IN, *(each for kind in _REST for each in kind))
COMMANDS = tuple(command for page in PAGES for command in commands_of(page))


def needs_engine(command: Command) -> bool:
    return matches(ENGINE, command)


def is_elsewhere(command: Command) -> bool:
    return not needs_engine(command) and any(matches(each.commands, command) for each in ELSEWHERE)


def matches(patterns: tuple[str, ...], command: Command) -> bool:
    return any(fnmatchcase(command.text, pattern.replace("[", "[[]")) for pattern in patterns)


def pages_here() -> list[str]:
    """Pages with commands that are run as they stand."""
    return _pages({each.page for each in COMMANDS if not is_elsewhere(each)})


def pages_for_an_engine() -> list[str]:
    """The fewest pages, from the first on, in which every command that needs an engine stands once."""
    seen: set[str] = set()
    chosen = []
    for page in _pages({each.page for each in COMMANDS if needs_engine(each)}):
        needing = {each.text for each in COMMANDS if each.page == page and needs_engine(each)}
        if needing - seen:
            chosen.append(page)
        seen |= needing
    return chosen


def _pages(wanted: set[str]) -> list[str]:
    return [name for page in PAGES if (name := page.relative_to(ROOT).as_posix()) in wanted]
