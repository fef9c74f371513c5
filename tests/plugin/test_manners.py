"""The plugin keeps out of the way where nobody asked for it."""

from __future__ import annotations

import subprocess
import sys

import pytest

GATE_TOML = '[project]\nname = "shed"\nseries = "19.0"\n[addons]\npaths = ["addons"]\n'


@pytest.fixture
def shed(pytester: pytest.Pytester) -> pytest.Pytester:
    """A checkout with a gate.toml and no addon yet."""
    pytester.makefile(".toml", gate=GATE_TOML)
    pytester.mkdir("addons")
    return pytester


def test_without_a_gate_toml_the_plugin_does_nothing(pytester: pytest.Pytester) -> None:
    pytester.makepyfile("def test_sum(): assert 1 + 1 == 2")
    result = pytester.runpytest_subprocess("-p", "no:cacheprovider")
    result.assert_outcomes(passed=1)
    result.stdout.no_fnmatch_line("*odoo-gate:*")
    assert not (pytester.path / ".odoo-gate").exists()


def test_the_header_names_project_and_series(shed: pytest.Pytester) -> None:
    shed.makepyfile("def test_sum(): assert 1 + 1 == 2")
    result = shed.runpytest_subprocess("test_the_header_names_project_and_series.py")
    result.stdout.fnmatch_lines(["odoo-gate: shed, Odoo 19.0, *"])
    result.assert_outcomes(passed=1)


def test_it_can_be_told_to_leave_the_gate_toml_alone(shed: pytest.Pytester) -> None:
    shed.makepyfile("def test_sum(): assert 1 + 1 == 2")
    result = shed.runpytest_subprocess("--no-odoo-gate")
    result.assert_outcomes(passed=1)
    result.stdout.no_fnmatch_line("*odoo-gate:*")


def test_a_misspelt_key_is_a_usage_error_that_suggests_the_right_one(shed: pytest.Pytester) -> None:
    shed.makefile(".toml", gate=GATE_TOML.replace("series", "serie"))
    result = shed.runpytest_subprocess()
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    result.stderr.fnmatch_lines(["*project.serie*", "*did you mean*series*"])


def test_importing_the_plugin_loads_nothing_heavy() -> None:
    heavy = ["docker", "testcontainers", "psycopg", "pydantic", "cryptography", "odoo_gate.settings"]
    code = f"import sys, pytest_odoo_gate.plugin; print([m for m in {heavy} if m in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_no_byte_code_is_left_among_the_addons(shed: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("PYTHONDONTWRITEBYTECODE", raising=False)
    folder = shed.path / "addons/tools"
    folder.mkdir()
    (folder / "conftest.py").write_text("import helper_of_tools\n")
    (folder / "helper_of_tools.py").write_text("")
    (folder / "test_sum.py").write_text("def test_sum(): assert 1 + 1 == 2")
    result = shed.runpytest_subprocess("-p", "no:cacheprovider", "--odoo-gate-families", "tests")
    result.assert_outcomes(passed=1)
    assert [path for path in shed.path.rglob("*") if path.name == "__pycache__"] == []
