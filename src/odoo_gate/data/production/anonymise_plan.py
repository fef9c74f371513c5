"""Which column is anonymised how: decided for every one of them, and a failure for what nobody decided."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from fnmatch import fnmatchcase
from functools import lru_cache
from pathlib import Path
from typing import Any

from odoo_gate.data.production.stored_columns import DOCUMENT_TYPES, TEXT_TYPES, StoredColumn
from odoo_gate.errors import UsageError
from odoo_gate.settings import AnonymiseSettings

RULES = Path(__file__).with_name("anonymise_rules.toml")
KEEP = "keep"
_WORDLESS = frozenset(
    ("selection", "reference", "many2one_reference", "many2one", "boolean", "integer", "float", "monetary", "date",
     "datetime")
)  # fmt: skip
_NUMBERS = frozenset(("numeric", "float8", "float4", "int4", "int8"))
_DATES = frozenset(("date", "timestamp", "timestamptz"))
_SHOWN = 40


class AnonymiseError(UsageError):
    """A database that cannot be anonymised as gate.toml stands, or was not anonymised as it should."""


@dataclass(frozen=True, slots=True)
class Decision:
    """What happens to a column: `kind` is one of gate.toml's, `keep`, or `special`; `why` names what decided."""

    column: StoredColumn
    kind: str
    why: str


@dataclass(frozen=True)
class Plan:
    """The decision on every column that could hold something of somebody, and the tables emptied as a whole."""

    decisions: tuple[Decision, ...]
    wizards: tuple[str, ...]

    @property
    def changes(self) -> tuple[Decision, ...]:
        return tuple(each for each in self.decisions if each.kind != KEEP)


def make_plan(columns: Iterable[StoredColumn], settings: AnonymiseSettings, special: Iterable[str]) -> Plan:
    """Decide on every column; `special` are the full names that are treated by statements of their own.

    Raises AnonymiseError that names every column nothing decides on, and when there is nothing to change.
    """
    everything = tuple(columns)
    known_special = frozenset(special)
    wizards = tuple(sorted({column.table for column in everything if column.transient}))
    decisions, open_ones = [], []
    for column in everything:
        if column.transient or column.name in ("id", "create_uid", "write_uid"):
            continue
        decision = decide(column, settings, known_special)
        if decision is not None:
            decisions.append(decision)
        elif column.is_text:
            open_ones.append(column)
    if open_ones:
        raise AnonymiseError(_open_message(open_ones), hint=_OPEN_HINT)
    plan = Plan(tuple(decisions), wizards)
    if not plan.changes:
        raise AnonymiseError("no column is to be anonymised", hint="remove what [anonymise.keep] says of all columns")
    return plan


_OPEN_HINT = (
    'decide in gate.toml on each: [anonymise.rules] "table.column" = "words" (or name, email, code, clear, ...),'
    ' or [anonymise.keep] "table.column" = "why it may stay"; docs/anonymise.md shows the kinds'
)


def decide(column: StoredColumn, settings: AnonymiseSettings, special: frozenset[str] = frozenset()) -> Decision | None:
    """What happens to `column`; None when no rule speaks of it. A full name goes before a pattern."""
    shipped = _shipped()
    name = column.full_name
    if name in settings.rules:
        return Decision(column, _fitting(settings.rules[name], column), "anonymise.rules")
    if name in settings.keep:
        return Decision(column, KEEP, f"anonymise.keep: {settings.keep[name]}")
    for pattern, kind in settings.rules.items():
        if fnmatchcase(name, pattern) and _fits(kind, column) and column.ttype not in _WORDLESS:
            return Decision(column, kind, f"anonymise.rules {pattern}")
    for pattern, reason in settings.keep.items():
        if fnmatchcase(name, pattern):
            return Decision(column, KEEP, f"anonymise.keep {pattern}: {reason}")
    if column.full_name in special:
        return Decision(column, "special", "odoo-gate")
    for kind, names in shipped["explicit"].items():
        if _matches(names, column.full_name) and (column.is_text or kind == "wage"):
            return Decision(column, kind, "odoo-gate, by name")
    return _by_knowledge(column, shipped)


def _by_knowledge(column: StoredColumn, shipped: Mapping[str, Any]) -> Decision | None:
    for reason, tables in shipped["keep_tables"].items():
        if _matches(tables, column.table):
            return Decision(column, KEEP, reason)
    if column.is_text and column.ttype in _WORDLESS:
        return Decision(column, KEEP, f"a {column.ttype} holds no words")
    if column.stock:
        for reason, names in shipped["keep_columns"].items():
            if column.is_text and _matches(names, column.full_name):
                return Decision(column, KEEP, reason)
    for rule in shipped["names"]:
        if _holds(column, rule["on"]) and re.search(rule["match"], column.name):
            return Decision(column, rule["kind"], "odoo-gate, by what the column is called")
    if not column.is_text:
        return None
    kind = shipped["ttypes"].get(column.ttype) or (shipped["stock_ttypes"].get(column.ttype) if column.stock else None)
    return Decision(column, kind, f"odoo-gate, as a {column.ttype} field") if kind else None


def _fitting(kind: str, column: StoredColumn) -> str:
    """`kind`, which somebody gave this very column. Raises AnonymiseError when it does not fit."""
    if not _fits(kind, column):
        raise AnonymiseError(
            f"{column.full_name} is of type {column.type}: it cannot be anonymised as {kind!r}",
            hint="choose a kind for that type in [anonymise.rules]: date, wage, clear, or one of text",
        )
    return kind


def _fits(kind: str, column: StoredColumn) -> bool:
    """Whether the function of `kind` takes and gives what the column holds."""
    if kind == "clear":
        return True
    if kind in ("wage", "date"):
        return _holds(column, "number" if kind == "wage" else "date")
    return _holds(column, "text")


def _holds(column: StoredColumn, on: str) -> bool:
    return {
        "text": column.type in TEXT_TYPES or column.type in DOCUMENT_TYPES,
        "number": column.type in _NUMBERS,
        "date": column.type in _DATES,
        "binary": column.type == "bytea",
    }[on]


def _matches(patterns: Iterable[str], name: str) -> bool:
    return any(fnmatchcase(name, pattern) for pattern in patterns)


def _open_message(columns: list[StoredColumn]) -> str:
    named = [f"  {column.full_name} ({column.ttype or 'no field of Odoo'}, {column.type})" for column in columns]
    more = [f"  and {len(named) - _SHOWN} more"] if len(named) > _SHOWN else []
    return "\n".join(
        [f"{len(named)} columns may hold something of somebody, and no rule covers them:", *named[:_SHOWN], *more]
    )


@lru_cache(maxsize=1)
def _shipped() -> Mapping[str, Any]:
    return tomllib.loads(RULES.read_text(encoding="utf-8"))


def shipped_parameters() -> tuple[str, str]:
    """Regular expressions on an ir_config_parameter's key: whose value stays, and whose never does."""
    section = _shipped()["parameters"]
    return str(section["keep"]), str(section["never"])
