"""The way back from a disaster, step by step."""

from __future__ import annotations

from itertools import accumulate

from odoo_gate.picture import Line, Picture, Shape
from odoo_gate.recovery.objectives import Objectives
from odoo_gate.recovery.rehearsal import Recovery


def recovery_picture(recovery: Recovery, objectives: Objectives) -> Picture:
    """The parts of the recovery time one after the other, from the disaster to the first journey."""
    ends = tuple(accumulate(recovery.parts.values()))
    starts = (0.0, *ends)
    slowest = max(recovery.parts, key=lambda name: recovery.parts[name])
    return Picture(
        Shape.SPANS,
        "From the disaster until people could work again",
        f"{recovery.rto:.0f} s in all, {recovery.parts[slowest]:.0f} s of them for: {_said(slowest)}; "
        f"{objectives.rto:,.0f} s are allowed. Rehearsed once.",
        "seconds since the disaster",
        "step",
        tuple(
            Line(_said(name), ((start, end),)) for name, start, end in zip(recovery.parts, starts, ends, strict=False)
        ),
    )


def _said(name: str) -> str:
    return name.replace("_", " ").replace("postgres", "PostgreSQL").replace("odoo", "Odoo")
