"""Into production without the GO of the environment before it, or with that of something else."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from odoo_gate.attest import KeySigner, new_signer
from odoo_gate.attest.record import Record
from odoo_gate.attest.statement import read_statement
from odoo_gate.errors import ExitCode, SettingsError
from odoo_gate.model import CheckResult, ImageIdentity, Outcome
from odoo_gate.policy import load_policy

NOW = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)
EARLIER = NOW - timedelta(minutes=1)
FROM = '\npromoted_from = "development"\n'
BROKEN = CheckResult("tests.at-install", "/a:T.t", Outcome.FAILED, NOW - timedelta(minutes=5), 1.0, "1 != 2")
Sign = Callable[..., Any]


@pytest.fixture
def key() -> KeySigner:
    return new_signer()


@pytest.fixture
def production(signed: Sign, key: KeySigner) -> Any:
    return signed(FROM, signer=key)


def before(signed: Sign, key: KeySigner, *others: CheckResult, **given: Any) -> bytes:
    """The bundle of the run for the environment before."""
    fields = {"name": "before", "environment": "development", "signer": key, "now": EARLIER} | given
    run = signed(fields.pop("policy", FROM), *others, **fields)
    return bytes(run.file("readiness.sigstore.json").read_bytes())


def refused(verification: Any) -> str:
    assert verification.exit_code is ExitCode.INVALID
    (fault,) = [examined for examined in verification.examined if not examined.held]
    assert fault.name == "promoted from development"
    return str(fault.detail)


def test_the_same_release_had_a_go_before(signed: Sign, key: KeySigner, production: Any) -> None:
    verification = production.verify(promotions=(before(signed, key),))
    assert verification.exit_code is ExitCode.GO
    assert "promoted from development" in [e.name for e in verification.examined]


def test_nothing_is_brought(production: Any) -> None:
    assert "--promotion" in refused(production.verify())


def test_its_own_report_is_brought(production: Any) -> None:
    own = production.file("readiness.sigstore.json").read_bytes()
    assert "was judged for production" in refused(production.verify(promotions=(own,)))


def test_a_no_go_is_brought(signed: Sign, key: KeySigner, production: Any) -> None:
    assert "is NO-GO" in refused(production.verify(promotions=(before(signed, key, BROKEN),)))


def test_somebody_else_signed_it(signed: Sign, production: Any) -> None:
    assert "not made by the key" in refused(production.verify(promotions=(before(signed, new_signer()),)))


def test_the_go_of_other_files(signed: Sign, key: KeySigner, production: Any) -> None:
    nginx = ImageIdentity("nginx", "nginx:1", f"sha256:{'e' * 64}", "pulled", {})
    assert "--promotion" not in refused(
        production.verify(promotions=(before(signed, key, policy="", instruments=(nginx,)),))
    )
    run = signed(FROM, name="other", environment="development", signer=key, now=EARLIER)
    statement = run.statement()
    statement["subject"][0]["digest"]["sha256"] = "0" * 64
    run.put_statement(statement)
    bundle = run.file("readiness.sigstore.json").read_bytes()
    assert "judged other files" in refused(production.verify(promotions=(bundle,)))


def test_the_go_of_another_policy(signed: Sign, key: KeySigner, production: Any) -> None:
    other = before(signed, key, policy=FROM + "valid_for_hours = 48\n")
    assert "policy: judged by the policy" in refused(production.verify(promotions=(other,)))


def test_a_go_of_afterwards(signed: Sign, key: KeySigner, production: Any) -> None:
    later = before(signed, key, now=NOW + timedelta(minutes=1))
    assert "judged after what is to follow it" in refused(production.verify(promotions=(later,)))


def test_a_go_that_holds_no_more(signed: Sign, key: KeySigner) -> None:
    production = signed(FROM + "valid_for_hours = 300\n", signer=key)
    old = before(signed, key, policy=FROM + "valid_for_hours = 300\n")
    at = NOW + timedelta(hours=200)
    verification = production.verify(now=at, max_age=None, promotions=(old,))
    assert "age" in refused(verification)


def test_a_no_go_came_since(signed: Sign, key: KeySigner, production: Any, tmp_path: Path) -> None:
    go = before(signed, key)
    since = signed(FROM, BROKEN, name="since", environment="development", signer=key, now=NOW - timedelta(seconds=30))
    payload = since.file("readiness.json").read_bytes()
    record = Record(tmp_path / "record.jsonl")
    record.append("judged", read_statement(payload), payload, NOW)
    assert "judged the same files NO-GO since" in refused(production.verify(promotions=(go,), record=record))


@pytest.mark.parametrize("data", [b"", b"{}", b"[" * 1000, b"\xff"])
def test_garbage_is_brought(production: Any, data: bytes) -> None:
    assert refused(production.verify(promotions=(data,)))


@pytest.mark.parametrize(
    "chain",
    ['promoted_from = "nowhere"', 'promoted_from = "p"', 'promoted_from = "q"\n[environments.q]\npromoted_from = "p"'],
    ids=["from nowhere", "from itself", "in a circle"],
)
def test_a_chain_without_a_beginning(chain: str) -> None:
    demands = 'demands = ["run.complete"]\n'
    text = f"version = 1\n[environments.p]\n{demands}{chain}\n" + (demands if "[environments.q]" in chain else "")
    with pytest.raises(SettingsError, match="promoted from"):
        load_policy(text.encode())
