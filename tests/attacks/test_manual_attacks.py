"""Manual evidence bent: by nobody, by somebody else, of other files, of last year, after the fact."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import people
import pytest

from odoo_gate.attest import KeySigner, new_signer
from odoo_gate.attest.manual import ManualV1, manual_bundle
from odoo_gate.attest.statement import sha256
from odoo_gate.errors import ExitCode
from odoo_gate.model import CheckResult, Outcome

NOW = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)
RULES = """
[[environments.production.manual]]
check = "manual.continuity-procedure"
question = "Is the business continuity procedure written, and known to the site offices?"
groups = ["operations"]
valid_for_days = 30
about = "release"
"""
LISTING = b"%064d  addons/job_costing/__init__.py\n%064d  addons/job_costing/__manifest__.py\n" % (1, 2)
GROUPS = {"anna": "finance", "bram": "operations"}
SIGNERS = {name: new_signer() for name in GROUPS}


def answer(person: str = "bram", signer: KeySigner | None = None, addons: bytes = LISTING, **changes: Any) -> bytes:
    fields = {
        "check": "manual.continuity-procedure",
        "person": person,
        "group": GROUPS[person],
        "project": "Hollander Bouw",
        "answer": "version 3 of the procedure lies in every site office",
        "signed_on": NOW - timedelta(days=2),
        "expires_on": NOW + timedelta(days=20),
    }
    return manual_bundle(ManualV1(**fields | changes), sha256(addons), signer or SIGNERS[person])


def judged(signed: Callable[..., Any], *answers: bytes, **given: Any) -> Any:
    trust = people.trust_of(GROUPS, SIGNERS)
    return signed(given.pop("rules", RULES), manual=answers, trust=trust, **given), trust


def test_an_answer_of_who_may_is_a_go_and_shows(signed: Callable[..., Any]) -> None:
    run, trust = judged(signed, answer())
    assert run.verify(trust=trust).exit_code is ExitCode.GO
    (check,) = [c for c in run.statement()["predicate"]["checks"] if c["check"].startswith("manual.")]
    assert "bram (operations), 2026-11-19: version 3" in check["findings"][0]["message"]


def test_nobody_answered(signed: Callable[..., Any]) -> None:
    run, trust = judged(signed)
    assert run.verify(trust=trust).exit_code is ExitCode.INCONCLUSIVE
    assert "nobody of operations has answered" in run.statement()["predicate"]["reasons"][0]["message"]


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"signer": new_signer()}, "not made by the key"),
        ({"person": "anna"}, "answered for finance"),
        ({"person": "anna", "group": "operations"}, "does not belong to operations"),
        ({"project": "De Vries Bouw"}, "speaks of the project De Vries Bouw"),
        ({"addons": b"other files"}, "speaks of other files"),
        ({"signed_on": NOW - timedelta(days=31)}, "expired"),
        ({"expires_on": NOW - timedelta(minutes=1)}, "expired"),
        ({"signed_on": NOW + timedelta(days=1)}, "dated in the future"),
        ({"signed_on": NOW - timedelta(days=400)}, "out of its time"),
        ({"check": "manual.training"}, "nobody of operations has answered"),
    ],
    ids=["forged", "group", "group not theirs", "project", "files", "too old", "expired", "future", "key", "question"],
)
def test_an_answer_that_does_not_count(signed: Callable[..., Any], changes: dict[str, Any], reason: str) -> None:
    run, trust = judged(signed, answer(**changes))
    assert run.verify(trust=trust).exit_code is ExitCode.INCONCLUSIVE
    (check,) = [c for c in run.statement()["predicate"]["checks"] if c["check"].startswith("manual.")]
    assert reason in check["reason"]


def test_garbage_among_the_answers(signed: Callable[..., Any]) -> None:
    run, trust = judged(signed, b"\xff", b"{}", answer())
    assert run.verify(trust=trust).exit_code is ExitCode.GO


def test_the_judge_trusted_somebody_that_the_deploy_job_does_not(signed: Callable[..., Any]) -> None:
    run, _ = judged(signed, answer())
    others = people.trust_of(GROUPS, SIGNERS | {"bram": new_signer()})
    assert "manual evidence" in [e.name for e in run.verify(trust=others).examined if not e.held]
    assert "manual evidence" in [e.name for e in run.verify(trust=None).examined if not e.held]


def test_who_answered_was_revoked_since(signed: Callable[..., Any]) -> None:
    run, _ = judged(signed, answer())
    dates = "valid_from = 2026-01-01T00:00:00Z\nvalid_until = 2027-01-01T00:00:00Z\nrevoked = 2026-11-21T13:00:00Z\n"
    revoked = people.trust_of({"anna": "finance"}, SIGNERS, people.person("bram", "operations", SIGNERS["bram"], dates))
    assert "manual evidence" in [e.name for e in run.verify(trust=revoked).examined if not e.held]


def test_a_session_answers_by_itself(signed: Callable[..., Any]) -> None:
    forged = CheckResult("manual.continuity-procedure", "", Outcome.PASSED, NOW - timedelta(minutes=1), 0.0)
    run = signed(RULES, forged, manual=(), trust=people.trust_of(GROUPS, SIGNERS))
    assert run.verify(trust=people.trust_of(GROUPS, SIGNERS)).exit_code is ExitCode.INCONCLUSIVE


def test_a_go_does_not_outlive_the_answer_it_needed(signed: Callable[..., Any]) -> None:
    run, trust = judged(signed, answer(expires_on=NOW + timedelta(hours=1)))
    assert run.verify(trust=trust).exit_code is ExitCode.GO
    late = run.verify(trust=trust, now=NOW + timedelta(hours=2))
    assert [e.name for e in late.examined if not e.held] == ["age"]


def test_an_answer_about_the_project_holds_for_the_next_release(signed: Callable[..., Any]) -> None:
    run, trust = judged(signed, answer(addons=b"the last release"), rules=RULES.replace('"release"', '"project"'))
    assert run.verify(trust=trust).exit_code is ExitCode.GO
