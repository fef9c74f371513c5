"""The verdict: whatever did not pass keeps a release from GO, whatever else is added."""

from __future__ import annotations

from datetime import UTC, datetime
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from odoo_gate.errors import SettingsError
from odoo_gate.model import CheckResult, Outcome, Status
from odoo_gate.policy import Policy, default_policy, judge, load_policy

NOW = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)
POLICY = load_policy(b"""
version = 1
[environments.production]
demands = ["modules.*", "tests.*"]
[environments.qa]
demands = ["modules.*", "tests.*"]
minimum = { "tests.*" = 3 }
[[environments.qa.allow_skips]]
check = "tests.*"
target = "/job_*"
reason = "needs Chrome.*"
because = "tours run elsewhere"
""")

MANY = load_policy(b"""
version = 1
[environments.production]
demands = ["run.complete", "modules.*", "recovery.restore"]
minimum = { "recovery.restore" = 2, "modules.*" = 3 }
[environments.qa]
demands = ["modules.*"]
""")


def result(check: str, target: str = "", outcome: Outcome = Outcome.PASSED, reason: str = "") -> CheckResult:
    return CheckResult(check, target, outcome, NOW, 1.0, reason if outcome is Outcome.PASSED or reason else "because")


WHOLE = (result("modules.manifest"), result("tests.post-install", "/job_costing:T.test_a"))

checks = st.sampled_from(["modules.manifest", "modules.installs-alone", "tests.post-install", "load.steady"])
outcomes = st.sampled_from(list(Outcome))
results = st.builds(
    result,
    checks,
    st.sampled_from(["", "/job_costing:T.test_a", "b"]),
    outcomes,
    st.sampled_from(["needs Chrome 120", "other"]),
)
not_passed = results.filter(lambda each: each.outcome is not Outcome.PASSED)
environments = st.sampled_from(sorted(POLICY.environments))


def test_everything_demanded_and_passed_is_go() -> None:
    verdict = judge(POLICY, "production", WHOLE, NOW)
    assert (verdict.status, verdict.reasons) == (Status.GO, ())


@pytest.mark.parametrize(
    ("outcome", "status"),
    [
        (Outcome.FAILED, Status.NO_GO),
        (Outcome.ERRORED, Status.INCONCLUSIVE),
        (Outcome.SKIPPED, Status.INCONCLUSIVE),
    ],
)
@pytest.mark.parametrize("check", ["modules.manifest", "load.steady"])
def test_what_did_not_pass_blocks_demanded_or_not(check: str, outcome: Outcome, status: Status) -> None:
    verdict = judge(POLICY, "production", [*WHOLE, result(check, "x", outcome, "it broke")], NOW)
    assert verdict.status is status
    (reason,) = verdict.reasons
    assert (reason.check, reason.outcome, reason.message, reason.targets) == (
        check,
        outcome,
        "it broke",
        ("x",),
    )


@pytest.mark.parametrize("missing", [0, 1])
def test_a_demanded_check_that_did_not_run_is_inconclusive(missing: int) -> None:
    verdict = judge(POLICY, "production", [WHOLE[1 - missing]], NOW)
    assert verdict.status is Status.INCONCLUSIVE
    assert [reason.outcome for reason in verdict.reasons] == [None]
    assert "did not run" in verdict.reasons[0].message


def test_failed_wins_over_missing_and_comes_first() -> None:
    verdict = judge(POLICY, "production", [result("modules.manifest", "x", Outcome.FAILED)], NOW)
    assert verdict.status is Status.NO_GO
    assert [(reason.check, reason.outcome) for reason in verdict.reasons] == [
        ("modules.manifest", Outcome.FAILED),
        ("tests.*", None),
    ]


@pytest.mark.parametrize("outcome", [Outcome.FAILED, Outcome.ERRORED, Outcome.SKIPPED])
def test_a_demanded_check_that_did_not_pass_is_one_reason(outcome: Outcome) -> None:
    verdict = judge(MANY, "qa", [result("modules.manifest", "x", outcome)], NOW)
    assert [(reason.check, reason.outcome) for reason in verdict.reasons] == [("modules.manifest", outcome)]


def test_a_demand_that_would_be_short_without_the_failure_is_a_reason_of_its_own() -> None:
    few = [result("run.complete"), result("modules.manifest", "a"), result("modules.manifest", "b", Outcome.FAILED)]
    verdict = judge(MANY, "production", few, NOW)
    assert [(reason.check, reason.outcome) for reason in verdict.reasons] == [
        ("modules.manifest", Outcome.FAILED),
        ("modules.*", None),
        ("recovery.restore", None),
    ]


def test_too_few_tests_is_not_enough() -> None:
    verdict = judge(POLICY, "qa", WHOLE, NOW)
    assert verdict.status is Status.INCONCLUSIVE
    assert verdict.reasons[0].message == "tests.*: 1 passed of the 3 demanded (1 reported)"


def test_the_same_test_reported_thrice_counts_once() -> None:
    assert judge(POLICY, "qa", [*WHOLE, WHOLE[1], WHOLE[1]], NOW).status is Status.INCONCLUSIVE


def test_a_skip_needs_the_policys_leave_for_check_target_and_reason() -> None:
    enough = [*WHOLE, *(result("tests.post-install", str(number)) for number in range(3))]
    allowed = result("tests.at-install", "/job_costing:T.test_b", Outcome.SKIPPED, "needs Chrome 120")
    assert judge(POLICY, "qa", [*enough, allowed], NOW).status is Status.GO
    assert judge(POLICY, "production", [*enough, allowed], NOW).status is Status.INCONCLUSIVE
    for check, target, reason in [
        ("modules.translations", "/job_costing:T.test_b", "needs Chrome 120"),
        ("tests.at-install", "/payroll:T.test_b", "needs Chrome 120"),
        ("tests.at-install", "/job_costing:T.test_b", "the server needs Chrome 120"),
    ]:
        skip = result(check, target, Outcome.SKIPPED, reason)
        assert judge(POLICY, "qa", [*enough, skip], NOW).status is Status.INCONCLUSIVE


def test_an_allowed_skip_is_not_a_passed_check() -> None:
    only_skips = [
        WHOLE[0],
        *(result("tests.post-install", f"/job_{n}", Outcome.SKIPPED, "needs Chrome") for n in range(5)),
    ]
    verdict = judge(POLICY, "qa", only_skips, NOW)
    assert verdict.status is Status.INCONCLUSIVE
    assert verdict.reasons[0].message == "tests.*: 0 passed of the 3 demanded (5 reported)"


def test_only_skips_can_be_allowed() -> None:
    failed = result("tests.at-install", "/job_costing:T.test_b", Outcome.FAILED, "needs Chrome 120")
    assert judge(POLICY, "qa", [*WHOLE, failed], NOW).status is Status.NO_GO


def test_many_failures_of_one_check_are_one_reason_with_all_targets() -> None:
    broken = [result("tests.post-install", f"t{n}", Outcome.FAILED, f"reason {n}") for n in range(40)]
    (reason,) = judge(POLICY, "production", [*WHOLE, *broken], NOW).reasons
    assert reason.message == "40 failed; the first: reason 0"
    assert len(reason.targets) == 40


def test_an_unknown_environment_is_never_judged() -> None:
    with pytest.raises(SettingsError, match="no environment 'staging'"):
        judge(POLICY, "staging", WHOLE, NOW)


@pytest.mark.parametrize("policy", [POLICY, load_policy(default_policy())])
def test_empty_evidence_is_never_go(policy: Policy) -> None:
    for environment in policy.environments:
        assert judge(policy, environment, [], NOW).status is Status.INCONCLUSIVE


@given(environments, st.lists(results), not_passed)
def test_more_bad_news_never_makes_a_go(environment: str, evidence: list[CheckResult], worse: CheckResult) -> None:
    before = judge(POLICY, environment, evidence, NOW)
    after = judge(POLICY, environment, [*evidence, worse], NOW)
    if before.status is not Status.GO:
        assert after.status is not Status.GO
    if before.status is Status.NO_GO:
        assert after.status is Status.NO_GO


@given(environments, st.lists(results), st.randoms())
def test_the_order_of_evidence_does_not_matter(environment: str, evidence: list[CheckResult], random: Random) -> None:
    shuffled = list(evidence)
    random.shuffle(shuffled)
    assert judge(POLICY, environment, evidence, NOW).status is judge(POLICY, environment, shuffled, NOW).status


@given(environments, st.lists(results))
def test_taking_evidence_away_never_makes_a_go_of_demands(environment: str, evidence: list[CheckResult]) -> None:
    verdict = judge(POLICY, environment, evidence, NOW)
    if verdict.status is Status.GO:
        passed = {each.check for each in evidence if each.outcome is Outcome.PASSED}
        assert any(check.startswith("modules.") for check in passed)
        assert any(check.startswith("tests.") for check in passed)
        assert all(each.outcome in (Outcome.PASSED, Outcome.SKIPPED) for each in evidence)


@given(environments, st.lists(results, min_size=1))
def test_repeating_evidence_changes_nothing(environment: str, evidence: list[CheckResult]) -> None:
    assert judge(POLICY, environment, evidence * 2, NOW).status is judge(POLICY, environment, evidence, NOW).status


def test_a_part_of_the_policy_judges_some_families() -> None:
    part = MANY.only("production", ["recovery"])
    rules = part.rules("production")
    assert rules.demands == ("run.complete", "recovery.restore", "recovery.*")
    assert rules.minimum == {"recovery.restore": 2}
    assert set(part.environments) == {"production"}


def test_a_part_demands_something_of_each_family() -> None:
    verdict = judge(MANY.only("production", ["contracts"]), "production", [result("run.complete")], NOW)
    assert [(reason.check, reason.outcome) for reason in verdict.reasons] == [("contracts.*", None)]
