"""Every test that was selected leaves one line of evidence, whatever became of it."""

from __future__ import annotations

from pathlib import Path

import pytest

from odoo_gate.evidence import read_evidence
from odoo_gate.model import CheckResult, Outcome

GATE_TOML = '[project]\nname = "shed"\nseries = "19.0"\n[addons]\npaths = ["addons"]\n'


@pytest.fixture
def shed(pytester: pytest.Pytester) -> pytest.Pytester:
    pytester.makefile(".toml", gate=GATE_TOML)
    pytester.mkdir("addons")
    return pytester


def evidence(shed: pytest.Pytester, source: str, *args: str) -> dict[str, CheckResult]:
    """Run `source` as the only test file; the evidence by `check[target]`."""
    path = shed.makepyfile(test_yard=source)
    run = shed.path / "run"
    shed.runpytest_subprocess(str(path), "--odoo-gate-run", str(run), *args)
    return {f"{r.check}[{Path(r.target).name}]": r for r in read_evidence([run / "evidence.jsonl"])}


def test_a_gate_check_leaves_its_findings_and_metrics(shed: pytest.Pytester) -> None:
    source = """
        import pytest
        from odoo_gate.model import Finding, Place
        from pytest_odoo_gate.checks import require

        @pytest.mark.gate("yard.manifest")
        @pytest.mark.parametrize("addon", ["crane"])
        def test_manifest(addon, gate_record):
            gate_record.metric("files", 3, "1")
            require([Finding("bad-version", "version is 1", place=Place("addons/crane/__manifest__.py", 4))])
    """
    result = evidence(shed, source)["yard.manifest[crane]"]
    assert result.outcome is Outcome.FAILED
    assert [(f.rule, str(f.place)) for f in result.findings] == [("bad-version", "addons/crane/__manifest__.py:4")]
    assert [(m.name, m.value) for m in result.metrics] == [("files", 3)]


def test_outcomes_are_told_apart(shed: pytest.Pytester) -> None:
    source = """
        import pytest
        def test_good(): pass
        def test_bad(): assert 1 == 2
        def test_absent(): pytest.skip("no crane on site")
        def test_broken(): raise OSError("disk gone")
        @pytest.fixture
        def scaffold(): raise OSError("no scaffold")
        def test_unbuilt(scaffold): pass
        @pytest.mark.xfail(reason="known")
        def test_known(): assert 0
    """
    outcomes = {
        key.split("::")[-1].rstrip("]"): result.outcome for key, result in evidence(shed, source).items() if "::" in key
    }
    assert outcomes == {
        "test_good": Outcome.PASSED,
        "test_bad": Outcome.FAILED,
        "test_absent": Outcome.SKIPPED,
        "test_broken": Outcome.ERRORED,
        "test_unbuilt": Outcome.ERRORED,
        "test_known": Outcome.SKIPPED,
    }


def test_a_run_that_stops_early_is_not_complete(shed: pytest.Pytester) -> None:
    source = "def test_first(): assert 0\ndef test_second(): pass\n"
    result = evidence(shed, source, "-x")["run.complete[]"]
    assert result.outcome is Outcome.ERRORED
    assert [f.rule for f in result.findings] == ["never-finished"]


def test_a_deselected_test_keeps_the_run_from_being_complete(shed: pytest.Pytester) -> None:
    source = "def test_first(): pass\ndef test_second(): pass\n"
    result = evidence(shed, source, "-k", "first")["run.complete[]"]
    assert [f.rule for f in result.findings] == ["deselected"]


def test_a_file_that_cannot_be_collected_is_named(shed: pytest.Pytester) -> None:
    result = evidence(shed, "import nowhere_to_be_found")["run.complete[]"]
    assert result.outcome is Outcome.ERRORED
    assert result.findings[0].rule == "collection-failed"


def test_nothing_ran_is_not_a_pass(shed: pytest.Pytester) -> None:
    result = evidence(shed, "x = 1")["run.complete[]"]
    assert [f.rule for f in result.findings] == ["nothing-ran"]


def test_a_project_cannot_answer_a_check_of_the_gate(shed: pytest.Pytester) -> None:
    source = """
        import pytest

        @pytest.mark.gate("modules.installs-alone")
        def test_of_course_it_does(): pass
    """
    results = evidence(shed, source)
    assert "modules.installs-alone[]" not in results
    assert [f.rule for f in results["run.complete[]"].findings] == ["never-finished"]
