"""From two rehearsals at different scales to what production will see: a straight line through both."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Point:
    """What was measured (`seconds`) with so many rows."""

    rows: int
    seconds: float

    def __str__(self) -> str:
        return f"{self.seconds:.2f} s with {self.rows} rows"


def predicted(first: Point, second: Point, rows: int) -> float:
    """Seconds with `rows`, by the line through both points; never less than the larger rehearsal took.

    Raises ValueError when both points have the same number of rows: nothing can be said then.
    """
    if first.rows == second.rows:
        raise ValueError(f"both rehearsals had {first.rows} rows")
    slope = (second.seconds - first.seconds) / (second.rows - first.rows)
    line = first.seconds + slope * (rows - first.rows)
    larger = first if first.rows > second.rows else second
    return max(line, larger.seconds) if rows >= larger.rows else max(line, 0.0)
