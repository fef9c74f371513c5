"""What stands below a failure: the command that runs just that again."""

from __future__ import annotations

import json
import os
import shlex
import sys
from pathlib import Path

import pytest

GATE_TOML = '[project]\nname = "shed"\nseries = "19.0"\n[addons]\npaths = ["addons"]\n'


@pytest.fixture
def shed(pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> pytest.Pytester:
    """A checkout with one addon, whose manifest names a file that is not there, and a test of the project's own.

    The environment is active, as a developer's is.
    """
    monkeypatch.setenv("PATH", f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}")
    pytester.makefile(".toml", gate=GATE_TOML)
    addon = pytester.mkdir("addons") / "crane"
    addon.mkdir()
    (addon / "__init__.py").touch()
    manifest = {"name": "Crane", "version": "19.0.1.0.0", "license": "LGPL-3", "depends": ["base"], "data": ["no.xml"]}
    (addon / "__manifest__.py").write_text(repr(manifest))
    pytester.makepyfile(
        test_own="import pytest\n@pytest.mark.parametrize('word', ['a b'])\ndef test_sum(word): assert word == 'c'"
    )
    return pytester


def rerun_commands(result: pytest.RunResult) -> list[list[str]]:
    return [shlex.split(line.removeprefix("rerun: ")) for line in result.outlines if line.startswith("rerun: ")]


def test_a_test_of_the_project_is_run_again_alone(shed: pytest.Pytester) -> None:
    (command,) = rerun_commands(shed.runpytest_subprocess("test_own.py"))
    assert command == ["pytest", "test_own.py::test_sum[a b]"]
    again = shed.runpytest_subprocess(*command[1:])
    again.assert_outcomes(failed=1)


def test_a_check_of_the_suite_is_run_again_alone(shed: pytest.Pytester) -> None:
    (command,) = rerun_commands(shed.runpytest_subprocess("--odoo-gate-families", "modules_static", "-k", "manifest"))
    assert command[:3] == ["pytest", "--odoo-gate-families", "modules"]
    again = shed.runpytest_subprocess("--odoo-gate-families", "modules_static", *command[3:])
    assert again.parseoutcomes()["failed"] == 1


def test_where_no_environment_is_active_the_command_names_its_python(
    shed: pytest.Pytester, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", os.defpath)
    (command,) = rerun_commands(shed.runpytest_subprocess("test_own.py"))
    assert command == [sys.executable, "-m", "pytest", "test_own.py::test_sum[a b]"]


def test_from_a_folder_below_the_command_fits_that_folder(shed: pytest.Pytester, monkeypatch) -> None:
    below = shed.mkdir("below")
    (below / "test_deep.py").write_text("def test_deep(): assert False")
    monkeypatch.chdir(below)
    (command,) = rerun_commands(shed.runpytest_subprocess("--rootdir", str(shed.path), "test_deep.py"))
    assert command == ["pytest", "test_deep.py::test_deep"]


def test_whoever_ran_the_gate_from_elsewhere_is_taken_there(shed: pytest.Pytester, monkeypatch) -> None:
    """`odoo-gate run --project` starts pytest in the project; the person's shell is where it was."""
    monkeypatch.setenv("PWD", str(shed.path))
    (command,) = rerun_commands(
        shed.runpytest_subprocess("--odoo-gate-run", "run1", "--odoo-gate-families", "modules_static", "-k", "manifest")
    )
    assert command[0] == "pytest"
    monkeypatch.setenv("PWD", "/")
    (command,) = rerun_commands(
        shed.runpytest_subprocess("--odoo-gate-run", "run2", "--odoo-gate-families", "modules_static", "-k", "manifest")
    )
    assert command[:4] == ["cd", str(shed.path), "&&", "pytest"]


def test_a_check_without_a_database_promises_none(shed: pytest.Pytester) -> None:
    failed = shed.runpytest_subprocess("--odoo-gate-keep", "--odoo-gate-families", "modules_static", "-k", "manifest")
    (look,) = [line for line in failed.outlines if line.startswith("look: ")]
    assert "no database is kept" in look


def test_sigterm_ends_a_session_as_ctrl_c_does(shed: pytest.Pytester) -> None:
    """Also where SIGINT is ignored, as a script has it for what it starts with `&`."""
    (shed.path / "test_own.py").write_text(
        "import os, signal, pytest\n"
        "@pytest.fixture\n"
        "def opened():\n"
        "    yield\n"
        "    print('removed all it started')\n"
        "def test_long(opened):\n"
        "    signal.signal(signal.SIGINT, signal.SIG_IGN)\n"
        "    os.kill(os.getpid(), signal.SIGTERM)\n"
        "    signal.pause()\n"
    )
    result = shed.runpytest_subprocess("-s", "test_own.py")
    assert result.ret == pytest.ExitCode.INTERRUPTED
    result.stdout.fnmatch_lines(["*removed all it started*"])


def test_what_passes_says_nothing_and_an_attached_session_needs_its_file(shed: pytest.Pytester) -> None:
    (shed.path / "test_own.py").write_text("def test_sum(): assert True")
    assert rerun_commands(shed.runpytest_subprocess("test_own.py")) == []
    (shed.path / "address.json").write_text(json.dumps({}))
    shed.runpytest_subprocess("test_own.py", "--odoo-gate-attach", "address.json").assert_outcomes(passed=1)
