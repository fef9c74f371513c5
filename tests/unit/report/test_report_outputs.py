"""What other programs read of a run: each rendering keeps its format's rules, whatever a test or an addon says."""

import csv
import io
import json
import re
from datetime import UTC, datetime

import pytest

from odoo_gate.model import CheckResult, Finding, Metric, Outcome, Place, Reason, Severity, Status, Verdict
from odoo_gate.report import gitlab, metrics, summary

NOW = datetime(2026, 5, 4, 18, 0, tzinfo=UTC)
SCAN = gitlab.Scan(NOW, NOW, "c0ffee" + "0" * 34, "1.2.3")
HEADING = summary.Heading("De Vries Bouw", "c0ffee" * 7, "run1")
NASTY = '<img src=x onerror=alert(1)> @everyone [x](https://evil.example) `|` ‮ "\n# heading'


def result(check, *findings, outcome=Outcome.FAILED, metrics=(), target=""):
    reason = "" if outcome is Outcome.PASSED else "it failed"
    return CheckResult(check, target, outcome, NOW, 1.5, reason, findings=findings, metrics=metrics)


def no_go(check="security.code", message="it failed", outcome=Outcome.FAILED):
    return Verdict(Status.NO_GO, "production", (Reason(check, outcome, message),))


SQL = Finding(
    "sql-built", "SQL is built from strings", place=Place("addons/a/models/b.py", 12), remedy="use parameters"
)
SECRET = Finding("secret", "a.py holds what looks like a key", place=Place("a.py", 3))
HOLE = Finding(
    "vulnerable-dependency", "requests 2.30.0 has PYSEC-2023-74 (CVE-2023-32681, GHSA-j8r2): it leaks", remedy="upgrade"
)


class TestSummary:
    def test_says_verdict_reason_and_who_acts(self):
        text = summary.render_summary(no_go(), [result("security.code", SQL)], HEADING)
        assert text.startswith("## ❌ NO-GO for production\n")
        assert "**security.code** failed: it failed" in text
        assert "who acts: the developers of the change, with whoever answers for security" in text
        assert "addons/a/models/b.py:12: SQL is built from strings" in text
        assert "Not asked: tests, modules" in text

    def test_go_and_inconclusive_are_not_mistaken_for_one_another(self):
        unknown = Verdict(Status.INCONCLUSIVE, "production", (Reason("load.peak", None, "it did not run"),))
        assert "There is no answer" in summary.render_summary(unknown, [], HEADING)
        assert "✅ GO" in summary.render_summary(Verdict(Status.GO, "production"), [], HEADING)

    def test_hostile_text_is_shown_and_does_nothing(self):
        shown = summary.markdown(NASTY)
        assert "\n" not in shown
        assert "‮" not in shown
        assert re.search(r"(?<!\\)[<>`\[\]|#]", shown.replace("&#64;", "").replace("&#47;", "")) is None
        assert "@" not in shown
        assert "://" not in shown

    def test_stays_within_the_limits_of_ci(self):
        findings = [Finding("r", "x" * 5000, remedy="y" * 5000)] * 10
        reasons = tuple(Reason(f"f{n}.c", Outcome.FAILED, "z" * 5000) for n in range(3000))
        results = [result(f"f{n}.c", *findings) for n in range(3000)]
        text = summary.render_summary(Verdict(Status.NO_GO, "production", reasons), results, HEADING)
        assert len(text.encode()) <= summary.MAX_BYTES
        assert "in the report" in text


class TestMetrics:
    def test_csv_has_a_line_for_each_number_and_runs_no_formula(self):
        good = result("load.peak", outcome=Outcome.PASSED, metrics=(Metric("p95", 1.25, "s"), Metric("rate", 2, "1")))
        text = metrics.render_csv([good, result("security.code", target='=HYPERLINK("x")')])
        rows = list(csv.DictReader(io.StringIO(text)))
        assert [(row["metric"], row["value"], row["unit"]) for row in rows] == [
            ("p95", "1.25", "s"),
            ("rate", "2", "1"),
            ("", "", ""),
        ]
        assert rows[2]["target"] == '\'=HYPERLINK("x")'

    def test_prometheus_reads_it(self):
        nasty = result("load.peak", outcome=Outcome.PASSED, metrics=(Metric('p"95\n\\', 1e-9, "s"),), target=NASTY)
        text = metrics.render_prometheus([nasty, nasty], Status.GO, project="De Vries", environment="production")
        sample = re.compile(r'[a-z_]+\{([a-z_]+="(\\.|[^"\\\n])*",?)+\} -?\d[\d.e+-]*')
        lines = [line for line in text.splitlines() if not line.startswith("#")]
        assert all(sample.fullmatch(line) for line in lines)
        names = [line.rpartition(" ")[0] for line in lines]
        assert len(names) == len(set(names))
        assert 'verdict="GO"} 1' in text
        assert 'verdict="NO-GO"} 0' in text

    def test_single_tests_are_left_to_the_csv(self):
        test = result("tests.at-install", outcome=Outcome.PASSED, metrics=(Metric("queries", 5, "queries"),))
        assert "odoo_gate_metric{" not in metrics.render_prometheus(
            [test], Status.GO, project="p", environment="production"
        )


class TestGitlab:
    def test_code_quality_names_place_and_never_the_same_issue_twice(self):
        issues = json.loads(gitlab.render_code_quality([result("security.code", SQL, SQL, HOLE)]))
        (issue,) = issues
        assert issue["location"] == {"path": "addons/a/models/b.py", "lines": {"begin": 12}}
        assert issue["severity"] == "critical"
        assert re.fullmatch("[0-9a-f]{64}", issue["fingerprint"])

    @pytest.mark.parametrize(
        ("render", "kind", "check", "finding"),
        [
            (gitlab.render_sast, "sast", "security.code", SQL),
            (gitlab.render_secret_detection, "secret_detection", "security.secrets", SECRET),
            (gitlab.render_dependency_scanning, "dependency_scanning", "security.dependencies", HOLE),
        ],
        ids=["sast", "secrets", "dependencies"],
    )
    def test_security_reports_have_what_gitlab_requires(self, render, kind, check, finding):
        document = json.loads(render([result(check, finding, finding)], SCAN))
        assert re.fullmatch(r"15\.\d+\.\d+", document["version"])
        scan = document["scan"]
        assert scan["type"] == kind
        assert scan["start_time"] == scan["end_time"] == "2026-05-04T18:00:00"
        for part in ("analyzer", "scanner"):
            assert {"id", "name", "version", "vendor"} <= scan[part].keys()
        (found,) = document["vulnerabilities"]
        assert found["id"]
        assert found["severity"] == "High"
        assert len(found["name"]) <= 255
        assert all({"type", "name", "value"} <= each.keys() for each in found["identifiers"])

    def test_a_package_is_named_with_its_advisories(self):
        document = json.loads(gitlab.render_dependency_scanning([result("security.dependencies", HOLE)], SCAN))
        (found,) = document["vulnerabilities"]
        assert found["location"]["dependency"] == {"package": {"name": "requests"}, "version": "2.30.0"}
        assert [each["value"] for each in found["identifiers"]][:2] == ["PYSEC-2023-74", "CVE-2023-32681"]
        assert document["dependency_files"] == []

    def test_a_secret_names_its_commit(self):
        document = json.loads(gitlab.render_secret_detection([result("security.secrets", SECRET)], SCAN))
        assert document["vulnerabilities"][0]["location"]["commit"] == {"sha": SCAN.commit}

    @pytest.mark.parametrize("outcome", [None, Outcome.ERRORED, Outcome.SKIPPED], ids=["absent", "errored", "skipped"])
    def test_a_scan_without_an_answer_is_a_failed_scan(self, outcome):
        found = [] if outcome is None else [result("security.secrets", outcome=outcome)]
        assert json.loads(gitlab.render_secret_detection(found, SCAN))["scan"]["status"] == "failure"
        passed = [result("security.secrets", outcome=Outcome.PASSED)]
        assert json.loads(gitlab.render_secret_detection(passed, SCAN))["scan"]["status"] == "success"

    def test_what_is_nowhere_in_the_checkout_is_never_a_foreign_path(self):
        outside = Finding("x", "m", Severity.WARNING, Place("../../etc/passwd", 1))
        document = json.loads(gitlab.render_sast([result("security.code", outside)], SCAN))
        assert document["vulnerabilities"][0]["location"] == {"file": "gate.toml"}
