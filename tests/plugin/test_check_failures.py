"""How a failed check reads in pytest: what it found, and nothing of the suite, its arguments or their secrets."""

from __future__ import annotations

import pytest

GATE_TOML = '[project]\nname = "shed"\nseries = "19.0"\n[addons]\npaths = ["addons"]\n'
FAILING = """
    import pytest
    from odoo_gate.model import Finding, Severity
    from pytest_odoo_gate.checks import require

    @pytest.fixture
    def env():
        return {"TOKEN": "hunter2"}

    @pytest.mark.gate("roof.tight")
    def test_roof(env):
        notes = [Finding("moss", "moss on it", Severity.WARNING)]
        holes = [Finding("hole", f"hole {number}", remedy="close it") for number in range(25)]
        require([*notes, *holes])
"""


@pytest.fixture
def shed(pytester: pytest.Pytester) -> pytest.Pytester:
    pytester.makefile(".toml", gate=GATE_TOML)
    addon = pytester.mkdir("addons") / "crane"
    addon.mkdir()
    (addon / "__init__.py").touch()
    manifest = {"name": "Crane", "version": "19.0.1.0.0", "license": "LGPL-3", "depends": ["base"], "data": ["no.xml"]}
    (addon / "__manifest__.py").write_text(repr(manifest))
    return pytester


def test_a_failed_check_shows_its_findings_errors_first_and_no_code(shed: pytest.Pytester) -> None:
    shed.makepyfile(test_roof=FAILING)
    result = shed.runpytest_subprocess("test_roof.py")
    said = [line for line in result.outlines if line.startswith("E ")]
    assert said[:2] == ["E   hole 0 [hole]", "E       remedy: close it"]
    assert said[-1] == "E   and 6 more findings, all in the evidence"
    result.stdout.fnmatch_lines(["FAILED test_roof.py::test_roof - hole 0 ?hole?"])
    result.stdout.no_fnmatch_line("*hunter2*")
    result.stdout.no_fnmatch_line("*def test_roof*")


def test_a_check_of_the_suite_shows_no_line_of_the_suite(shed: pytest.Pytester) -> None:
    result = shed.runpytest_subprocess("--odoo-gate-families", "modules_static", "-k", "manifest")
    result.stdout.fnmatch_lines(["E   *no.xml*", "rerun: *"])
    for text in ("*gate_settings =*", "*gate_record*", "*def test_*", "*suite/test_modules*"):
        result.stdout.no_fnmatch_line(text)


def test_an_error_of_the_gate_says_the_next_step_and_shows_no_arguments(
    shed: pytest.Pytester, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DOCKER_HOST", "tcp://127.0.0.1:1")
    result = shed.runpytest_subprocess("--odoo-gate-families", "modules", "-k", "installs_alone")
    result.stdout.fnmatch_lines(["E   no Docker engine answers*", "E     next step: *"])
    for text in ("*Settings(root=*", "*testbed = *", "*def test_*", "*.py:*: in *"):
        result.stdout.no_fnmatch_line(text)


def test_a_failing_test_of_the_project_keeps_its_traceback(shed: pytest.Pytester) -> None:
    shed.makepyfile(test_own="def test_sum():\n    assert 1 + 1 == 3\n")
    result = shed.runpytest_subprocess("test_own.py")
    result.stdout.fnmatch_lines(["*def test_sum*", "E *assert (1 + 1) == 3*"])
