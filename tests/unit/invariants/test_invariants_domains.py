"""Which domain of a record rule allows more is decided by its text where it can be, and never guessed."""

from __future__ import annotations

import itertools

import pytest

from odoo_gate.invariants.domains import Scope, compared

OWN = "('user_id', '=', user.id)"
COMPANY = "('company_id', 'in', company_ids)"


@pytest.mark.parametrize(
    ("before", "after", "scope"),
    [
        (f"[{OWN}]", "[ ( 'user_id','=',user.id ) ]", Scope.SAME),
        (f"[{OWN}, {COMPANY}]", f"['&', {COMPANY}, {OWN}]", Scope.SAME),
        (f"[{OWN}]", f"[{OWN}, {COMPANY}]", Scope.LESS),
        (f"['|', {OWN}, {COMPANY}]", f"[{OWN}]", Scope.LESS),
        (f"[{OWN}]", f"['|', {OWN}, {COMPANY}]", Scope.MORE),
        (f"[{OWN}]", "[(1, '=', 1)]", Scope.MORE),
        (f"[{OWN}]", "[]", Scope.MORE),
        (f"[{OWN}]", "[(0, '=', 1)]", Scope.LESS),
        ("[]", "[(1, '=', 1)]", Scope.SAME),
        ("", f"[{OWN}]", Scope.LESS),
        (f"[{COMPANY}]", "[('company_id', 'in', company_ids + [False])]", Scope.MORE),
        ("[('company_id', 'in', [False] + company_ids)]", f"[{COMPANY}]", Scope.LESS),
        ("[('state', 'in', ['a', 'b'])]", "[('state', '=', 'a')]", Scope.LESS),
        ("[('state', 'not in', ['a'])]", "[('state', 'not in', ('a', 'b'))]", Scope.LESS),
        (f"['!', '|', {OWN}, {COMPANY}]", f"['&', '!', {OWN}, '!', {COMPANY}]", Scope.SAME),
        (f"['!', {OWN}]", f"[{OWN}]", Scope.UNKNOWN),
        (f"[{OWN}]", f"[{COMPANY}]", Scope.UNKNOWN),
        ("[('active', '=', False)]", "[('active', 'in', [False])]", Scope.UNKNOWN),
        ("[('n', '<', 5)]", "['!', ('n', '>=', 5)]", Scope.UNKNOWN),
        (f"[{OWN}]", "user.has_group('base.group_user') and [(1, '=', 1)] or []", Scope.UNKNOWN),
        (f"[{OWN}]", "[('user_id', '=', user.id", Scope.UNKNOWN),
        (f"[{OWN}]", "['|', ('user_id', '=', user.id)]", Scope.UNKNOWN),
        (f"[{OWN}]", f"[{', '.join(f'(1, chr({n}), 1)' for n in range(3))}]", Scope.UNKNOWN),
    ],
)
def test_domains_are_compared(before, after, scope):
    assert compared(before, after) is scope


def test_the_other_way_round_is_the_opposite():
    domains = [f"[{OWN}]", f"[{COMPANY}]", f"[{OWN}, {COMPANY}]", f"['|', {OWN}, {COMPANY}]", "[]"]
    opposite = {Scope.LESS: Scope.MORE, Scope.MORE: Scope.LESS, Scope.SAME: Scope.SAME, Scope.UNKNOWN: Scope.UNKNOWN}
    for one, two in itertools.product(domains, repeat=2):
        assert compared(two, one) is opposite[compared(one, two)]


def test_too_many_leaves_are_not_tried():
    many = ", ".join(f"('field_{number}', '=', 1)" for number in range(13))
    assert compared(f"[{many}]", "[]") is Scope.UNKNOWN
