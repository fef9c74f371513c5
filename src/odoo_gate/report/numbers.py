"""The numbers of a picture as a table, for who cannot see it and where nothing can draw it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from odoo_gate.picture import Line, Picture, Shape

_ROWS_A_LINE = 12


@dataclass(frozen=True, slots=True)
class Table:
    """`note` says what was left out; empty when nothing was."""

    header: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    note: str


def table_of(picture: Picture) -> Table:
    """Every number of intervals, bars and a few spans; of longer lines, points at even distances, ends included."""
    left_out = sum(len(line.points) - len(_points(line)) for line in picture.lines)
    note = f"{left_out:,} points between these are left out; the artefact holds them all" if left_out else ""
    return Table(_header(picture), tuple(_rows(picture)), note)


def _header(picture: Picture) -> tuple[str, ...]:
    return {
        Shape.LINES: ("Line", picture.x, picture.y),
        Shape.DISTRIBUTION: ("Line", picture.x, "Share up to it"),
        Shape.INTERVALS: ("Line", picture.x, "From", "To"),
        Shape.BARS: ("Line", picture.x),
        Shape.SPANS: ("Line", f"From ({picture.x})", "To"),
    }[picture.shape]


def _rows(picture: Picture) -> Iterator[tuple[str, ...]]:
    for line in picture.lines:
        for point in _points(line):
            if picture.shape is Shape.DISTRIBUTION:
                yield line.name, _number(point[0]), f"{point[1]:.1%}"
            else:
                yield (line.name, *map(_number, point))


def _points(line: Line) -> tuple[tuple[float, ...], ...]:
    if len(line.points) <= _ROWS_A_LINE:
        return line.points
    last = len(line.points) - 1
    return tuple(line.points[round(last * at / (_ROWS_A_LINE - 1))] for at in range(_ROWS_A_LINE))


def _number(value: float) -> str:
    return f"{value:,.0f}" if value == round(value) or abs(value) >= 10_000 else f"{value:,.4g}"
