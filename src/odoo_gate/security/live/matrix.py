"""The matrix of roles and models: what it holds, and how it is written so that people can read and compare it."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from odoo_gate.errors import SettingsError

OPERATIONS: Mapping[str, str] = {"c": "create", "r": "read", "u": "write", "d": "unlink"}
_HEADER = ["role", "model", "rights", "limited"]
_NEXT = "draft it anew: odoo-gate security rights --write FILE"


@dataclass(frozen=True, slots=True)
class Right:
    """What a role may do with a model: letters of `crud`. `limited` are those that record rules narrow.

    Of a sensitive field, `model:field`, it says whether the role reads it.
    """

    rights: frozenset[str]
    limited: frozenset[str] = frozenset()

    @classmethod
    def of(cls, rights: str, limited: str = "") -> Right:
        return cls(frozenset(rights) - {"-"}, frozenset(limited) - {"-"})


NOTHING = Right(frozenset())
Key = tuple[str, str]


@dataclass(frozen=True)
class Matrix:
    """(role, model) → right; what is not there is refused."""

    rows: Mapping[Key, Right]

    def of(self, role: str, model: str) -> Right:
        return self.rows.get((role, model), NOTHING)

    @property
    def roles(self) -> frozenset[str]:
        return frozenset(role for role, _ in self.rows)

    @property
    def fields(self) -> Matrix:
        """The rows of sensitive fields."""
        return Matrix({key: right for key, right in self.rows.items() if ":" in key[1]})

    @property
    def models(self) -> Matrix:
        """The rows of models."""
        return Matrix({key: right for key, right in self.rows.items() if ":" not in key[1]})

    def without(self, keys: Iterable[Key]) -> Matrix:
        left_out = set(keys)
        return Matrix({key: right for key, right in self.rows.items() if key not in left_out})


def merged(*matrices: Matrix) -> Matrix:
    """All rows of several matrices; a later one wins."""
    return Matrix({key: right for matrix in matrices for key, right in matrix.rows.items()})


def letters(operations: frozenset[str]) -> str:
    """`crud` with a dash for what is missing."""
    return "".join(letter if letter in operations else "-" for letter in OPERATIONS)


def words(operations: frozenset[str]) -> str:
    """Odoo's words for letters: "create, write"."""
    return ", ".join(word for letter, word in OPERATIONS.items() if letter in operations)


def write_matrix(matrix: Matrix) -> str:
    """The matrix as CSV, a line for each role and model, sorted: the same matrix is the same text."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(_HEADER)
    for (role, model), right in sorted(matrix.rows.items()):
        writer.writerow([role, model, letters(right.rights), letters(right.limited)])
    return text.getvalue()


def read_matrix(path: Path) -> Matrix:
    """The matrix in a CSV file. Raises SettingsError, naming the line, for anything else."""
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise SettingsError(f"the matrix of rights {path} cannot be read: {error}", hint=_NEXT) from error
    reader = csv.reader(io.StringIO(text))
    if next(reader, None) != _HEADER:
        raise SettingsError(f"{path}:1 is not the line {','.join(_HEADER)}", hint=_NEXT)
    rows: dict[Key, Right] = {}
    for row in reader:
        key, right = _row(path, reader.line_num, row)
        if key in rows:
            raise SettingsError(f"{path}:{reader.line_num} has {key[0]} and {key[1]} a second time", hint=_NEXT)
        rows[key] = right
    if not rows:
        raise SettingsError(f"the matrix of rights {path} approves nothing at all", hint=_NEXT)
    return Matrix(rows)


def _row(path: Path, line: int, row: list[str]) -> tuple[Key, Right]:
    if len(row) != len(_HEADER) or not all(_is_letters(each) for each in row[2:]) or not (row[0] and row[1]):
        raise SettingsError(f"{path}:{line} is not a role, a model and two times four letters of crud", hint=_NEXT)
    right = Right.of(row[2], row[3])
    if not right.limited <= right.rights:
        raise SettingsError(f"{path}:{line} limits what it does not allow", hint=_NEXT)
    return (row[0], row[1]), right


def _is_letters(text: str) -> bool:
    if len(text) != len(OPERATIONS):
        return False
    return all(each in ("-", letter) for each, letter in zip(text, OPERATIONS, strict=True))
