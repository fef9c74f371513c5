"""Times, numbers and long texts as people say and read them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from odoo_gate.model import Metric

_HEADLINE_LENGTH = 300
_STEPS = ("bytes", "kB", "MB", "GB", "TB")


@dataclass(frozen=True, slots=True)
class Text:
    """A text of any length: its first line, and the rest when there is more to it."""

    headline: str
    rest: str


def text_of(reason: str) -> Text:
    """The first line of a reason as its headline; what does not fit is the rest."""
    stripped = reason.strip()
    first = stripped.partition("\n")[0]
    if first == stripped and len(first) <= _HEADLINE_LENGTH:
        return Text(first, "")
    return Text(shortened(first, _HEADLINE_LENGTH), stripped)


def shortened(text: str, length: int) -> str:
    """At most `length` characters of the first line, and an ellipsis where there is more of that line."""
    first = text.strip().partition("\n")[0]
    return first if len(first) <= length else first[:length] + "…"


def moment(time: datetime) -> str:
    return f"{time:%d %b %Y, %H:%M} UTC"


def seconds(duration: float) -> str:
    """A duration as people say it: `0.4 s`, `12 s`, `3 min 20 s`, `2 h 5 min`."""
    if duration < 10:
        return f"{duration:.1f} s"
    whole = round(duration)
    if whole < 60:
        return f"{whole} s"
    if whole < 3600:
        return f"{whole // 60} min {whole % 60} s"
    return f"{whole // 3600} h {whole % 3600 // 60} min"


def amount(value: float, unit: str) -> str:
    """A number with its unit: `12 s`, `71 MB`, `36.6 ms`, `22,784`."""
    if unit == "s" and value >= 0:
        return seconds(value)
    if unit == "bytes":
        return _bytes(value)
    number = f"{value:,.0f}" if value == round(value) or abs(value) >= 1000 else f"{value:.3g}"
    return number if unit == "1" else f"{number} {unit}"


def measured(metric: Metric) -> str:
    """A metric in a line of others: `queries 40`."""
    return f"{metric.name} {amount(metric.value, metric.unit)}"


def several(count: int, one: str, many: str = "") -> str:
    """`1 check`, `3 checks`."""
    return f"{count:,} {one if count == 1 else many or one + 's'}"


def _bytes(value: float) -> str:
    step = 0
    while abs(value) >= 1000 and step < len(_STEPS) - 1:
        value, step = value / 1000, step + 1
    return f"{value:,.0f} {_STEPS[step]}" if step == 0 or abs(value) >= 100 else f"{value:.3g} {_STEPS[step]}"
