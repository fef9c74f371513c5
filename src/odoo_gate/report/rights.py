"""The matrix of roles and models, as it is and as it was: what a release manager looks at instead of reading a list."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

NONE = "----"
"""The letters of a role that may do nothing with a model."""

Rights = Mapping[tuple[str, str], str]
"""(role, model) → letters of `crud`, a dash for what is refused, `*` after them where record rules narrow it."""


@dataclass(frozen=True, slots=True)
class RightsMatrix:
    """What each role may do `now`, and what it might on the baseline; `before` is None where nothing is known of it."""

    now: Rights
    before: Rights | None


@dataclass(frozen=True, slots=True)
class Cell:
    """What a role may do with a model; `was` is what it might before, empty when that is the same or not known."""

    rights: str
    was: str


@dataclass(frozen=True, slots=True)
class RightsRow:
    model: str
    cells: tuple[Cell, ...]

    @property
    def differs(self) -> bool:
        return any(cell.was for cell in self.cells)


@dataclass(frozen=True, slots=True)
class RightsView:
    """`changed` are the models with a difference, `same` the others; each row has a cell for every role."""

    roles: tuple[str, ...]
    changed: tuple[RightsRow, ...]
    same: tuple[RightsRow, ...]
    compared: bool


def rights_view(matrix: RightsMatrix) -> RightsView:
    """The matrix as a table: models down, roles across, both sorted."""
    known = {*matrix.now, *(matrix.before or {})}
    roles = tuple(sorted({role for role, _ in known}))
    rows = [RightsRow(model, tuple(_cells(matrix, model, roles))) for model in sorted({model for _, model in known})]
    changed = tuple(row for row in rows if row.differs)
    return RightsView(roles, changed, tuple(row for row in rows if not row.differs), matrix.before is not None)


def _cells(matrix: RightsMatrix, model: str, roles: tuple[str, ...]) -> Iterator[Cell]:
    for role in roles:
        now = matrix.now.get((role, model), NONE)
        was = now if matrix.before is None else matrix.before.get((role, model), NONE)
        yield Cell(now, "" if was == now else was)
