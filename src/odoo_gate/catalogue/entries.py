"""The catalogue's files, read once into frozen entries."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass, fields
from functools import cache
from importlib import resources
from types import MappingProxyType
from typing import Any

from odoo_gate.errors import SettingsError


@dataclass(frozen=True, slots=True)
class Entry:
    """One check, in the words of those who run the business.

    `why` says what a construction company loses where the answer is no; `fails` what makes the check fail; `remedy`
    the first thing to do then. `target` is what it is asked of, `rules` are the findings' rules, in Markdown.
    """

    check: str
    question: str
    why: str
    fails: str
    remedy: str
    target: str = "release"
    rules: str = ""

    @property
    def family(self) -> str:
        return self.check.partition(".")[0]


@dataclass(frozen=True, slots=True)
class Family:
    """The checks of one file; `page` is the documentation's page about them, `intro` what stands above (Markdown)."""

    name: str
    title: str
    intro: str
    page: str
    entries: tuple[Entry, ...]


def entry(check: str) -> Entry | None:
    """The entry of `check`; None for a check of somebody else's making."""
    return _by_check().get(check)


def entries() -> tuple[Entry, ...]:
    """Every entry, family by family in the order of their names."""
    return tuple(_by_check().values())


@cache
def families() -> tuple[Family, ...]:
    """Every family, in the order of their names. Raises SettingsError for a file of the catalogue that is wrong."""
    files = [file for file in resources.files(__package__).iterdir() if file.name.endswith(".toml")]
    return tuple(
        family_from(file.name.removesuffix(".toml"), file.read_text("utf-8"))
        for file in sorted(files, key=lambda file: file.name)
    )


def family_from(name: str, text: str) -> Family:
    """The family in the TOML `text`: title, intro and page, then a table for each check, named without the family.

    Raises SettingsError when something is missing, empty or unknown.
    """
    written = tomllib.loads(text)
    checks = {key: value for key, value in written.items() if isinstance(value, dict)}
    about = {key: value for key, value in written.items() if key not in checks}
    missing = {"title", "intro", "page"} ^ about.keys()
    if missing or not checks:
        raise SettingsError(
            f"the catalogue's {name}.toml is wrong: {', '.join(sorted(missing)) or 'no checks'}",
            hint="it has title, intro, page and then a table for each check",
        )
    return Family(name=name, entries=tuple(_entry(f"{name}.{key}", value) for key, value in checks.items()), **about)


_KEYS = frozenset(field.name for field in fields(Entry)) - {"check"}
_NEEDED = _KEYS - {"target", "rules"}


def _entry(check: str, values: dict[str, Any]) -> Entry:
    wrong = sorted({key for key in _NEEDED if not values.get(key)} | (values.keys() - _KEYS))
    if wrong:
        raise SettingsError(
            f"the catalogue's entry of {check} is wrong: {', '.join(wrong)}",
            hint=f"it has {', '.join(sorted(_NEEDED))}, and may have target and rules",
        )
    return Entry(check=check, **{key: " ".join(str(value).split()) for key, value in values.items()})


@cache
def _by_check() -> MappingProxyType[str, Entry]:
    return MappingProxyType({each.check: each for family in families() for each in family.entries})
