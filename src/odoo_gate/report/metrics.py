"""The numbers of a run for spreadsheets (CSV) and for monitoring (Prometheus text). Pure."""

from __future__ import annotations

import csv
import io
from collections import Counter
from collections.abc import Iterator, Sequence

from odoo_gate.model import CheckResult, Status
from odoo_gate.report.text import visible

METRICS_CSV = "metrics.csv"
METRICS_PROMETHEUS = "metrics.prom"
"""The files of a run folder that hold them."""

_COLUMNS = ("check", "target", "outcome", "started", "duration_s", "metric", "value", "unit")
_FORMULA = ("=", "+", "-", "@", "\t", "\r")


def render_csv(results: Sequence[CheckResult]) -> str:
    """One line for each metric, and one without a metric for a result that has none. RFC 4180, a header, UTF-8.

    A text that a spreadsheet would take for a formula has an apostrophe before it.
    """
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow(_COLUMNS)
    for result in results:
        start = (_cell(result.check), _cell(result.target), str(result.outcome), result.started.isoformat())
        told = [(_cell(each.name), repr(each.value), _cell(each.unit)) for each in result.metrics] or [("", "", "")]
        for line in told:
            writer.writerow((*start, f"{result.duration:.3f}", *line))
    return text.getvalue()


def render_prometheus(results: Sequence[CheckResult], status: Status, *, project: str, environment: str) -> str:
    """The text exposition format, for a textfile collector or a push gateway: verdict, results, metrics, durations."""
    release = _labels(project=project, environment=environment)
    lines = ["# HELP odoo_gate_verdict Which answer the gate gave: 1 for that one.", "# TYPE odoo_gate_verdict gauge"]
    lines += [
        f"odoo_gate_verdict{_labels(project=project, environment=environment, verdict=str(each))} {int(each is status)}"
        for each in Status
    ]
    counts = Counter((result.family, result.outcome) for result in results)
    lines += ["# HELP odoo_gate_results Check results by family and outcome.", "# TYPE odoo_gate_results gauge"]
    for family, outcome in sorted(counts):
        labels = _labels(project=project, environment=environment, family=family, outcome=str(outcome))
        lines.append(f"odoo_gate_results{labels} {counts[family, outcome]}")
    lines += ["# HELP odoo_gate_metric What checks measured.", "# TYPE odoo_gate_metric gauge"]
    lines += list(_metrics(results, project, environment))
    finished = max((result.started.timestamp() + result.duration for result in results), default=0.0)
    lines += ["# HELP odoo_gate_finished_seconds When the last check ended.", "# TYPE odoo_gate_finished_seconds gauge"]
    lines.append(f"odoo_gate_finished_seconds{release} {finished:.3f}")
    return "\n".join(lines) + "\n"


def _metrics(results: Sequence[CheckResult], project: str, environment: str) -> Iterator[str]:
    """One sample for each set of labels, the last one measured: a second would make the whole text invalid.

    Numbers of the addons' single tests are left to the CSV: a time series for each of thousands helps nobody.
    """
    samples: dict[str, float] = {}
    for result in results:
        if result.family == "tests":
            continue
        for metric in result.metrics:
            labels = _labels(
                project=project,
                environment=environment,
                check=result.check,
                target=result.target,
                metric=metric.name,
                unit=metric.unit,
            )
            samples[labels] = metric.value
    for labels, value in samples.items():
        yield f"odoo_gate_metric{labels} {value!r}"


def _labels(**values: str) -> str:
    return "{" + ",".join(f'{name}="{_label(value)}"' for name, value in values.items()) + "}"


def _label(value: str) -> str:
    clean = visible(value).encode("utf-8", "replace").decode()
    return clean.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")


def _cell(text: str) -> str:
    clean = visible(text)
    return f"'{clean}" if clean.startswith(_FORMULA) else clean
