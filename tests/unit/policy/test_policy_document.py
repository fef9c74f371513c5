"""A policy file that would let everything through is refused when it is read."""

from __future__ import annotations

import re
from datetime import timedelta
from pathlib import Path

import pytest

import pytest_odoo_gate
from odoo_gate.errors import ExitCode, SettingsError
from odoo_gate.policy import default_policy, load_policy

GOOD = """
version = 1
[environments.production]
demands = ["modules.*", "tests.post-install"]
minimum = { "tests.post-install" = 3 }
valid_for_hours = 12
[[environments.production.allow_skips]]
check = "tests.*"
reason = "needs .+"
because = "covered elsewhere"
"""


def test_a_policy_says_how_many_of_each_must_pass() -> None:
    rules = load_policy(GOOD.encode()).rules("production")
    assert rules.needed == {"modules.*": 1, "tests.post-install": 3}
    assert rules.valid_for == timedelta(hours=12)
    assert rules.allow_skips[0].target == "*"


@pytest.mark.parametrize(
    ("change", "fault"),
    [
        (('demands = ["modules.*", "tests.post-install"]', "demands = []"), "demands nothing"),
        (('demands = ["modules.*", "tests.post-install"]', ""), "demands nothing"),
        (('"modules.*", ', '"*", '), "not a check id"),
        (('"modules.*", ', '"*.*", '), "not a check id"),
        (('"modules.*", ', '"", '), "not a check id"),
        (('"modules.*", ', '"tests.post-install", '), "listed twice"),
        (("= 3 }", "= 0 }"), "greater than or equal to 1"),
        (("= 3 }", "= true }"), "valid integer"),
        (("= 3 }", "= nan }"), "valid integer"),
        (("= 12", "= 0"), "greater than or equal to 1"),
        (("= 12", "= inf"), "valid integer"),
        (("version = 1", "version = 2"), "version"),
        (("version = 1", ""), "version"),
        (("valid_for_hours", "valid_for_hour"), "did you mean 'valid_for_hours'"),
        (("needs .+", ".*"), "matches every skip"),
        (("needs .+", ""), "matches every skip"),
        (("needs .+", "(needs"), "not a regular expression"),
        (("covered elsewhere", "  "), "say why"),
        (("version = 1", "version = 1\nversion = 1"), "not TOML"),
        (("[environments.production]", "[environments.production"), "not TOML"),
    ],
)
def test_a_policy_that_cannot_be_meant_is_refused(change: tuple[str, str], fault: str) -> None:
    text = GOOD.replace(*change)
    assert text != GOOD
    with pytest.raises(SettingsError, match=fault) as caught:
        load_policy(text.encode())
    assert caught.value.exit_code is ExitCode.USAGE


@pytest.mark.parametrize("data", [b"", b"version = 1", b"version = 1\n[environments]", b"\xff", b"x" * 2_000_000])
def test_a_policy_without_environments_is_refused(data: bytes) -> None:
    with pytest.raises(SettingsError):
        load_policy(data)


def test_an_unknown_environment_is_an_error_with_a_guess() -> None:
    with pytest.raises(SettingsError, match="did you mean 'production'"):
        load_policy(GOOD.encode()).rules("prodution")


OF_THE_PROJECT = ("contracts.", "parity.", "load.", "resilience.")
"""Families of which only a project can say what they ask."""


def test_the_shipped_policy_demands_every_check_of_the_suite_for_production() -> None:
    suite = Path(pytest_odoo_gate.__path__[0]) / "suite"
    checks = {
        check
        for file in suite.glob("test_*.py")
        for check in re.findall(r'mark\.gate\("([a-z.-]+)"\)', file.read_text("utf-8"))
        if not check.startswith(OF_THE_PROJECT)
    } - {"migration.both-serve"}  # asked only where a policy names it
    assert len(checks) > 40
    for environment in ("production", "qa"):
        assert checks <= load_policy(default_policy()).rules(environment).needed.keys()


def test_the_shipped_policy_demands_tests_everywhere_and_allows_no_skip() -> None:
    policy = load_policy(default_policy())
    assert set(policy.environments) == {"production", "qa", "development"}
    for rules in policy.environments.values():
        assert "run.complete" in rules.needed
        assert any(pattern.startswith("tests.") for pattern in rules.needed)
        assert rules.allow_skips == ()
