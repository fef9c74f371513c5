"""Every column that may hold something of somebody is decided on, or named."""

from __future__ import annotations

import pytest

from odoo_gate.data.production.amounts import require_scaled, scaled_columns, scaling
from odoo_gate.data.production.anonymise import SALT_VARIABLE, read_salt
from odoo_gate.data.production.anonymise_plan import KEEP, AnonymiseError, decide, make_plan
from odoo_gate.data.production.anonymise_sql import FUNCTIONS, functions_sql, updates
from odoo_gate.data.production.stored_columns import StoredColumn
from odoo_gate.errors import SettingsError
from odoo_gate.settings import AnonymiseSettings, Settings, settings_from

NOTHING = AnonymiseSettings()


def column(name: str, kind: str = "varchar", **more: object) -> StoredColumn:
    table, _, field = name.partition(".")
    return StoredColumn(table=table, name=field, type=kind, **more)  # type: ignore[arg-type]


def settings(tmp_path, **anonymise: object) -> Settings:
    (tmp_path / "addons").mkdir(exist_ok=True)
    return settings_from({"project": {"series": "19.0"}, "anonymise": anonymise}, root=tmp_path)


@pytest.mark.parametrize(
    ("name", "kind", "ttype", "decided"),
    [
        ("res_partner.name", "varchar", "char", "name"),
        ("res_partner.email_normalized", "varchar", "char", "email"),
        ("our_thing.contact_email", "varchar", "char", "email"),
        ("our_thing.mobile", "varchar", "char", "phone"),
        ("our_thing.iban", "varchar", "char", "iban"),
        ("our_thing.remarks", "text", "html", "html"),
        ("our_thing.scan", "bytea", "binary", "clear"),
        ("our_thing.birthday", "date", "date", "date"),
        ("our_thing.monthly_wage", "numeric", "monetary", "wage"),
        ("our_thing.latitude", "numeric", "float", "clear"),
        ("res_users.password", "varchar", "char", "clear"),
        ("res_users.login", "varchar", "char", "login"),
        ("our_thing.state", "varchar", "selection", KEEP),
        ("ir_ui_view.arch_db", "jsonb", "text", KEEP),
    ],
)
def test_columns_are_known_by_name_and_type(name, kind, ttype, decided):
    decision = decide(column(name, kind, ttype=ttype, model="x"), NOTHING)
    assert decision is not None
    assert decision.kind == decided
    assert decision.why


def test_short_fields_of_other_modules_are_nobodys_to_guess():
    assert decide(column("our_thing.label", ttype="char"), NOTHING) is None
    stock = decide(column("sale_thing.label", ttype="char", stock=True), NOTHING)
    assert stock is not None
    assert stock.kind == "words"


def test_what_nobody_decided_on_is_named():
    columns = [
        column("res_partner.name", ttype="char"),
        column("our_thing.label", ttype="char"),
        column("a.b", "bytea"),
    ]
    with pytest.raises(AnonymiseError) as failure:
        make_plan(columns, NOTHING, ())
    assert "our_thing.label (char, varchar)" in failure.value.message
    assert "a.b (no field of Odoo, bytea)" in failure.value.message
    assert "2 columns" in failure.value.message


def test_the_project_decides_before_odoo_gate():
    rules = AnonymiseSettings(rules={"res_partner.name": "token", "our_*.*": "words"}, keep={"res_partner.ref": "why"})
    assert decide(column("res_partner.name", ttype="char"), rules).kind == "token"
    assert decide(column("our_thing.label", ttype="char"), rules).kind == "words"
    kept = decide(column("res_partner.ref", ttype="char"), rules)
    assert (kept.kind, "why" in kept.why) == (KEEP, True)


def test_a_full_name_goes_before_a_pattern():
    rules = AnonymiseSettings(rules={"our_*.*": "words"}, keep={"our_thing.code": "a list of the trade"})
    assert decide(column("our_thing.code", ttype="char"), rules).kind == KEEP
    rules = AnonymiseSettings(rules={"our_thing.code": "code"}, keep={"our_*.*": "nothing in there"})
    assert decide(column("our_thing.code", ttype="char"), rules).kind == "code"
    assert decide(column("our_thing.label", ttype="char"), rules).kind == KEEP


def test_a_pattern_takes_only_the_columns_its_kind_fits():
    rules = AnonymiseSettings(rules={"our_*.*": "words"})
    assert decide(column("our_thing.amount", "numeric", ttype="monetary"), rules) is None
    assert decide(column("our_thing.state", ttype="selection"), rules).kind == KEEP
    with pytest.raises(AnonymiseError, match=r"our_thing\.amount is of type numeric"):
        decide(column("our_thing.amount", "numeric"), AnonymiseSettings(rules={"our_thing.amount": "words"}))


def test_nothing_to_change_is_a_failure():
    with pytest.raises(AnonymiseError, match="no column"):
        make_plan([column("a.id", "int4"), column("a.b", "int4")], NOTHING, ())


@pytest.mark.parametrize("wrong", [{"rules": {"a": "words"}}, {"rules": {"a.b": "wrods"}}, {"keep": {"a.b": ""}}])
def test_settings_that_say_nothing_are_refused(tmp_path, wrong):
    with pytest.raises(SettingsError, match="anonymise"):
        settings(tmp_path, **wrong)


def test_what_must_be_unique_is_told_apart():
    plan = make_plan(
        [column("a.name", ttype="char", stock=True, unique=True), column("a.other", ttype="char", stock=True)],
        NOTHING,
        (),
    )
    ((table, statement),) = updates(plan.changes, {}, {})
    assert table == "a"
    text = statement.as_string(None)
    assert '"name" = "label"("name"::text)' in text
    assert '"other" = "words"("other"::text)' in text
    assert text.endswith('WHERE "name" IS NOT NULL OR "other" IS NOT NULL')


def test_the_salt_is_in_the_functions_only_as_pads():
    text = functions_sql(b"a secret that is long enough")
    assert "a secret" not in text
    assert "@outer@" not in text
    assert functions_sql(b"x" * 70) != functions_sql(b"x" * 71)
    assert FUNCTIONS.read_text().count("@inner@") == 2


def test_a_salt_is_needed_and_cannot_be_guessed(tmp_path):
    with pytest.raises(SettingsError, match="no secret") as failure:
        read_salt(settings(tmp_path), {})
    assert SALT_VARIABLE in failure.value.hint
    with pytest.raises(SettingsError, match="holds 5 bytes"):
        read_salt(settings(tmp_path), {SALT_VARIABLE: "short"})
    assert read_salt(settings(tmp_path), {SALT_VARIABLE: "x" * 16}) == b"x" * 16
    (tmp_path / "salt").write_text("y" * 32 + "\n")
    assert read_salt(settings(tmp_path, salt_file="salt"), {}) == b"y" * 32
    with pytest.raises(SettingsError, match="cannot be read"):
        read_salt(settings(tmp_path, salt_file="gone"), {})


def test_money_is_scaled_and_percentages_are_not():
    columns = [
        column("account_move_line.balance", "numeric", ttype="monetary"),
        column("sale_order_line.price_unit", "numeric", ttype="float"),
        column("sale_order_line.discount", "numeric", ttype="float"),
        column("sale_order_line.product_uom_qty", "numeric", ttype="float"),
        column("account_tax.amount", "numeric", ttype="float"),
        column("product_product.standard_price", "jsonb", ttype="float"),
        column("hr_version.wage", "numeric", ttype="monetary"),
    ]
    money = scaled_columns(columns, ["hr_version.wage"])
    assert [each.full_name for each in money] == [
        "account_move_line.balance",
        "sale_order_line.price_unit",
        "product_product.standard_price",
    ]
    assert scaling(money, 7)["account_move_line.balance"] == '"balance" * 7'


def test_scaled_sums_are_exact():
    require_scaled({"a.b": (2, 10)}, {"a.b": (2, 70)}, 7)
    with pytest.raises(AnonymiseError, match=r"a\.b"):
        require_scaled({"a.b": (2, 10)}, {"a.b": (2, 71)}, 7)
    with pytest.raises(AnonymiseError, match="no column of money"):
        require_scaled({}, {}, 7)
