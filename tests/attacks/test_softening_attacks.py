"""gate.toml, which the change under test can touch, used to ask less than the policy demands."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from odoo_gate.errors import ExitCode, SettingsError
from odoo_gate.evidence import EvidenceWriter
from odoo_gate.model import CheckResult, ImageIdentity, Metric, Outcome
from odoo_gate.policy import load_policy

NOW = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)
TENANCY = CheckResult("tenancy.isolation", "", Outcome.PASSED, NOW - timedelta(minutes=4), 1.0)
LOAD = CheckResult(
    "load.latency", "post-invoice", Outcome.PASSED, NOW - timedelta(minutes=3), 1.0,
    metrics=(Metric("p95", 1.2, "s"), Metric("p95-baseline", 1.0, "s")),
)  # fmt: skip
WHOLE = {
    "tenancy.companies": "[]",
    "tests.tags": '""',
    "addons.modules": "[]",
    "addons.exclude": "[]",
    "load.profile": '"full"',
    "migration.max_downtime_seconds": "60.0",
    "security.secrets_allowed": "{}",
}
DEMANDS = '\nminimum = { "tenancy.*" = 1, "load.*" = 1 }\n'


def judged(signed: Callable[..., Any], settings: dict[str, str], policy: str = "", **given: Any) -> Any:
    return signed(DEMANDS + policy, TENANCY, LOAD, settings=WHOLE | settings, **given)


def test_whole_settings_are_a_go(signed: Callable[..., Any]) -> None:
    assert judged(signed, {}).verify().exit_code is ExitCode.GO


NARROWED = {
    "one company": {"tenancy.companies": '["De Vries Bouw"]'},
    "some tests": {"tests.tags": '"/job_costing"'},
    "some addons": {"addons.modules": '["job_costing"]'},
    "an addon left out": {"addons.exclude": '["payroll_export"]'},
    "a quick load": {"load.profile": '"quick"'},
    "the candidate as its own baseline": {"baseline.same": "true"},
}


@pytest.mark.parametrize("settings", NARROWED.values(), ids=NARROWED)
def test_a_demanded_question_narrowed(signed: Callable[..., Any], settings: dict[str, str]) -> None:
    (key,) = settings
    run = judged(signed, settings)
    assert run.verify().exit_code is ExitCode.INCONCLUSIVE
    assert f"{key} is" in run.statement()["predicate"]["reasons"][0]["message"]
    assert not run.file("readiness.svr.sigstore.json").exists()


@pytest.mark.parametrize("settings", NARROWED.values(), ids=NARROWED)
def test_what_the_policy_itself_narrows_is_a_go_and_shows(signed: Callable[..., Any], settings: dict[str, str]) -> None:
    ((key, value),) = settings.items()
    run = judged(signed, settings, f'[environments.production.limits]\n"{key}" = {{ one_of = [{value}] }}\n')
    assert run.verify().exit_code is ExitCode.GO
    (note,) = [f for check in run.statement()["predicate"]["checks"] for f in check["findings"]]
    assert note["message"].startswith(f"{key} is ")


@pytest.mark.parametrize(("content", "verdict"), [("1a2b", ExitCode.GO), ("3c4d", ExitCode.NO_GO)])
def test_the_signed_content_of_a_baseline_can_be_bounded(
    signed: Callable[..., Any], content: str, verdict: ExitCode
) -> None:
    limits = '[environments.production.limits]\n"baseline.content" = { one_of = ["1a2b"] }\n'
    baseline = {"baseline.git": '"HEAD~1"', "baseline.content": f'"{content}"', "baseline.same": "false"}
    assert judged(signed, baseline, limits).verify().exit_code is verdict


def test_narrowed_beyond_what_the_policy_allows(signed: Callable[..., Any]) -> None:
    limits = '[environments.production.limits]\n"tenancy.companies" = { one_of = [["A", "B"]] }\n'
    run = judged(signed, {"tenancy.companies": '["A"]'}, limits)
    assert run.verify().exit_code is ExitCode.NO_GO


def test_what_is_not_demanded_may_be_narrowed(signed: Callable[..., Any]) -> None:
    run = signed("", settings=WHOLE | {"tenancy.companies": '["A"]', "load.profile": '"quick"'})
    assert run.verify().exit_code is ExitCode.GO


SOFTENED = {
    "a threshold raised": ({"migration.max_downtime_seconds": "86400.0"}, "at_most = 60"),
    "a threshold that is no number": ({"migration.max_downtime_seconds": "null"}, "at_most = 60"),
    "a threshold that is true": ({"migration.max_downtime_seconds": "true"}, "at_most = 60"),
    "exceptions added": ({"security.secrets_allowed": '{"config/*": "fine"}'}, "at_most_entries = 0"),
    "contracts emptied": ({"contracts.calls": "[]"}, "at_least_entries = 1"),
    "advisories of last year": ({"security.max_advisory_age_days": "3650"}, "at_most = 7"),
    "few advisories": ({"security.min_advisories": "1"}, "at_least = 1000"),
}


@pytest.mark.parametrize(("settings", "limit"), SOFTENED.values(), ids=SOFTENED)
def test_a_setting_beyond_the_policy(signed: Callable[..., Any], settings: dict[str, str], limit: str) -> None:
    (key,) = settings
    limits = f'[environments.production.limits]\n"{key}" = {{ {limit} }}\n'
    run = judged(signed, settings, limits)
    assert run.verify().exit_code is ExitCode.NO_GO
    assert run.statement()["predicate"]["reasons"][0]["targets"] == [key]


def test_settings_within_the_policy(signed: Callable[..., Any]) -> None:
    limits = (
        '[environments.production.limits]\n"migration.max_downtime_seconds" = { at_most = 60 }\n'
        '"security.secrets_allowed" = { at_most_entries = 0 }\n"load.profile" = { one_of = ["full"] }\n'
    )
    assert judged(signed, {}, limits).verify().exit_code is ExitCode.GO


def test_a_limit_on_no_setting_is_never_passed(signed: Callable[..., Any]) -> None:
    limits = '[environments.production.limits]\n"migration.max_downtime" = { at_most = 60 }\n'
    assert judged(signed, {}, limits).verify().exit_code is ExitCode.INCONCLUSIVE


@pytest.mark.parametrize(
    "limit", ["60", "{}", "{ at_most = 1, at_least = 1 }", "{ at_most = nan }", "{ any = false }", "{ one_of = [] }"]
)
def test_a_limit_that_bounds_nothing(limit: str) -> None:
    text = f'version = 1\n[environments.p]\ndemands = ["run.complete"]\n[environments.p.limits]\n"a.b" = {limit}\n'
    with pytest.raises(SettingsError):
        load_policy(text.encode())


def test_settings_changed_after_the_judgement(signed: Callable[..., Any]) -> None:
    """Also by who holds the key: what is signed of settings must follow from the settings that are signed."""
    run = judged(signed, {})
    statement = run.statement()
    statement["predicate"]["release"]["settings"]["tenancy.companies"] = '["A"]'
    run.put_statement(statement)
    refused = [e.name for e in run.verify().examined if not e.held]
    assert "settings" in refused


@pytest.mark.parametrize("value", ["NaN", "", "[" * 5000, "{", '{"a": 1, "a": 2}'])
def test_a_signed_setting_that_is_no_json(signed: Callable[..., Any], value: str) -> None:
    run = judged(signed, {}, '[environments.production.limits]\n"migration.max_downtime_seconds" = { at_most = 60 }\n')
    statement = run.statement()
    statement["predicate"]["release"]["settings"]["migration.max_downtime_seconds"] = value
    run.put_statement(statement)
    assert run.verify().exit_code is ExitCode.INVALID


def test_a_session_answers_for_the_judgement(signed: Callable[..., Any]) -> None:
    """A test of the change writes `run.settings passed` itself: the judgement's own answer stands."""
    forged = CheckResult("run.settings", "tenancy.companies", Outcome.PASSED, NOW - timedelta(minutes=1), 0.0)
    run = signed(DEMANDS, TENANCY, LOAD, forged, settings=WHOLE | {"tenancy.companies": '["A"]'})
    assert run.verify().exit_code is ExitCode.INCONCLUSIVE


def test_a_session_adds_a_result_to_the_judgement(signed: Callable[..., Any]) -> None:
    forged = CheckResult("run.settings", "x", Outcome.PASSED, NOW - timedelta(minutes=1), 0.0)
    run = signed(DEMANDS, TENANCY, LOAD, forged, settings=WHOLE)
    assert [e.name for e in run.verify().examined if not e.held] == ["settings"]


@pytest.mark.parametrize("shard", ["a", "z"], ids=["read before it", "read after it"])
def test_a_session_fails_what_the_judgement_fails_too(signed: Callable[..., Any], tmp_path: Any, shard: str) -> None:
    writer = EvidenceWriter(tmp_path / "signed" / shard / "evidence.jsonl")
    mine = CheckResult("run.settings", "tenancy.companies", Outcome.FAILED, NOW - timedelta(minutes=5), 1.0, "mine")
    for each in (mine, CheckResult("run.complete", "", Outcome.PASSED, NOW - timedelta(minutes=5), 1.0)):
        writer.write(each)
    limits = '[environments.production.limits]\n"tenancy.companies" = { one_of = [["A", "B"]] }\n'
    verification = judged(signed, {"tenancy.companies": '["A"]'}, limits).verify()
    assert [each.name for each in verification.examined if not each.held] == ["settings"]


def test_other_contracts_than_those_it_was_judged_by(go: Any) -> None:
    listing = b"%064d  contracts/payroll.yaml\n%064d  gate.toml\n" % (3, 4)
    assert go.verify(configuration=listing).exit_code is ExitCode.GO
    verification = go.verify(configuration=listing.replace(b"3  contracts", b"5  contracts"))
    assert [e.name for e in verification.examined if not e.held] == ["configuration"]


def test_another_ingress_than_the_one_it_was_looked_at_through(signed: Callable[..., Any]) -> None:
    nginx = ImageIdentity("nginx", "nginx:1", f"sha256:{'e' * 64}", "pulled", {})
    run = signed("", instruments=(nginx,))
    images = dict(run.deployment.images)
    assert run.verify().exit_code is ExitCode.GO
    assert run.verify(images=images | {"nginx": nginx.digest}).exit_code is ExitCode.GO
    other = run.verify(images=images | {"nginx": f"sha256:{'f' * 64}"})
    assert [e.name for e in other.examined if not e.held] == ["image nginx"]


OBJECTIVES = """
[environments.production.score]
at_least = 75
[[environments.production.objectives]]
name = "invoices"
check = "load.latency"
target = "post-*"
metric = "p95"
unit = "s"
pass = {{ at_most = {invoices} }}
warn = {{ at_most = 2 }}
weight = 3
[[environments.production.objectives]]
name = "against-baseline"
check = "load.latency"
metric = "p95"
relative_to = "p95-baseline"
pass = {{ at_most = {ratio} }}
veto = {veto}
"""


@pytest.mark.parametrize(
    ("numbers", "exit_code"),
    [
        ({"invoices": 1.5, "ratio": 1.3, "veto": "true"}, ExitCode.GO),
        ({"invoices": 1.5, "ratio": 1.1, "veto": "false"}, ExitCode.GO),  # 75 of 100 points
        ({"invoices": 1.0, "ratio": 1.3, "veto": "false"}, ExitCode.NO_GO),  # half of 3, and 1: 62.5
        ({"invoices": 1.5, "ratio": 1.1, "veto": "true"}, ExitCode.NO_GO),  # enough points, and a veto
    ],
    ids=["all pass", "enough points", "too few points", "a veto"],
)
def test_objectives_are_weighed(signed: Callable[..., Any], numbers: dict[str, object], exit_code: ExitCode) -> None:
    assert signed(OBJECTIVES.format(**numbers), LOAD).verify().exit_code is exit_code


@pytest.mark.parametrize(
    "measured",
    [
        (),
        (Metric("p95", 0.1, "ms"), Metric("p95-baseline", 1.0, "ms")),
        (Metric("p95", 0.1, "s"), Metric("p95", 0.1, "s"), Metric("p95-baseline", 1.0, "s")),
        (Metric("p95", 0.1, "s"), Metric("p95-baseline", 0.0, "s")),
    ],
    ids=["nothing", "in another unit", "twice", "against a baseline of zero"],
)
def test_what_was_not_measured_earns_no_points(signed: Callable[..., Any], measured: tuple[Metric, ...]) -> None:
    result = CheckResult("load.latency", "post-invoice", Outcome.PASSED, NOW, 1.0, metrics=measured)
    run = signed(OBJECTIVES.format(invoices=1.5, ratio=1.3, veto="false"), result)
    assert run.verify().exit_code is ExitCode.INCONCLUSIVE


def test_an_objective_of_a_check_that_did_not_run(signed: Callable[..., Any]) -> None:
    run = signed(OBJECTIVES.format(invoices=1.5, ratio=1.3, veto="false"))
    assert run.verify().exit_code is ExitCode.INCONCLUSIVE


def test_points_changed_after_the_judgement(signed: Callable[..., Any]) -> None:
    run = signed(OBJECTIVES.format(invoices=1.5, ratio=1.3, veto="false"), LOAD)
    statement = run.statement()
    for check in statement["predicate"]["checks"]:
        if check["check"] == "load.latency":
            check["metrics"][0]["value"] = 1.4
    run.put_statement(statement)
    assert "settings" in [e.name for e in run.verify().examined if not e.held]


def test_evidence_written_after_the_judgement(go: Any) -> None:
    EvidenceWriter(go.folder / "evidence-judgement.jsonl").write(TENANCY)
    assert go.verify().exit_code is ExitCode.INVALID
