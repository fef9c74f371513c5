"""The picture of a drill: how much work got done over time, with the fault and the recovery marked."""

from __future__ import annotations

from odoo_gate.picture import MAX_POINTS, Line, Mark, Picture, Shape
from odoo_gate.resilience.drill import Drilled
from odoo_gate.resilience.timeline import a_second


def recovery_curve(drilled: Drilled) -> Picture:
    """Acknowledged and failed transactions a second, from the first on."""
    line = drilled.timeline
    start = min((sample.started for sample in line.samples), default=drilled.started)
    step = max(1.0, (drilled.ended - start) / (MAX_POINTS - 1))
    done = a_second([each.ended for each in line.samples if each.is_acknowledged], start, drilled.ended, step)
    failed = a_second([each.ended for each in line.samples if not each.is_acknowledged], start, drilled.ended, step)
    marks = [Mark(line.struck - start, "fault")]
    if line.over > line.struck:
        marks.append(Mark(line.over - start, "undone"))
    if line.recovered is not None:
        marks.append(Mark(line.recovered - start, "recovered"))
    seconds = line.recovery_seconds
    told = "work did not go on" if seconds is None else f"work went on after {seconds:.1f} s"
    return Picture(
        shape=Shape.LINES,
        title=f"Recovery: {drilled.drill}",
        text=f"{drilled.what}; {told}, {len(line.failed)} of {len(line.samples)} transactions failed.",
        x="seconds",
        y="transactions a second",
        lines=(Line("acknowledged", done), Line("failed", failed)),
        marks=tuple(marks),
    )
