"""How measured values become text, and what the declarations of the invariants promise."""

from __future__ import annotations

from decimal import Decimal

import pytest

from odoo_gate.invariants import INVARIANTS, Custom, Kind
from odoo_gate.invariants.catalog import Catalog, Column, Field, ident, literal
from odoo_gate.invariants.registry import ALL
from odoo_gate.invariants.snapshot import as_text


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (None, ""),
        (True, "true"),
        (3, "3"),
        (Decimal("10.00"), "10"),
        (Decimal("1E+3"), "1000"),
        (Decimal("-0.00"), "0"),
        (Decimal("0.10"), "0.1"),
        (0.1, "0.1"),
        (Decimal("12345678901234567890.01"), "12345678901234567890.01"),
        ("12.50", "12.50"),
    ],
)
def test_numbers_are_exact_and_compare_whatever_their_scale(value, text):
    assert as_text(value) == text


def test_the_ids_are_the_ones_promised():
    assert list(INVARIANTS) == [invariant.id for invariant in ALL]
    assert len(INVARIANTS) == len(ALL) == 26


def test_every_question_says_what_to_do_and_how_it_reads():
    for invariant in ALL:
        assert invariant.questions, invariant.id
        assert len({question.name for question in invariant.questions}) == len(invariant.questions)
        for question in invariant.questions:
            assert question.remedy, (invariant.id, question.name)
            assert bool(question.sql) != bool(question.ask), (invariant.id, question.name)
            if question.kind not in (Kind.HOLDS, Kind.NEVER_WORSE):
                assert "{value}" not in question.says, (invariant.id, question.name)


def test_custom_has_one_measure():
    with pytest.raises(ValueError, match="exactly one"):
        Custom("own", "title")


def test_catalog_answers():
    columns = {"id": Column("integer", True, True), "code": Column("character varying", False, False)}
    field = Field("my.wizard", "code", "char", "", "", False, False, True, True)
    catalog = Catalog({"my_wizard": columns, "ir_act_window": columns}, (field,), {"base": "17.0.1.3"})
    assert catalog.series == "17.0"
    assert catalog.has("my_wizard.code")
    assert not catalog.has("my_wizard.name")
    assert not catalog.has("other")
    assert catalog.type_of("my_wizard.code") == "character varying"
    assert catalog.type_of("other.code") == ""
    assert catalog.table_of("ir.actions.act_window") == "ir_act_window"
    assert catalog.table_of("other") is None
    assert catalog.transient_tables == {"my_wizard"}


def test_what_links_wizards_to_records_goes_with_them():
    linking = Field("my.wizard", "order_ids", "many2many", "my.order", "wizard_order_rel", False, False, True, True)
    shared = Field("my.wizard", "tag_ids", "many2many", "my.tag", "order_tag_rel", False, False, True, True)
    lasting = Field("my.order", "tag_ids", "many2many", "my.tag", "order_tag_rel", False, False, True, False)
    tables = {name: {} for name in ("my_wizard", "my_order", "my_tag", "wizard_order_rel", "order_tag_rel")}
    catalog = Catalog(tables, (linking, shared, lasting), {"base": "17.0.1.3"})
    assert catalog.transient_tables == {"my_wizard", "wizard_order_rel"}


def test_names_are_quoted():
    assert ident('a"b') == '"a""b"'
    assert literal("it's") == "'it''s'"
