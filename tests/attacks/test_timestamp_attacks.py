"""Somebody else's word for the time, asked of a real authority (openssl's) over HTTP, and bent."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import fuzzing
import people
import pytest
from authority import LocalAuthority, serving

from odoo_gate.attest import new_signer
from odoo_gate.attest.timestamp import AuthorityAt, stamp_from
from odoo_gate.errors import ExitCode, InfrastructureError, SettingsError

RULES = "\ntimestamp = true\n"


@pytest.fixture(scope="module")
def clock(tmp_path_factory: pytest.TempPathFactory) -> LocalAuthority:
    return LocalAuthority(tmp_path_factory.mktemp("clock") / "tsa")


@pytest.fixture(scope="module")
def url(clock: LocalAuthority) -> Iterator[str]:
    with serving(clock) as address:
        yield address


@pytest.fixture
def stamped(signed: Callable[..., Any], url: str) -> Any:
    now = datetime.now(UTC)
    return signed(RULES, stamp=AuthorityAt(url), now=now), now


def verified(stamped: Any, *more: str, **other: Any) -> Any:
    run, now = stamped
    trust = people.trust_of({}, {}, people.gate("main", run.signer, dates=_around(now)), *more)
    return run.verify(**{"now": now, "max_age": None, "trust": trust} | other)


def _around(now: datetime) -> str:
    year = timedelta(days=365)
    return f"valid_from = {(now - year).isoformat()}\nvalid_until = {(now + year).isoformat()}\n"


def refused(verification: Any) -> str:
    assert verification.exit_code is ExitCode.INVALID
    (fault,) = [examined for examined in verification.examined if not examined.held]
    assert fault.name == "time stamp"
    return str(fault.detail)


def test_an_authority_saw_the_signature(stamped: Any, clock: LocalAuthority) -> None:
    verification = verified(stamped, clock.trust)
    assert verification.exit_code is ExitCode.GO
    assert any("clock saw the signature on" in e.detail for e in verification.examined)


def test_it_is_taken_away(stamped: Any, clock: LocalAuthority) -> None:
    stamped[0].file("readiness.tsr").unlink()
    assert "there is no readiness.tsr" in refused(verified(stamped, clock.trust))


def test_that_of_another_report(stamped: Any, clock: LocalAuthority, url: str) -> None:
    stamped[0].file("readiness.tsr").write_bytes(AuthorityAt(url)(b"another signature"))
    assert "Mismatch" in refused(verified(stamped, clock.trust))


def test_an_authority_that_nobody_trusts(stamped: Any, tmp_path: Path) -> None:
    mallory = LocalAuthority(tmp_path / "mallory")
    assert refused(verified(stamped, mallory.trust))
    assert "names no time-stamping authority" in refused(verified(stamped))


def test_nobody_said_whom_to_trust(stamped: Any) -> None:
    assert "--trust" in refused(verified(stamped, trust=None))


def test_a_report_that_dates_itself_back(signed: Callable[..., Any], url: str, clock: LocalAuthority) -> None:
    """With a stolen key: what is dated last week gets today's stamp."""
    week_ago = datetime.now(UTC) - timedelta(days=7)
    back = signed(RULES, stamp=AuthorityAt(url), now=week_ago), week_ago
    assert "it says" in refused(verified(back, clock.trust))


def test_a_bent_token_is_never_believed(stamped: Any, clock: LocalAuthority) -> None:
    import random

    run, now = stamped
    genuine = run.file("readiness.tsr").read_bytes()
    rng = random.Random(7)
    believed = 0
    for _ in range(150):
        data = rng.choice(fuzzing.BYTES)(rng, genuine)
        run.file("readiness.tsr").write_bytes(data)
        believed += data != genuine and verified((run, now), clock.trust).exit_code is not ExitCode.INVALID
    assert believed == 0


def test_an_authority_that_does_not_answer(signed: Callable[..., Any]) -> None:
    with pytest.raises(InfrastructureError, match="does not answer"):
        signed(RULES, stamp=AuthorityAt("http://127.0.0.1:9/"))


def test_what_is_no_address() -> None:
    assert stamp_from({}) is None
    with pytest.raises(SettingsError, match="not an http address"):
        stamp_from({"ODOO_GATE_TSA_URL": "file:///etc/passwd"})


def test_a_run_without_a_verdict_when_no_stamp_is_had(signed: Callable[..., Any], tmp_path: Path) -> None:
    with pytest.raises(InfrastructureError):
        signed(RULES, stamp=AuthorityAt("http://127.0.0.1:9/"), signer=new_signer(), name="gone")
    assert not (tmp_path / "gone" / "readiness.sigstore.json").exists()
