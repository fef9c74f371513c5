"""What a check leaves behind to be looked at: the numbers of a chart, drawn by whoever writes a report.

A picture is an artefact of a check, named `<name>.picture.json` in the run's folder.
"""

from __future__ import annotations

import json
import math
from dataclasses import asdict, dataclass
from enum import StrEnum
from typing import Any

SUFFIX = ".picture.json"
MAX_LINES = 20
MAX_POINTS = 500
"""Per line; a report holds many pictures and must stay small."""


class Shape(StrEnum):
    """How the numbers are meant to be read."""

    LINES = "lines"
    """y over x, such as requests a second over time or p95 over arrivals."""
    DISTRIBUTION = "distribution"
    """x a value, y the share (0 to 1) of what is at most x."""
    INTERVALS = "intervals"
    """One point (estimate, low, high) a line; x is the estimate's unit."""
    BARS = "bars"
    """One number (value,) a line."""
    SPANS = "spans"
    """(start, end) pairs on a common axis, such as locks held or seconds without service."""


@dataclass(frozen=True, slots=True)
class Line:
    """A name and its points: (x, y) for lines and distributions, else as the shape says. Finite numbers only."""

    name: str
    points: tuple[tuple[float, ...], ...]


@dataclass(frozen=True, slots=True)
class Mark:
    """A place on the x axis that a reader should know of: a limit, a kill, the declared peak."""

    x: float
    label: str


@dataclass(frozen=True, slots=True)
class Picture:
    """A chart in numbers. `text` says in one sentence what it shows: the alternative for who cannot see it.

    `x` and `y` name the axes with their unit. Raises ValueError for what cannot be drawn.
    """

    shape: Shape
    title: str
    text: str
    x: str
    y: str
    lines: tuple[Line, ...]
    marks: tuple[Mark, ...] = ()

    def __post_init__(self) -> None:
        if not self.lines or len(self.lines) > MAX_LINES:
            raise ValueError(f"a picture has 1 to {MAX_LINES} lines, not {len(self.lines)}: {self.title}")
        for line in self.lines:
            if not line.points or len(line.points) > MAX_POINTS:
                raise ValueError(f"a line has 1 to {MAX_POINTS} points, not {len(line.points)}: {line.name}")
            if any(len(point) != _WIDTH[self.shape] for point in line.points):
                raise ValueError(f"a point of {self.shape} has {_WIDTH[self.shape]} numbers: {line.name}")
            if not all(math.isfinite(number) for point in line.points for number in point):
                raise ValueError(f"a line has numbers that are none: {line.name}")

    def to_json(self) -> str:
        """As the artefact's text."""
        return json.dumps(asdict(self), indent=1) + "\n"


_WIDTH = {Shape.LINES: 2, Shape.DISTRIBUTION: 2, Shape.INTERVALS: 3, Shape.BARS: 1, Shape.SPANS: 2}


def read_picture(text: str) -> Picture:
    """The picture in an artefact's text. Raises ValueError when it is none."""
    try:
        plain: dict[str, Any] = json.loads(text)
        lines = tuple(Line(str(line["name"]), tuple(map(_numbers, line["points"]))) for line in plain["lines"])
        marks = tuple(Mark(float(mark["x"]), str(mark["label"])) for mark in plain["marks"])
        words = {name: str(plain[name]) for name in ("title", "text", "x", "y")}
        return Picture(Shape(plain["shape"]), lines=lines, marks=marks, **words)
    except (KeyError, TypeError, AttributeError) as error:
        raise ValueError(f"no picture: {error}") from error


def _numbers(point: list[Any]) -> tuple[float, ...]:
    return tuple(float(number) for number in point)
