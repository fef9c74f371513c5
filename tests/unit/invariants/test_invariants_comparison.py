"""What two snapshots say about each other, by the kind of the question."""

from __future__ import annotations

import json

import pytest

from odoo_gate.invariants import (
    INVARIANTS,
    Block,
    Declared,
    InvariantResult,
    InvariantsError,
    Kind,
    Measured,
    Result,
    Snapshot,
    compare,
    holding,
    nothing_asked,
)
from odoo_gate.model import Finding, Severity

CODE = "moved"


def snapshot(measured=None, absent=None, titles=None):
    return Snapshot(
        database="db",
        taken="2026-01-01T00:00:00+00:00",
        series="19.0",
        modules={"base": "19.0.1.3"},
        measured=measured or {},
        absent=absent or {},
        titles={**INVARIANTS, **(titles or {})},
    )


def answer(kind, rows, *, total=None, examined=10, blocks=()):
    return Measured(kind, rows, len(rows) if total is None else total, examined, "account_move_line", tuple(blocks))


def balances(rows, **more):
    return snapshot({"trial-balance": {"balances": answer(Kind.EQUAL, rows, **more)}})


def result(results, name):
    return next(each for each in results if each.id == name)


def errors(one):
    return [finding.message for finding in one.findings if finding.severity is Severity.ERROR]


def test_equal_snapshots_pass_and_the_rest_is_not_applicable():
    before = balances({"company 1": "10"})
    results = compare(before, before)
    assert [each.id for each in results] == list(INVARIANTS)
    assert result(results, "trial-balance").outcome is Result.PASSED
    others = [each for each in results if each.id != "trial-balance"]
    assert {each.outcome for each in others} == {Result.NOT_APPLICABLE}
    assert all(each.reason for each in others)


def test_a_cent_is_found_and_its_row_named():
    row = Block(7, 7, 7, 1, "INV/1 balance 10.00")
    changed = Block(7, 7, 7, 1, "INV/1 balance 10.01")
    before = balances({"company 1": "10"}, blocks=[row])
    after = balances({"company 1": "10.01"}, blocks=[changed])
    found = result(compare(before, after), "trial-balance")
    assert found.outcome is Result.FAILED
    assert errors(found)[0].endswith("company 1 was 10 and is 10.01")
    notes = [finding.message for finding in found.findings if finding.severity is Severity.NOTE]
    assert notes == ["account_move_line row 7: INV/1 balance 10.00 → INV/1 balance 10.01"]


@pytest.mark.parametrize(("before", "after"), [({"a": "1"}, {}), ({}, {"a": "1"})])
def test_a_key_on_one_side_only_is_a_difference(before, after):
    assert result(compare(balances(before), balances(after)), "trial-balance").outcome is Result.FAILED


def test_nothing_examined_is_not_a_pass():
    empty = balances({}, examined=0)
    assert result(compare(empty, empty), "trial-balance").outcome is Result.NOT_APPLICABLE


def test_what_can_no_longer_be_measured_fails():
    gone = snapshot(absent={"trial-balance": {"balances": "the database has no account_move_line"}})
    found = result(compare(balances({"company 1": "10"}), gone), "trial-balance")
    assert found.outcome is Result.FAILED
    assert "can no longer be measured" in found.reason


def test_what_could_not_be_measured_before_was_not_compared():
    gone = snapshot(absent={"trial-balance": {"balances": "the database has no account_move_line"}})
    found = result(compare(gone, balances({"company 1": "10"})), "trial-balance")
    assert found.outcome is Result.NOT_APPLICABLE
    assert "before, the database has no account_move_line" in found.reason


def test_filestore_not_at_hand_is_not_applicable_even_when_attachments_are_as_many():
    counted = {"attachments": {"count": answer(Kind.NOT_LOWER, {"attachments of res.partner": "3"})}}
    after = snapshot(counted, {"attachments": {"files": "the filestore is not at hand"}})
    found = result(compare(snapshot(counted), after), "attachments")
    assert found.outcome is Result.NOT_APPLICABLE
    assert "files: the filestore is not at hand" in found.reason


def unbalanced(rows, **more):
    return snapshot({"moves-balanced": {"sum": answer(Kind.HOLDS, rows, **more)}})


def test_a_flaw_of_before_is_a_warning_and_a_new_or_worse_one_an_error():
    before = unbalanced({"move 1": "0.01", "move 2": "0.01"})
    same = result(compare(before, before), "moves-balanced")
    assert same.outcome is Result.PASSED
    assert {finding.severity for finding in same.findings if finding.rule == "sum"} == {Severity.WARNING}
    worse = unbalanced({"move 1": "0.01", "move 2": "-5", "move 3": "1"})
    found = result(compare(before, worse), "moves-balanced")
    assert errors(found) == [
        "move 2 is out of balance by -5 (before: 0.01)",
        "move 3 is out of balance by 1",
    ]


def test_a_flaw_of_one_database_alone_is_an_error():
    found = result(holding(unbalanced({"move 1": "0.01"})), "moves-balanced")
    assert errors(found) == ["move 1 is out of balance by 0.01"]
    assert found.findings[0].remedy


def test_an_invariant_that_compares_does_not_hold_of_one_database():
    assert result(holding(balances({"company 1": "10"})), "trial-balance").reason == "it compares two databases"


def test_findings_are_bounded_and_their_number_is_told():
    many = {f"move {n:04}": "1" for n in range(100)}
    found = result(holding(unbalanced(many, total=5000)), "moves-balanced")
    assert len(errors(found)) == 21
    assert errors(found)[-1] == "sum: 4980 more like these"


def test_more_flaws_than_are_kept_are_told_apart_by_number_and_range():
    kept = {f"move {n}": "1" for n in (1, 3, 5)}
    before = unbalanced(kept, total=100)
    assert result(compare(before, unbalanced(kept, total=100)), "moves-balanced").outcome is Result.PASSED
    assert result(compare(before, unbalanced(kept, total=101)), "moves-balanced").outcome is Result.FAILED
    new = {"move 1": "1", "move 2": "1", "move 3": "1"}
    assert errors(result(compare(before, unbalanced(new, total=100)), "moves-balanced")) == [
        "move 2 is out of balance by 1"
    ]


def counts(rows):
    return snapshot({"row-counts": {"rows": answer(Kind.NOT_LOWER, rows)}})


def test_more_rows_are_fine_and_fewer_are_not():
    assert result(compare(counts({"a": "9"}), counts({"a": "10", "b": "1"})), "row-counts").outcome is Result.PASSED
    found = result(compare(counts({"a": "10"}), counts({"a": "9"})), "row-counts")
    assert errors(found) == ["rows by table: a was 10 and is 9"]


def filled(rows):
    return snapshot({"fields-and-columns": {"filled": answer(Kind.FILLED, rows)}})


@pytest.mark.parametrize(
    ("after", "outcome"),
    [
        ({"t.c": "8 of 10"}, Result.PASSED),
        ({"t.c": "6 of 8"}, Result.PASSED),
        ({"t.c": "5 of 8"}, Result.FAILED),
        ({"t.c": "0 of 10"}, Result.FAILED),
        ({}, Result.FAILED),
    ],
)
def test_values_may_only_go_with_their_rows(after, outcome):
    assert result(compare(filled({"t.c": "8 of 10"}), filled(after)), "fields-and-columns").outcome is outcome


def test_an_empty_column_may_go():
    assert result(compare(filled({"t.c": "0 of 10"}), filled({})), "fields-and-columns").outcome is Result.PASSED


def xmlids(rows):
    return snapshot({"xmlids": {"kept": answer(Kind.KEPT, rows)}})


def test_a_module_may_drop_a_view_but_not_a_partner():
    before = xmlids({"m.view": "ir.ui.view 4", "m.partner": "res.partner 7, noupdate"})
    assert result(compare(before, xmlids({"m.partner": "res.partner 7, noupdate"})), "xmlids").outcome is Result.PASSED
    assert result(compare(before, xmlids({"m.view": "ir.ui.view 4"})), "xmlids").outcome is Result.FAILED
    moved = xmlids({"m.view": "ir.ui.view 5", "m.partner": "res.partner 7, noupdate"})
    assert result(compare(before, moved), "xmlids").outcome is Result.FAILED


def test_declared_changes():
    before, after = balances({"company 1, account 4": "10"}), balances({"company 1, account 4": "10.5"})

    def outcome(*declared):
        return result(compare(before, after, declared), "trial-balance").outcome

    assert outcome(Declared("trial-balance", "company 1, *", "meant")) is Result.PASSED
    assert outcome(Declared("trial-balance", "company 1, *", "rounding", 0.5)) is Result.PASSED
    assert outcome(Declared("trial-balance", "company 1, *", "rounding", 0.4)) is Result.FAILED
    assert outcome(Declared("trial-balance", "company 2, *", "other")) is Result.FAILED
    assert outcome(Declared("row-counts", "*", "other")) is Result.FAILED


def test_a_changed_domain_of_a_record_rule_is_declared():
    def rights(domain):
        rule = json.dumps({"domain": domain, "groups": "", "operations": "read"})
        rows = {"model sale": "", "rule sale.own on sale": rule}
        return snapshot({"access": {"rights": answer(Kind.RIGHTS, rows)}})

    before, after = rights("[('user_id', '=', user.id)]"), rights("[('team_id', '=', user.team_id.id)]")
    meant = Declared("access", "rule sale.own on sale", "sales people work in teams from now on")
    assert result(compare(before, after), "access").outcome is Result.FAILED
    declared = result(compare(before, after, [meant]), "access")
    assert declared.outcome is Result.PASSED
    assert "in teams from now on" in declared.findings[0].message


def test_a_declaration_in_vain_is_a_warning():
    same = balances({"company 1": "10"})
    found = result(compare(same, same, [Declared("trial-balance", "*", "meant")]), "trial-balance")
    assert [finding.rule for finding in found.findings] == ["declared-in-vain"]
    assert found.findings[0].severity is Severity.WARNING


def test_a_declaration_of_nothing_is_refused():
    with pytest.raises(ValueError, match="no-such"):
        compare(snapshot(), snapshot(), [Declared("no-such", "*", "meant")])
    with pytest.raises(ValueError, match="gives no reason"):
        Declared("trial-balance", "*", " ")


def test_own_invariants_come_last_and_fail_when_they_were_not_measured():
    measured = snapshot({"own": {"rows": answer(Kind.EQUAL, {"a": "1"})}}, titles={"own": "Our own"})
    results = compare(measured, measured)
    assert (results[-1].id, results[-1].title, results[-1].outcome) == ("own", "Our own", Result.PASSED)
    missed = snapshot(absent={"own": {"rows": "no agent was given"}}, titles={"own": "Our own"})
    assert result(compare(measured, missed), "own").outcome is Result.FAILED
    assert result(compare(missed, missed), "own").outcome is Result.FAILED
    assert result(compare(missed, measured), "own").outcome is Result.FAILED
    assert result(holding(missed), "own").outcome is Result.FAILED
    assert result(holding(measured), "own").outcome is Result.NOT_APPLICABLE


def test_snapshot_survives_json_and_refuses_another_version():
    before = balances({"company 1": "10"}, blocks=[Block(0, 1, 2, 2, "55")])
    assert Snapshot.from_json(before.to_json()) == before
    with pytest.raises(InvariantsError):
        Snapshot.from_json({**before.to_json(), "version": 2})


def test_illegal_results_cannot_be_built():
    error = Finding(CODE, "wrong")
    with pytest.raises(ValueError, match="without a reason"):
        InvariantResult("quants", "t", Result.NOT_APPLICABLE)
    with pytest.raises(ValueError, match="does not fit"):
        InvariantResult("quants", "t", Result.PASSED, "", (error,))
    with pytest.raises(ValueError, match="does not fit"):
        InvariantResult("quants", "t", Result.FAILED, "wrong")


def test_a_leftover_column_is_a_warning_and_a_gap_an_error():
    columns = {"fields-and-columns": {"leftovers": answer(Kind.NEVER_WORSE, {})}}
    gaps = {"journal-sequences": {"gaps": answer(Kind.NEVER_WORSE, {})}}
    before = snapshot({**columns, **gaps})
    leftovers = {"fields-and-columns": {"leftovers": answer(Kind.NEVER_WORSE, {"t.c": "text"})}}
    missing = {"journal-sequences": {"gaps": answer(Kind.NEVER_WORSE, {"INV after 3": "1"})}}
    results = compare(before, snapshot({**leftovers, **missing}))
    assert result(results, "fields-and-columns").outcome is Result.PASSED
    assert result(results, "fields-and-columns").findings[0].severity is Severity.WARNING
    assert errors(result(results, "journal-sequences")) == ["INV after 3 lacks 1 numbers"]


def test_when_nothing_applies_nothing_may_pass():
    not_applicable = InvariantResult("quants", "What is on hand", Result.NOT_APPLICABLE, "stock is not installed")
    assert [finding.rule for finding in nothing_asked([not_applicable])] == ["zero-invariants"]
    assert [finding.rule for finding in nothing_asked([])] == ["zero-invariants"]
    assert nothing_asked([not_applicable, InvariantResult("xmlids", "External ids", Result.PASSED)]) == ()
