"""Checks that only some projects need are collected where gate.toml or the policy asks for them, and nowhere else."""

from __future__ import annotations

from pathlib import Path

import pytest

import pytest_odoo_gate

SUITE = Path(pytest_odoo_gate.__path__[0]) / "suite"
GATE_TOML = '[project]\nname = "shed"\nseries = "19.0"\n[policy]\nenvironment = "production"\n'
HEADROOM = "[load.headroom]\nmonth-end = 0.5\n"
CRON = '[[resilience.crons]]\nname = "hours"\ncron = "a.b"\nscript = "c.py"\neffect = "SELECT 1"\n'
POLICY = 'version = 1\n[environments.production]\ndemands = ["load.headroom"]\nvalid_for_hours = 12\n'


def collected(pytester: pytest.Pytester, gate_toml: str, file: str) -> str:
    pytester.makefile(".toml", gate=gate_toml)
    (pytester.path / "addons").mkdir()
    result = pytester.runpytest_subprocess("--collect-only", "-q", str(SUITE / file))
    assert result.ret == 0, result.outlines
    return result.stdout.str()


@pytest.mark.parametrize(
    ("file", "test", "settings"),
    [
        ("test_load.py", "test_more_than_the_declared_peak_holds", HEADROOM),
        ("test_migration.py", "test_both_releases_serve", "[migration]\nside_by_side = true\n"),
        ("test_resilience.py", "test_a_job_is_killed", CRON),
    ],
)
def test_gate_toml_asks(pytester: pytest.Pytester, file: str, test: str, settings: str) -> None:
    assert test in collected(pytester, GATE_TOML + settings, file)


@pytest.mark.parametrize(
    ("file", "test"),
    [
        ("test_load.py", "test_more_than_the_declared_peak_holds"),
        ("test_migration.py", "test_both_releases_serve"),
        ("test_resilience.py", "test_a_job_is_killed"),
    ],
)
def test_nobody_asks(pytester: pytest.Pytester, file: str, test: str) -> None:
    told = collected(pytester, GATE_TOML, file)
    assert "::test_" in told
    assert test not in told


def test_the_policy_asks(pytester: pytest.Pytester) -> None:
    (pytester.path / "policy.toml").write_text(POLICY, encoding="utf-8")
    told = collected(pytester, GATE_TOML + 'file = "policy.toml"\n', "test_load.py")
    assert "test_more_than_the_declared_peak_holds" in told


def test_a_quick_run_leaves_it_out_whoever_asks(pytester: pytest.Pytester) -> None:
    told = collected(pytester, GATE_TOML + '[load]\nprofile = "quick"\n' + HEADROOM, "test_load.py")
    assert "test_work_takes_no_more_queries" in told
    assert "test_more_than_the_declared_peak_holds" not in told
