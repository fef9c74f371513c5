"""A break by this release is told from an old fault, and a contract that nobody tried from one that holds."""

from __future__ import annotations

from odoo_gate.contracts import Answer, Breach, exercised_findings, findings_of
from odoo_gate.contracts.promises import Head
from odoo_gate.model import Severity

HEAD = Head(id="estimating", consumer="Estimating tool", owner="cost control").written_in("contracts/e.yaml")


def breach(subject, severity=Severity.ERROR):
    return Breach(HEAD, "field-missing", subject, f"there is no {subject}", "keep it", severity)


def answer(*breaches, interactions=1):
    return Answer(HEAD, breaches, interactions)


def test_held_before_and_broken_now():
    (finding,) = findings_of([answer(breach("field a"))], [answer()])
    assert finding.severity is Severity.ERROR
    assert finding.message.startswith("estimating (Estimating tool; owner cost control):")
    assert finding.message.endswith("(broken by this release)")
    assert str(finding.place) == "contracts/e.yaml"
    assert "cost control" in finding.remedy


def test_broken_in_both_is_an_error_too():
    (finding,) = findings_of([answer(breach("field a"))], [answer(breach("field a"))])
    assert finding.severity is Severity.ERROR
    assert finding.message.endswith("(already broken in the baseline)")


def test_mended_by_the_release_is_a_note():
    (finding,) = findings_of([answer()], [answer(breach("field a"))])
    assert finding.severity is Severity.NOTE
    assert "mended" in finding.message


def test_without_a_baseline_nothing_is_said_of_it():
    (finding,) = findings_of([answer(breach("field a"))], None)
    assert finding.message.endswith("there is no field a")


def test_a_note_stays_a_note():
    (finding,) = findings_of([answer(breach("field a", Severity.NOTE))], [answer()])
    assert finding.severity is Severity.NOTE


def test_what_never_happened_is_a_failure():
    (finding,) = exercised_findings([HEAD], [answer(interactions=0)], "contracts")
    assert finding.rule == "never-exercised"
    assert exercised_findings([HEAD], [], "contracts")[0].rule == "never-exercised"
    assert exercised_findings([HEAD], [answer(interactions=1)], "contracts") == []


def test_no_contracts_at_all_is_a_failure():
    (finding,) = exercised_findings([], [], "contracts")
    assert (finding.rule, finding.severity) == ("no-contracts", Severity.ERROR)
