"""Which columns grow with a document, which refer to something, and what a project may ask for."""

from __future__ import annotations

import pytest
from psycopg import sql

from odoo_gate.data import DataSpec, data_spec
from odoo_gate.data.archetypes import Span, Unit
from odoo_gate.data.catalog import Column
from odoo_gate.data.columns import Values, expression, is_scaled, model_column, moved_id, token
from odoo_gate.data.generation import LABEL
from odoo_gate.data.naming import Mentions, Name
from odoo_gate.data.spec import PERIOD_START
from odoo_gate.errors import SettingsError, UsageError
from odoo_gate.settings import settings_from


@pytest.mark.parametrize(
    ("table", "column", "scaled"),
    [
        ("account_move_line", Column("balance", "numeric", field="monetary"), True),
        ("account_move_line", Column("quantity", "numeric", field="float"), True),
        ("purchase_order_line", Column("price_tax", "double precision", field="float"), True),
        ("purchase_order_line", Column("product_qty", "numeric", field="float"), True),
        ("account_move_line", Column("price_unit", "numeric", field="float"), False),
        ("account_move", Column("invoice_currency_rate", "numeric", field="float"), False),
        ("account_analytic_line", Column("unit_amount", "double precision", field="float"), True),
        ("hr_attendance", Column("worked_hours", "double precision", field="float"), False),
        ("account_move", Column("sequence_number", "integer", field="integer"), False),
    ],
)
def test_amounts_and_quantities_grow_with_a_document_and_prices_do_not(table, column, scaled):
    assert is_scaled(table, column) is scaled


def test_an_id_beside_the_name_of_a_model_is_a_reference():
    columns = {column.name: column for column in (Column("res_id", "integer"), Column("res_model", "text"))}
    assert model_column(columns, columns["res_id"]) == "res_model"
    assert model_column(columns, columns["res_model"]) == ""


def test_what_has_no_archetypes_keeps_its_id():
    assert moved_id("value", None) == "value"
    assert Span(first=10, jobs=12, last=30).width == 20


@pytest.mark.parametrize(
    ("values", "written"),
    [
        (Values(3, 11, 12), "s.x + 20 * c.job"),
        (Values(3, 13, 30), "s.x + 20 * c.number"),
        (Values(3, 1, 10), "s.x"),
        (Values(3, 31, 40), "s.x"),
        (Values(3, 10, 12), "CASE"),
        (Values(3, 12, 13), "CASE"),
        (Values(3, 13, 31), "CASE"),
    ],
)
def test_an_id_is_moved_by_as_little_as_its_values_need(values, written):
    moved = moved_id(sql.SQL("s.x"), Span(first=10, jobs=12, last=30), values).as_string()
    assert moved == written or (written == "CASE" and moved.startswith("CASE WHEN s.x > 10 AND s.x <= 30"))


def test_a_column_that_no_archetype_fills_stays_empty_and_a_text_is_searched_only_where_a_name_was_found():
    columns = {"ref": Column("ref", "text")}
    for slots, values, written in (
        ((), Values(0), "NULL"),
        ((), Values(2), 's."ref"'),
        ((2,), Values(2), f'replace(s."ref", \'{token(2)}\', coalesce(c.names[s."gate_n2"], s."gate_o2", \'\'))'),
    ):
        assert expression("account_move", columns["ref"], columns, {}, slots, values).as_string() == written


def test_a_copys_own_names_come_before_those_of_its_job():
    units = [Unit(0, "job", None, PERIOD_START, "start", False, {}, ()),
             Unit(1, "bill", 0, PERIOD_START, "free", True, {}, ())]  # fmt: skip
    job, bill, receipt = (
        Name(index, unit, old, "g", "", "", 5, PERIOD_START, False, None)
        for index, (unit, old) in enumerate(((0, "J00001"), (1, "P00001"), (1, "WH/IN/00001")))
    )
    mentions = Mentions([job, bill, receipt], units)
    assert [mentions.place(1, name) for name in (bill, receipt, job)] == [1, 2, 3]
    assert mentions.place(0, job) == 1


@pytest.mark.parametrize(
    ("label", "holds_data"),
    [
        ("construction data, small, seed 1", True),
        ("production, anonymised (june.zip)", True),
        ("production as it is (june.zip)", True),
        ("base 19.0", False),
        ("construction_database, 4 modules", False),
    ],
)
def test_the_list_shows_generated_data_and_copies_of_production(label, holds_data):
    assert bool(LABEL.search(label)) is holds_data


def test_names_are_found_the_longest_first_since_one_may_be_part_of_another():
    unit = Unit(0, "bill", None, PERIOD_START, "free", True, {}, ())
    names = [
        Name(index, 0, old, "g", "", "", 4, PERIOD_START, True, None)
        for index, old in enumerate(("BILL/2023/07/0001", "RBILL/2023/07/0001", "P00007"))
    ]
    found = Mentions(names, [unit]).of(0, ["reverses RBILL/2023/07/0001", None, "BILL/2023/07/0001 of P00007"])
    assert [name.old for name in found] == ["RBILL/2023/07/0001", "BILL/2023/07/0001", "P00007"]


def test_a_profile_or_scale_that_does_not_exist_is_told_with_those_that_do():
    with pytest.raises(UsageError, match=r"(?s)no scale 'huge'.*small, medium, large"):
        DataSpec(scale="huge")
    with pytest.raises(UsageError, match="no profile 'bakery'"):
        DataSpec(profile="bakery")


def test_gate_toml_says_what_data_there_is_and_the_command_line_overrules_it(tmp_path):
    (tmp_path / "addons").mkdir()
    settings = settings_from(
        {"project": {"series": "19.0"}, "data": {"scale": "medium", "seed": 7, "archetypes": ["own.py"]}},
        root=tmp_path,
    )
    spec = data_spec(settings, scale="small")
    assert (spec.profile, spec.scale, spec.seed) == ("construction", "small", 7)
    with pytest.raises(UsageError, match=r"own\.py cannot be read"):
        _ = spec.families
    (tmp_path / "own.py").write_text("MODULES = ('fleet',)\n")
    assert spec.families[-1] == {"name": "own", "source": "MODULES = ('fleet',)\n"}


def test_a_wrong_key_in_the_data_section_is_an_error(tmp_path):
    (tmp_path / "addons").mkdir()
    with pytest.raises(SettingsError, match="size"):
        settings_from({"project": {"series": "19.0"}, "data": {"size": "small"}}, root=tmp_path)
