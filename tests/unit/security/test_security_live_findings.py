"""What is said of methods that were called, fields that were read, duties that were tried and documents visited."""

from __future__ import annotations

from odoo_gate.policy import Duty
from odoo_gate.security.live import Matrix, Right, duty_findings, field_findings, method_findings, portal_findings
from odoo_gate.security.live.duties import Abilities
from odoo_gate.security.live.fields import Read, unknown_patterns
from odoo_gate.security.live.methods import Called
from odoo_gate.security.live.portal import Document, Visited

DUTY = Duty(name="two people", one=("order:create",), other=("order:approve",), because="it is money")


def told(findings) -> list[tuple[str, str]]:
    return [(finding.rule, str(finding.severity)) for finding in findings]


def called(canary: str = "refused", **ends: tuple[str, str]) -> Called:
    each = {name: {"portal": {"record 1": end}} for name, end in ends.items()}
    return Called(len(each), 1, {"portal": canary}, each)


def test_what_is_refused_or_does_nothing_passes():
    assert told(method_findings(called(a=("refused", ""), b=("nothing", "")), {}, None)) == []


def test_what_writes_or_gives_data_is_an_error():
    found = list(method_findings(called(a=("wrote", "None"), b=("returned", "['x']")), {}, None))
    assert told(found) == [("callable", "error"), ("callable", "error")]
    assert "portal may call b, and gets data: ['x']" in found[1].message


def test_what_the_baseline_lets_through_too_is_a_warning():
    found = method_findings(called(a=("wrote", "")), {}, called(a=("returned", "1")))
    assert told(found) == [("callable", "warning")]


def test_a_method_that_portal_users_are_meant_to_call_is_a_note_and_a_wrong_name_an_error():
    found = method_findings(called(a=("wrote", "")), {"a": "they confirm", "gone": "why"}, None)
    assert told(found) == [("unknown-method", "error"), ("meant", "note")]


def test_when_anything_may_be_called_refusals_prove_nothing():
    assert told(method_findings(called("wrote", a=("refused", "")), {}, None)) == [("anything-goes", "error")]


def test_a_call_that_broke_before_it_was_refused_is_told():
    assert told(method_findings(called(a=("broke", "ValueError")), {}, None)) == [("inconclusive", "warning")]


def read(*rows: tuple[str, str]) -> Read:
    return Read(Matrix({row: Right.of("r") for row in rows}), ("hr.version.wage",), ())


def test_a_sensitive_field_is_for_whom_the_matrix_names():
    seen = read(("officer", "hr.version:wage"), ("employee", "hr.version:wage"))
    found = list(field_findings(seen, Matrix({("officer", "hr.version:wage"): Right.of("r")}), None))
    assert [finding.message for finding in found] == ["employee reads hr.version.wage, which nobody approved"]


def test_without_any_sensitive_field_nothing_is_proved():
    assert told(field_findings(Read(Matrix({}), (), ()), None, None)) == [("nothing-read", "error")]


def test_a_pattern_that_means_no_field_guards_nothing():
    assert told(unknown_patterns(read(), ["hr.version.wage", "hr.gone.*"])) == [("unknown-field", "error")]


def able(*acts: str, unknown: dict[str, str] | None = None, untried: tuple[str, ...] = ()) -> Abilities:
    return Abilities({"buyer": frozenset(acts)}, unknown or {}, frozenset(untried), ("buyer",))


def test_who_has_both_sides_is_an_error_and_who_has_one_is_not():
    assert told(duty_findings([DUTY], able("order:create", "order:approve"), None, built_in=False)) == [
        ("both-sides", "error")
    ]
    assert told(duty_findings([DUTY], able("order:create"), None, built_in=False)) == []


def test_a_role_that_may_have_both_is_a_note():
    duty = DUTY.model_copy(update={"allowed": {"buyer": "there is one buyer"}})
    found = duty_findings([duty], able("order:create", "order:approve"), None, built_in=False)
    assert told(found) == [("allowed", "note")]


def test_a_rule_that_names_what_is_not_there_fails_unless_it_is_built_in():
    lacks = able("order:create", unknown={"order:approve": "method"})
    assert told(duty_findings([DUTY], lacks, None, built_in=False)) == [("unknown-act", "error")]
    found = told(duty_findings([DUTY], lacks, None, built_in=True))
    assert found == [("built-in", "note"), ("not-applicable", "note"), ("nothing-judged", "error")]


def test_an_act_that_nobody_could_do_was_not_tried():
    found = duty_findings([DUTY], able("order:create", untried=("order:approve",)), None, built_in=False)
    assert told(found) == [("not-tried", "error")]


def visited(**leaks: tuple[str, ...]) -> Visited:
    return Visited(2, 2, frozenset({"a", "b"}), leaks, frozenset({"a"}))


def test_a_document_of_another_is_an_error_and_in_the_baseline_a_warning():
    assert told(portal_findings(visited(a=("read",)), None)) == [("another-s-document", "error"), ("closed", "note")]
    found = portal_findings(visited(a=("read", "write")), visited(a=("read",)))
    assert told(found)[:2] == [("another-s-document", "error"), ("another-s-document", "warning")]


def test_nothing_visited_and_nobody_at_an_own_document_fail():
    assert told(portal_findings(Visited(1, 0, frozenset(), {}, frozenset()), None)) == [("nothing-tried", "error")]
    nobody = Visited(1, 1, frozenset({"a"}), {}, frozenset())
    assert ("nobody-sees-own", "error") in told(portal_findings(nobody, None))


def test_where_nothing_belongs_to_a_partner_there_is_nothing_to_get_at():
    assert told(portal_findings(Visited(0, 0, frozenset(), {}, frozenset()), None)) == [("not-applicable", "note")]


def test_a_page_that_owners_do_not_get_is_no_proof():
    blank = Visited(1, 2, frozenset({"a"}), {}, frozenset({"a"}), frozenset({"a"}))
    assert told(portal_findings(blank, None)) == [("page-not-shown", "warning")]


def test_a_document_is_asked_for_with_a_token_that_is_wrong():
    document = Document("a", 7, "A7", "x", "y", "/my/a/7", 3, ("mod.report",), "name")
    assert document.addresses[0] == "/my/a/7"
    assert document.addresses[1].startswith("/my/a/7?access_token=")
    assert document.addresses[2:] == ("/report/html/mod.report/7", "/report/pdf/mod.report/7")
