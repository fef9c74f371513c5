"""Approvals bent: by nobody, by the author, for another report, by a key that is gone, twice by one person."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from odoo_gate.attest import KeySigner, new_signer
from odoo_gate.attest.approval import ApprovalV1, approval_bundle
from odoo_gate.attest.trust import Trust, load_trust
from odoo_gate.errors import ExitCode, SettingsError
from odoo_gate.model import CheckResult, Finding, Outcome

NOW = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)
RULES = "\n[environments.production.approvals]\ngroups = { finance = 1, operations = 2 }\nvalid_for_hours = 8\n"
GROUPS = {"anna": "finance", "bram": "operations", "cees": "operations", "daan": "operations"}
AUTHOR = "daan@example.org"


def trust_text(signers: dict[str, KeySigner], **changes: str) -> str:
    lines = ["version = 1"]
    for name, signer in signers.items():
        lines += [
            f"[people.{name}]",
            f'key = """{signer.public_key.pem.decode()}"""',
            f'groups = ["{GROUPS[name]}"]',
            f'emails = ["{name.capitalize()}@example.org"]',
            "valid_from = 2026-01-01T00:00:00Z",
            changes.get(name, "valid_until = 2027-01-01T00:00:00Z"),
        ]
    return "\n".join(lines)


class Signed:
    """A GO that wants three approvals, the people who may give them, and the author of the change."""

    def __init__(self, run: Any, signers: dict[str, KeySigner]) -> None:
        self.run = run
        self.signers = signers
        self.payload = run.file("readiness.json").read_bytes()

    def approval(self, person: str, signer: str = "", payload: bytes = b"", **changes: Any) -> bytes:
        fields = {
            "person": person,
            "group": GROUPS[person],
            "environment": "production",
            "approved_on": NOW + timedelta(minutes=1),
            "expires_on": NOW + timedelta(hours=24),
        }
        return approval_bundle(payload or self.payload, ApprovalV1(**fields | changes), self.signers[signer or person])

    def verify(self, *approvals: bytes, at: datetime = NOW + timedelta(hours=1), **other: Any) -> Any:
        given = {"trust": load_trust(trust_text(self.signers).encode()), "authors": frozenset({AUTHOR})} | other
        return self.run.verify(now=at, approvals=approvals, **given)


@pytest.fixture
def approvable(signed: Callable[..., Any]) -> Signed:
    return Signed(signed(RULES), {name: new_signer() for name in GROUPS})


def refused(verification: Any) -> str:
    assert verification.exit_code is ExitCode.INVALID
    (fault,) = [examined for examined in verification.examined if not examined.held]
    assert fault.name == "approvals"
    return str(fault.detail)


def enough(approvable: Signed) -> list[bytes]:
    return [approvable.approval(name) for name in ("anna", "bram", "cees")]


def test_enough_people_of_each_group(approvable: Signed) -> None:
    verification = approvable.verify(*enough(approvable))
    assert verification.exit_code is ExitCode.GO
    assert any("anna (finance), bram (operations), cees (operations)" in e.detail for e in verification.examined)


def test_nobody(approvable: Signed) -> None:
    assert refused(approvable.verify()) == "still lacking 1 of finance, 2 of operations"


def test_one_person_twice(approvable: Signed) -> None:
    anna, bram, _ = enough(approvable)
    again = approvable.approval("bram", comment="once more")
    assert "1 of operations" in refused(approvable.verify(anna, bram, again))


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"signer": "bram"}, "not made by the key"),
        ({"payload": b"another report"}, "approved another report"),
        ({"group": "operations"}, "does not belong to operations"),
        ({"environment": "qa"}, "approved it for qa"),
        ({"approved_on": NOW - timedelta(minutes=1)}, "before it was judged"),
        ({"approved_on": NOW + timedelta(hours=3)}, "in the future"),
        ({"expires_on": NOW + timedelta(minutes=30)}, "expired"),
    ],
    ids=lambda value: "-".join(value) if isinstance(value, dict) else None,
)
def test_an_approval_that_does_not_count(approvable: Signed, changes: dict[str, Any], reason: str) -> None:
    _, *others = enough(approvable)
    detail = refused(approvable.verify(approvable.approval("anna", **changes), *others))
    assert "still lacking 1 of finance" in detail
    assert reason in detail


def test_the_author_approves(approvable: Signed) -> None:
    anna, bram, _ = enough(approvable)
    assert "made the change" in refused(approvable.verify(anna, bram, approvable.approval("daan")))


def test_the_author_is_left_unsaid(approvable: Signed) -> None:
    assert "--author" in refused(approvable.verify(*enough(approvable), authors=frozenset()))


def test_no_trust_is_given(approvable: Signed) -> None:
    assert "--trust" in refused(approvable.verify(*enough(approvable), trust=None))


@pytest.mark.parametrize(
    "dates",
    [
        "valid_until = 2026-11-21T12:30:00Z",
        "valid_until = 2027-01-01T00:00:00Z\nrevoked = 2026-11-21T12:30:00Z",
        "valid_until = 2027-01-01T00:00:00Z\nrevoked = 2027-06-01T00:00:00Z",
    ],
    ids=["key ran out", "key revoked since", "key revoked at all"],
)
def test_a_key_that_is_gone(approvable: Signed, dates: str) -> None:
    trust = load_trust(trust_text(approvable.signers, anna=dates).encode())
    assert "the key is revoked" in refused(approvable.verify(*enough(approvable), trust=trust))


def test_approvals_grow_old_by_the_policy(approvable: Signed) -> None:
    late = approvable.verify(*enough(approvable), at=NOW + timedelta(hours=8, minutes=1))
    assert "approved more than 8 h ago" in refused(late)


def test_somebody_unknown(approvable: Signed) -> None:
    signers = {name: signer for name, signer in approvable.signers.items() if name != "anna"}
    trust = load_trust(trust_text(signers).encode())
    assert "the trust file knows no 'anna'" in refused(approvable.verify(*enough(approvable), trust=trust))


@pytest.mark.parametrize("data", [b"", b"{}", b"\x00" * 100, b"[" * 5000, b"x" * 70_000])
def test_garbage_among_the_approvals_neither_counts_nor_stops(approvable: Signed, data: bytes) -> None:
    assert approvable.verify(data, *enough(approvable)).exit_code is ExitCode.GO
    assert "still lacking" in refused(approvable.verify(data))


def test_a_report_in_place_of_an_approval(approvable: Signed) -> None:
    assert "still lacking" in refused(approvable.verify(approvable.run.file("readiness.sigstore.json").read_bytes()))


KNOWN = Finding("unsafe-route", "the route trusts its caller")
FAILURE = CheckResult("tests.project", "portal", Outcome.FAILED, NOW, 1.0, "unsafe", findings=(KNOWN,))


def waived(signed: Callable[..., Any], owner: str, approver: str = "Joost", finding: Finding = KNOWN) -> Signed:
    """With a waiver of `finding`, which the verdict needs where it is the known one."""
    waiver = (
        f'\n[[environments.production.waivers]]\nid = "W-12"\ncheck = "tests.project"\ntarget = "portal"\n'
        f'finding = "{finding.fingerprint}"\nowner = "{owner}"\napprover = "{approver}"\nreason = "r"\nticket = "t"\n'
        "created = 2026-11-01\nexpires = 2026-11-30\n"
    )
    failures = [FAILURE] if finding is KNOWN else []
    return Signed(signed(RULES + waiver, *failures), {name: new_signer() for name in GROUPS})


@pytest.mark.parametrize("owner", ["anna", "Anna", "anna@example.org"])
def test_the_owner_of_a_needed_waiver_approves(signed: Callable[..., Any], owner: str) -> None:
    approvable = waived(signed, owner)
    assert "asked for a waiver" in refused(approvable.verify(*enough(approvable)))


@pytest.mark.parametrize("owner", ["Anna de Wit", "anna@private.example"])
def test_the_owner_of_a_needed_waiver_is_called_otherwise(signed: Callable[..., Any], owner: str) -> None:
    """Who she is cannot be told, and so nobody would be kept from approving."""
    approvable = waived(signed, owner)
    detail = refused(approvable.verify(*enough(approvable)))
    assert f"knows no {owner!r}, who owns the waiver W-12" in detail
    assert "let the policy name its owner as the trust file does" in detail


def test_the_owner_of_a_needed_waiver_approves_nothing(signed: Callable[..., Any]) -> None:
    approvable = waived(signed, "Daan@example.org")
    assert approvable.verify(*enough(approvable)).exit_code is ExitCode.GO


def test_the_owner_of_a_waiver_that_nothing_needs_may_be_unknown(signed: Callable[..., Any]) -> None:
    approvable = waived(signed, "Anna de Wit", finding=Finding("unsafe-route", "long mended"))
    assert approvable.verify(*enough(approvable)).exit_code is ExitCode.GO


def test_one_person_under_two_names_asks_for_a_waiver_and_approves_it(signed: Callable[..., Any]) -> None:
    approvable = waived(signed, "daan", approver="Daan@example.org")
    assert "daan both asks for the waiver W-12 and approves it" in refused(approvable.verify(*enough(approvable)))


def test_an_author_who_approves_nothing_need_not_be_known(approvable: Signed) -> None:
    verification = approvable.verify(*enough(approvable), authors=frozenset({"eva@example.org"}))
    assert verification.exit_code is ExitCode.GO


def test_signed_checks_that_no_result_can_be(signed: Callable[..., Any]) -> None:
    approvable = waived(signed, "daan")
    statement = approvable.run.statement()
    statement["predicate"]["checks"][0].update(outcome="skipped", reason="")
    approvable.run.put_statement(statement)
    assert approvable.verify(*enough(approvable)).exit_code is ExitCode.INVALID


def test_a_trust_file_in_which_two_people_share_a_key(approvable: Signed) -> None:
    signers = {**approvable.signers, "bram": approvable.signers["anna"]}
    with pytest.raises(SettingsError, match="have the same key"):
        load_trust(trust_text(signers).encode())


@pytest.mark.parametrize(
    "text",
    [
        "",
        "version = 1",
        "version = 2\n[people]",
        'version = 1\n[people.a]\nkey = "x"\n',
        "version = 1\nversion = 1",
        "\xff",
    ],
)
def test_a_malformed_trust_file(text: str) -> None:
    with pytest.raises(SettingsError):
        load_trust(text.encode("latin-1"))


def test_a_trust_file_is_what_it_was(approvable: Signed) -> None:
    assert isinstance(load_trust(trust_text(approvable.signers).encode()), Trust)
