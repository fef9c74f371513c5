"""The matrix of rights: written so that people can read it, read so that nothing odd is approved, compared."""

from __future__ import annotations

import pytest

from odoo_gate.errors import SettingsError
from odoo_gate.model import Severity
from odoo_gate.security.live import Matrix, Measured, Right, read_matrix, rights_findings, write_matrix


def matrix(**rows: str) -> Matrix:
    """`role__model="crud/----"`."""
    return Matrix({tuple(key.split("__")): Right.of(*text.split("/")) for key, text in rows.items()})


def measured(known: Matrix, *roles: str) -> Measured:
    return Measured(known, models=7, own=(), roles=roles or tuple(sorted(known.roles)), searched=frozenset())


def told(findings) -> list[tuple[str, str]]:
    return [(finding.rule, str(finding.severity)) for finding in findings]


def test_the_same_matrix_is_the_same_text_and_comes_back(tmp_path):
    one = matrix(b__y="crud/-r--", a__x="-r--/----")
    path = tmp_path / "rights.csv"
    path.write_text(write_matrix(one))
    assert path.read_text().splitlines() == ["role,model,rights,limited", "a,x,-r--,----", "b,y,crud,-r--"]
    assert read_matrix(path) == one


@pytest.mark.parametrize(
    ("text", "word"),
    [
        ("", "is not the line"),
        ("role,model,rights,limited\n", "approves nothing"),
        ("role,model,rights,limited\na,x,yes,no\n", ":2 is not a role"),
        ("role,model,rights,limited\na,x,r---,----\n", ":2 is not a role"),
        ("role,model,rights,limited\na,x,-r--,c---\n", "limits what it does not allow"),
        ("role,model,rights,limited\na,x,-r--,----\na,x,crud,----\n", "a second time"),
    ],
)
def test_what_is_no_matrix_is_refused(tmp_path, text, word):
    path = tmp_path / "rights.csv"
    path.write_text(text)
    with pytest.raises(SettingsError, match=word):
        read_matrix(path)


def test_a_file_that_is_not_there_is_refused(tmp_path):
    with pytest.raises(SettingsError, match="cannot be read"):
        read_matrix(tmp_path / "none.csv")


def test_a_right_nobody_approved_is_an_error():
    found = list(rights_findings(measured(matrix(a__x="crud/----")), matrix(a__x="-r--/----"), None))
    assert told(found) == [("not-approved", "error")]
    assert "a may create, write, unlink x" in found[0].message


def test_what_the_baseline_has_too_is_a_warning():
    now, before = measured(matrix(a__x="-ru-/----")), measured(matrix(a__x="-ru-/----"))
    found = list(rights_findings(now, matrix(a__x="-r--/----"), before))
    assert told(found) == [("not-approved", "warning")]
    assert found[0].message.endswith("(already in the baseline)")


def test_a_rule_that_narrows_no_more_is_an_error():
    found = rights_findings(measured(matrix(a__x="-r--/----")), matrix(a__x="-r--/-r--"), None)
    assert told(found) == [("rule-lost", "error")]


def test_what_was_taken_away_is_a_warning():
    found = rights_findings(measured(matrix(a__x="-r--/----"), "a"), matrix(a__x="crud/----"), None)
    assert told(found) == [("narrowed", "warning")]


def test_a_role_that_is_gone_was_not_looked_at():
    found = rights_findings(measured(matrix(a__x="-r--/----")), matrix(a__x="-r--/----", b__x="-r--/----"), None)
    assert told(found) == [("role-gone", "error")]


def test_the_baseline_judges_where_nothing_was_approved():
    now, before = measured(matrix(a__x="crud/----")), measured(matrix(a__x="-r--/----"))
    assert told(rights_findings(now, None, before)) == [("no-approved-matrix", "note"), ("not-approved", "error")]


def test_the_rights_of_a_new_role_are_all_new():
    now, before = measured(matrix(a__x="-r--/----", b__x="-r--/----")), measured(matrix(a__x="-r--/----"))
    assert [
        finding.message for finding in rights_findings(now, None, before) if finding.severity is Severity.ERROR
    ] == ["b may read x, which nobody approved"]


def test_nothing_to_compare_with_and_nothing_measured_fail():
    assert told(rights_findings(measured(matrix(a__x="-r--/----")), None, None)) == [("nothing-to-compare", "error")]
    assert told(rights_findings(measured(Matrix({})), Matrix({}), None)) == [("nothing-measured", "error")]
