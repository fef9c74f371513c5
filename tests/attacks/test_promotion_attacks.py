"""Into production without the GO of the environment before it, or with that of something else."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import people
import pytest
from authority import LocalAuthority, serving

from odoo_gate.attest import KeySigner, new_signer, verify
from odoo_gate.attest.approval import ApprovalV1, approval_bundle
from odoo_gate.attest.record import Record
from odoo_gate.attest.statement import read_statement
from odoo_gate.attest.timestamp import AuthorityAt
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


def before(signed: Sign, key: KeySigner, *others: CheckResult, **given: Any) -> Path:
    """The bundle of the run for the environment before."""
    fields = {"name": "before", "environment": "development", "signer": key, "now": EARLIER} | given
    run = signed(fields.pop("policy", FROM), *others, **fields)
    return Path(run.file("readiness.sigstore.json"))


def refused(verification: Any) -> str:
    assert verification.exit_code is ExitCode.INVALID
    (fault,) = [examined for examined in verification.examined if not examined.held]
    assert fault.name in ("promoted from development", "promoted from qa")
    return str(fault.detail)


def test_the_same_release_had_a_go_before(signed: Sign, key: KeySigner, production: Any) -> None:
    verification = production.verify(promotions=(before(signed, key),))
    assert verification.exit_code is ExitCode.GO
    assert "promoted from development" in [e.name for e in verification.examined]


def test_nothing_is_brought(production: Any) -> None:
    assert "--promotion" in refused(production.verify())


def test_its_own_report_is_brought(production: Any) -> None:
    own = production.file("readiness.sigstore.json")
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
    bundle = run.file("readiness.sigstore.json")
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
def test_garbage_is_brought(production: Any, data: bytes, tmp_path: Path) -> None:
    (tmp_path / "garbage").write_bytes(data)
    assert refused(production.verify(promotions=(tmp_path / "garbage",)))


def test_nothing_is_where_it_should_be(production: Any, tmp_path: Path) -> None:
    assert refused(production.verify(promotions=(tmp_path, tmp_path / "gone")))


QA = '\npromoted_from = "qa"\n[environments.qa]\ndemands = ["run.complete"]\n'
STAMPED = QA + "timestamp = true\n"
APPROVED = QA + "[environments.qa.approvals]\ngroups = { finance = 1 }\n"


@pytest.fixture(scope="module")
def clock(tmp_path_factory: pytest.TempPathFactory) -> LocalAuthority:
    return LocalAuthority(tmp_path_factory.mktemp("clock") / "tsa")


@pytest.fixture(scope="module")
def url(clock: LocalAuthority) -> Iterator[str]:
    with serving(clock) as address:
        yield address


class Stamped:
    """Production, promoted from a qa that demands a time stamp, judged now by the authority's clock."""

    def __init__(self, signed: Sign, key: KeySigner, clock: LocalAuthority) -> None:
        self.signed, self.key, self.clock = signed, key, clock
        self.now = datetime.now(UTC)
        self.production = signed(STAMPED, signer=key, now=self.now)

    def qa(self, url: str = "", **given: Any) -> Any:
        stamp = {"stamp": AuthorityAt(url)} if url else {}
        fields = {"name": "before", "environment": "qa", "signer": self.key, "now": self.now - timedelta(seconds=30)}
        return self.signed(STAMPED, **fields | stamp | given)

    def dates(self, until: timedelta = timedelta(days=1)) -> str:
        """Of a key that is good from a year ago until that long from now."""
        begin, end = self.now - timedelta(days=365), self.now + until
        return f"valid_from = {begin.isoformat()}\nvalid_until = {end.isoformat()}\n"

    def verify(self, promotion: Path) -> Any:
        trust = people.trust_of({}, {}, people.gate("main", self.key, dates=self.dates()), self.clock.trust)
        return self.production.verify(now=self.now, max_age=None, trust=trust, promotions=(promotion,))


@pytest.fixture
def stamped(signed: Sign, key: KeySigner, clock: LocalAuthority) -> Stamped:
    return Stamped(signed, key, clock)


@pytest.mark.parametrize("given", ["", "readiness.sigstore.json"], ids=["the run folder", "its bundle"])
def test_an_authority_saw_the_go_before(stamped: Stamped, url: str, given: str) -> None:
    assert stamped.verify(stamped.qa(url).file(given)).exit_code is ExitCode.GO


def test_no_authority_saw_the_go_before(stamped: Stamped, url: str) -> None:
    folder = stamped.qa().folder
    assert "there is no readiness.tsr" in refused(stamped.verify(folder))
    other = stamped.qa(url, name="other")
    (folder / "readiness.tsr").write_bytes(other.file("readiness.tsr").read_bytes())
    assert "time stamp: " in refused(stamped.verify(folder))


def test_a_go_before_that_dates_itself_back(stamped: Stamped, url: str) -> None:
    """With a key that was good for qa an hour ago: an honest authority stamps it today."""
    back = stamped.qa(url, now=stamped.now - timedelta(hours=1))
    assert "and it was made on" in refused(stamped.verify(back.folder))


def test_a_key_that_ran_out_before_the_authority_saw_it(stamped: Stamped, url: str) -> None:
    """It dates itself back by less than the ten minutes that clocks may differ."""
    rotated = new_signer()
    before = stamped.qa(url, signer=rotated, now=stamped.now - timedelta(minutes=5))
    new = people.gate("new", stamped.key, dates=stamped.dates())
    old = people.gate("old", rotated, dates=stamped.dates(until=-timedelta(minutes=2)))
    verification = verify_by_gates(stamped, before.folder, new + old)
    assert "key: the gate old: its key was out of its time" in refused(verification)
    still_good = people.gate("old", rotated, dates=stamped.dates())
    assert verify_by_gates(stamped, before.folder, new + still_good).exit_code is ExitCode.GO


def verify_by_gates(stamped: Stamped, promotion: Path, gates: str) -> Any:
    """As a deploying job that gives no --key: by the gates of its trust file."""
    trust = people.trust_of({}, {}, gates, stamped.clock.trust)
    given = {"trust": trust, "max_age": None, "promotions": (promotion,)}
    return verify(stamped.production.folder, replace(stamped.production.deployment, **given), None, stamped.now)


class Approvable:
    """Production, promoted from a qa that wants the yes of one person of finance."""

    def __init__(self, signed: Sign, key: KeySigner) -> None:
        self.production = signed(APPROVED, signer=key)
        self.qa = signed(APPROVED, name="before", environment="qa", signer=key, now=EARLIER)
        self.signers = {name: new_signer() for name in ("anna", "bram")}

    def approval(self, run: Any, person: str = "anna", environment: str = "qa", hours: int = 24) -> bytes:
        fields = {"person": person, "group": "finance", "environment": environment, "approved_on": NOW}
        approval = ApprovalV1(**fields, expires_on=NOW + timedelta(hours=hours))
        return approval_bundle(run.file("readiness.json").read_bytes(), approval, self.signers[person])

    def verify(self, *approvals: bytes, **other: Any) -> Any:
        trust = people.trust_of({"anna": "finance", "bram": "finance"}, self.signers)
        given = {"authors": frozenset({"bram@example.org"}), "trust": trust, "now": NOW + timedelta(hours=2)} | other
        return self.production.verify(approvals=approvals, promotions=(self.qa.folder,), **given)


@pytest.fixture
def approvable(signed: Sign, key: KeySigner) -> Approvable:
    return Approvable(signed, key)


def test_somebody_approved_the_go_before(approvable: Approvable) -> None:
    assert approvable.verify(approvable.approval(approvable.qa)).exit_code is ExitCode.GO


def test_nobody_approved_the_go_before(approvable: Approvable) -> None:
    assert "approvals: still lacking 1 of finance" in refused(approvable.verify())


def test_another_report_was_approved(approvable: Approvable) -> None:
    own = approvable.approval(approvable.production, environment="production")
    assert "approved another report" in refused(approvable.verify(own))


def test_the_author_approved_the_go_before(approvable: Approvable) -> None:
    assert "made the change" in refused(approvable.verify(approvable.approval(approvable.qa, "bram")))


def test_the_approval_of_the_go_before_holds_no_more(approvable: Approvable) -> None:
    assert "expired" in refused(approvable.verify(approvable.approval(approvable.qa, hours=1)))


@pytest.mark.parametrize(("left_out", "flag"), [("trust", "--trust"), ("authors", "--author")])
def test_it_is_not_said_whose_approval_counts(approvable: Approvable, left_out: str, flag: str) -> None:
    approval = approvable.approval(approvable.qa)
    unsaid = {"trust": None} if left_out == "trust" else {"authors": frozenset()}
    assert flag in refused(approvable.verify(approval, **unsaid))


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
