from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from odoo_gate.errors import AgentError
from odoo_gate.model import Outcome
from odoo_gate.odoo.agent_client import LogRecord, ReleaseFailure, SubTestResult, TestResult
from pytest_odoo_gate.odoo_catalogue import Trouble
from pytest_odoo_gate.odoo_failures import OdooTestFailed, OdooTestsUnusable, is_failure, represent
from pytest_odoo_gate.odoo_places import Places

ROOT = Path("/home/me/project")
FILE = ROOT / "addons/x/tests/test_a.py"
PLACES = Places({"/mnt/odoo-gate/addons/0": ROOT / "addons"}, ROOT)


def failed(outcome: Outcome = Outcome.FAILED) -> OdooTestFailed:
    result = TestResult(
        outcome=outcome,
        reason="AssertionError: 1 != 2",
        traceback='  File "/mnt/odoo-gate/addons/0/x/tests/test_a.py", line 12, in test_one\n',
        duration=1.0,
        queries=3,
        log=(),
        subtests=(SubTestResult(Outcome.FAILED, "Subtest TestA.test_one (n=1)", "t"),),
        artifacts=(),
    )
    return OdooTestFailed(result, ["run/screenshots/x/a.png"])


def test_shows_the_traceback_the_subtests_the_reason_and_the_screenshot() -> None:
    text = str(represent(failed(), PLACES, FILE, 4))
    assert 'File "addons/x/tests/test_a.py", line 12' in text
    assert "failed: Subtest TestA.test_one (n=1)" in text
    assert "E   AssertionError: 1 != 2" in text
    assert "screenshot: run/screenshots/x/a.png" in text


def test_the_crash_is_where_the_traceback_says() -> None:
    crash = represent(failed(), PLACES, FILE, 4).reprcrash
    assert crash is not None
    assert (crash.path, crash.lineno, crash.message) == (
        "addons/x/tests/test_a.py",
        12,
        "AssertionError: 1 != 2",
    )


def test_an_error_of_a_module_shows_its_log() -> None:
    line = LogRecord("WARNING", 30, "odoo.x", "careful", "/x.py", 1, 0.0)
    error = ReleaseFailure("ParseError: bad view", traceback="Traceback ...", log=(line,))
    text = str(represent(error, PLACES, FILE, 4))
    assert "Traceback ..." in text
    assert "WARNING odoo.x: careful" in text
    assert "E   ParseError: bad view" in text


def test_who_is_at_fault() -> None:
    assert is_failure(failed())
    assert not is_failure(failed(Outcome.ERRORED))
    assert is_failure(ReleaseFailure("ParseError"))
    assert is_failure(OdooTestsUnusable(Trouble("Odoo never runs these tests")))
    assert not is_failure(AgentError("gone"))
    assert not is_failure(ValueError())


def test_the_reason_stands_there_once() -> None:
    error = failed()
    traceback = f"{error.result.traceback}{error.result.reason}\n"
    told = OdooTestFailed(replace(error.result, traceback=traceback), ())
    text = str(represent(told, PLACES, FILE, 4))
    assert text.count("1 != 2") == 1 + text.count("test_a.py:12: AssertionError: 1 != 2")
