"""What GitLab's load performance widget and its coverage marks read of a run, and that the component hands it over."""

from __future__ import annotations

import json
from pathlib import Path
from xml.etree import ElementTree

import pytest
import yaml

from odoo_gate.report import gitlab, metrics
from odoo_gate.report.cobertura import COBERTURA, render_cobertura
from odoo_gate.report.gitlab_load import LOAD_PERFORMANCE, Transaction, render_load_performance

GATE = Path(__file__).parents[3] / "ci-templates/gitlab/templates/gate.yml"


def shown(text: str) -> dict[str, object]:
    """What the widget shows, as its own code takes it from the summary."""
    metrics = json.loads(text)["metrics"]
    checks = metrics["checks"]
    return {
        "RPS": metrics["http_reqs"]["rate"],
        "TTFB P90": metrics["http_req_waiting"]["p(90)"],
        "TTFB P95": metrics["http_req_waiting"]["p(95)"],
        "Checks": f"{checks['passes'] / (checks['passes'] + checks['fails']) * 100:.2f}%",
    }


def transaction(second: float, seconds: float, *, late: float = 0.0, requests: int = 3, ok: bool = True) -> Transaction:
    return Transaction(second, second + late, second + seconds, requests, ok)


class TestLoadPerformance:
    def test_the_widget_shows_waits_requests_and_what_was_acknowledged(self) -> None:
        """A hundred and one transactions of 0 to 1,000 ms, one a second, the slowest refused."""
        peak = [transaction(number, number / 100, ok=number < 100) for number in range(101)]
        told = shown(render_load_performance([peak]))
        assert told == {
            "RPS": pytest.approx(303 / 101),
            "TTFB P90": pytest.approx(900),
            "TTFB P95": pytest.approx(950),
            "Checks": "99.01%",
        }

    def test_a_wait_counts_from_the_moment_it_was_due(self) -> None:
        assert shown(render_load_performance([[transaction(5, 2, late=1.5)]]))["TTFB P95"] == pytest.approx(2000)

    def test_the_pause_between_two_peaks_is_no_time_of_work(self) -> None:
        peaks = [[transaction(0, 10, requests=20)], [transaction(1000, 10, requests=40)]]
        assert shown(render_load_performance(peaks))["RPS"] == pytest.approx(3)

    def test_nothing_driven_is_no_report(self) -> None:
        assert render_load_performance([]) == render_load_performance([[], []]) == ""


FILES = {
    "addons/crane/models/crane.py": {1: True, 4: True, 9: False},
    "addons/crane/__init__.py": {},
    "addons/yard/yard.py": {2: False},
    "/usr/lib/odoo/addons/base/x.py": {1: True},
    "../elsewhere.py": {1: True},
}


class TestCobertura:
    def test_every_statement_has_its_line_below_the_project(self) -> None:
        coverage = ElementTree.fromstring(render_cobertura(FILES, "/builds/devries/erp"))
        lines = {
            file.get("filename"): [(line.get("number"), line.get("hits")) for line in file.findall("lines/line")]
            for file in coverage.iterfind("packages/package/classes/class")
        }
        assert lines == {
            "addons/crane/models/crane.py": [("1", "1"), ("4", "1"), ("9", "0")],
            "addons/crane/__init__.py": [],
            "addons/yard/yard.py": [("2", "0")],
        }
        assert [source.text for source in coverage.iterfind("sources/source")] == ["/builds/devries/erp"]

    def test_rates_are_those_of_file_folder_and_all(self) -> None:
        coverage = ElementTree.fromstring(render_cobertura(FILES, "/x"))
        assert (coverage.get("line-rate"), coverage.get("lines-covered"), coverage.get("lines-valid")) == (
            "0.5000", "2", "4",
        )  # fmt: skip
        packages = {package.get("name"): package.get("line-rate") for package in coverage.iterfind("packages/package")}
        assert packages == {"addons.crane": "1.0000", "addons.crane.models": "0.6667", "addons.yard": "0.0000"}

    def test_a_strange_name_stays_well_formed(self) -> None:
        coverage = ElementTree.fromstring(render_cobertura({'a/"<&\x07>.py': {1: True}}, "/x"))
        assert coverage.find("packages/package/classes/class") is not None

    def test_nothing_of_the_project_is_no_report(self) -> None:
        assert render_cobertura({"/usr/lib/a.py": {1: True}}, "/x") == render_cobertura({}, "/x") == ""


def test_the_component_hands_over_every_report_by_its_name() -> None:
    _, _, jobs = GATE.read_text("utf-8").partition("\n---\n")
    reports = {name: job["artifacts"]["reports"] for name, job in yaml.safe_load(jobs).items()}
    assert reports["odoo-gate:judge"] == {
        kind: f".odoo-gate/verdict/{name}"
        for kind, name in {
            "codequality": gitlab.CODE_QUALITY,
            "sast": gitlab.SAST,
            "dependency_scanning": gitlab.DEPENDENCY_SCANNING,
            "secret_detection": gitlab.SECRET_DETECTION,
            "load_performance": LOAD_PERFORMANCE,
            "metrics": metrics.METRICS_PROMETHEUS,
        }.items()
    }
    assert reports["odoo-gate:shard"] == {
        "junit": ".odoo-gate/shards/*/junit*.xml",
        "coverage_report": {"coverage_format": "cobertura", "path": f".odoo-gate/shards/*/{COBERTURA}"},
    }
