"""Which columns grow with a document, which refer to something, and what a project may ask for."""

from __future__ import annotations

import pytest

from odoo_gate.data import DataSpec, data_spec
from odoo_gate.data.archetypes import Span, Unit
from odoo_gate.data.catalog import Column
from odoo_gate.data.columns import is_scaled, model_column, moved_id
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
