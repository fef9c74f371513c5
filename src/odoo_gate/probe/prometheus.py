"""A probe as Prometheus text, for node_exporter's textfile collector."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from odoo_gate.probe.model import Answer, Conclusion

_CODES = {Answer.FINE: 0, Answer.INVESTIGATE: 1, Answer.ROLL_BACK: 2}


def prometheus_text(conclusion: Conclusion) -> str:
    """Gauges with the labels `url` and `environment`; times are POSIX seconds."""
    place = {"url": conclusion.url, "environment": conclusion.environment}
    release = {**place, "run": conclusion.run, "verdict": conclusion.verdict}
    journeys = [(journey, {**place, "journey": journey.name}) for journey in conclusion.journeys]
    findings = [
        ({**place, "rule": each.observed.rule, "journey": each.observed.journey, "answer": str(each.answer)}, 1.0)
        for each in conclusion.findings
    ]
    lines = [
        *_gauge("outcome", "What to do: 0 fine, 1 investigate, 2 roll back.", [(place, _CODES[conclusion.answer])]),
        *_gauge("timestamp_seconds", "When the last probe ended.", [(place, conclusion.ended.timestamp())]),
        *_gauge("requests", "What the last probe cost.", [(place, conclusion.requests)]),
        *_gauge("release_info", "The signed report that was compared with.", [(release, 1)]),
        *_gauge(
            "journey_seconds",
            "The median wait of a journey.",
            [(labels, journey.median) for journey, labels in journeys if journey.median is not None],
        ),
        *_gauge(
            "journey_reference_seconds",
            "What the signed report has for a journey.",
            [(labels, journey.reference.seconds) for journey, labels in journeys if journey.reference],
        ),
        *_gauge(
            "journey_failures", "Attempts that failed.", [(labels, journey.failed) for journey, labels in journeys]
        ),
        *_gauge("findings", "Each thing that is not as it should be.", _added(findings)),
    ]
    return "\n".join(lines) + "\n"


def _added(samples: Iterable[tuple[Mapping[str, str], float]]) -> list[tuple[Mapping[str, str], float]]:
    """Samples with the same labels added up: a series may stand in a file once only."""
    sums: dict[tuple[tuple[str, str], ...], float] = {}
    for labels, value in samples:
        key = tuple(labels.items())
        sums[key] = sums.get(key, 0.0) + value
    return [(dict(key), value) for key, value in sums.items()]


def _gauge(name: str, explanation: str, samples: Iterable[tuple[Mapping[str, str], float]]) -> list[str]:
    full = f"odoo_gate_probe_{name}"
    lines = [f"{full}{{{_labels(labels)}}} {value!r}" for labels, value in samples]
    return [f"# HELP {full} {explanation}", f"# TYPE {full} gauge", *lines] if lines else []


def _labels(labels: Mapping[str, str]) -> str:
    return ",".join(f'{name}="{_escaped(value)}"' for name, value in labels.items())


def _escaped(value: str) -> str:
    return value.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
