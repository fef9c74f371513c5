"""The peaks that were driven, as GitLab's load performance widget reads them. Pure.

The widget reads a summary of k6 and compares three things with the target branch: `http_reqs.rate` (RPS), `p(90)` and
`p(95)` of `http_req_waiting` in milliseconds (TTFB), and the share of `checks` that passed. Its names are k6's. What it
calls TTFB is here what people feel: how long a whole transaction took, from the moment it was due.
"""

from __future__ import annotations

import json
import statistics
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

LOAD_PERFORMANCE = "gl-load-performance-report.json"
"""The file of a run folder that holds it."""

_MILLISECONDS = 1000.0
_MIN_SPAN = 1e-3


@dataclass(frozen=True, slots=True)
class Transaction:
    """One transaction of a peak: when it was due, began and ended (seconds, one clock), its HTTP requests, its end."""

    due: float
    began: float
    ended: float
    requests: int
    is_acknowledged: bool


def render_load_performance(peaks: Sequence[Sequence[Transaction]]) -> str:
    """The summary of all transactions of all peaks. Empty when there was none: nothing was measured."""
    driven = [peak for peak in peaks if peak]
    everything = [each for peak in driven for each in peak]
    if not everything:
        return ""
    requests = sum(each.requests for each in everything)
    seconds = sum(max(each.ended for each in peak) - min(each.began for each in peak) for peak in driven)
    passes = sum(each.is_acknowledged for each in everything)
    document = {
        "metrics": {
            "http_reqs": {"count": requests, "rate": requests / max(seconds, _MIN_SPAN)},
            "http_req_waiting": _trend([(each.ended - each.due) * _MILLISECONDS for each in everything]),
            "checks": {
                "passes": passes,
                "fails": len(everything) - passes,
                "value": passes / len(everything),
            },
        }
    }
    return json.dumps(document, indent=1, allow_nan=False) + "\n"


def _trend(values: Sequence[float]) -> Mapping[str, float]:
    """As k6 sums up a trend; percentiles are interpolated between neighbours."""
    several = values if len(values) > 1 else [*values, *values]
    hundredths = statistics.quantiles(several, n=100, method="inclusive")
    return {
        "avg": statistics.fmean(values),
        "min": min(values),
        "med": statistics.median(values),
        "max": max(values),
        "p(90)": hundredths[89],
        "p(95)": hundredths[94],
    }
