"""Which sequence numbers which documents, and what its numbers look like."""

from __future__ import annotations

import re

import pytest

from odoo_gate.invariants.definitions.numbering import Sequence, numbered_by_code

MODELS = frozenset(
    ("purchase.order", "purchase.requisition", "stock.picking.batch", "stock.lot", "sale.order", "pos.order", "order")
)


def sequence(prefix, suffix="", padding=5, restarts=False):
    return Sequence(1, "any", prefix, suffix, padding, restarts)


@pytest.mark.parametrize(
    ("code", "model"),
    [
        ("purchase.order", "purchase.order"),
        ("purchase.requisition.blanket.order", "purchase.requisition"),
        ("picking.batch", "stock.picking.batch"),
        ("stock.lot.serial", "stock.lot"),
        ("construction.job.number", ""),
        ("order", ""),
        ("", ""),
    ],
)
def test_a_code_names_the_model_it_begins_with_or_ends(code, model):
    assert numbered_by_code(code, MODELS) == model


@pytest.mark.parametrize(
    ("each", "number", "other"),
    [
        (sequence("P"), "P00012", "P0012"),
        (sequence("P"), "P1234567", "P00012 (copy)"),
        (sequence("WH/IN/"), "WH/IN/00001", "WH/OUT/00001"),
        (sequence("SC/%(year)s/", padding=4), "SC/2026/0001", "SC/year/0001"),
        (sequence("", "-%(y)s.x", padding=0), "1-26.x", "1-26,x"),
        (sequence("(a+)", padding=3), "(a+)001", "aa001"),
    ],
)
def test_the_pattern_is_of_what_the_sequence_gives(each, number, other):
    assert re.search(each.pattern, number)
    assert not re.search(each.pattern, other)


def test_a_number_that_comes_again_in_every_range_of_dates_is_none_of_its_own():
    assert not sequence("EXP", restarts=True).gives_each_name_once
    assert sequence("EXP/%(range_year)s/", restarts=True).gives_each_name_once
    assert sequence("EXP").gives_each_name_once
