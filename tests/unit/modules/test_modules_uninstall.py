"""What is left after uninstalling, told from two states of a database."""

from __future__ import annotations

from odoo_gate.model import Severity
from odoo_gate.modules.snapshot import Snapshot
from odoo_gate.modules.uninstall import State, leftovers

PARTNER = {("table", "res_partner"): "", ("column", "res_partner.name"): "text not null"}


def state(schema=None, *, rows=None, **names):
    snapshot = Snapshot({**PARTNER, **(schema or {})}, rows or {})
    return State(snapshot, **{key: frozenset(value) for key, value in names.items()})


def told(before, after):
    return [(finding.rule, finding.severity) for finding in leftovers("ours", before, after)]


def test_nothing_left():
    assert told(state(), state()) == []


def test_a_table_is_told_once_with_all_that_belongs_to_it():
    after = state(
        {
            ("table", "ours_log"): "",
            ("column", "ours_log.id"): "integer",
            ("constraint", "ours_log.ours_log_pkey"): "PRIMARY KEY (id)",
            ("index", "ours_log_idx"): "CREATE INDEX ours_log_idx ON public.ours_log USING btree (id)",
            ("sequence", "ours_log_id_seq"): "",
        }
    )
    assert told(state(), after) == [("table-left", Severity.ERROR)]


def test_a_column_on_another_modules_table():
    assert told(state(), state({("column", "res_partner.ours"): "text"})) == [("column-left", Severity.ERROR)]


def test_an_index_is_a_warning():
    after = state({("index", "ours_idx"): "CREATE INDEX ours_idx ON public.res_partner USING btree (name)"})
    assert told(state(), after) == [("index-left", Severity.WARNING)]


def test_what_another_module_made_must_stay():
    after = State(Snapshot({("table", "res_partner"): ""}, {}))
    assert told(state(), after) == [("removes-others", Severity.ERROR)]


def test_a_changed_column_is_a_warning():
    after = state({("column", "res_partner.name"): "text"})
    assert told(state(), after) == [("schema-changed", Severity.WARNING)]


def test_model_field_and_external_id_records():
    after = state(models=["ours.thing"], fields=["res.partner.ours"], external_ids=["ours.record"])
    assert [rule for rule, _ in told(state(), after)] == ["model-left", "field-left", "external-id-left"]


def test_rows_in_other_tables_are_a_warning():
    before, after = state(rows={"ir_cron": {"1": "a"}}), state(rows={"ir_cron": {"1": "a", "2": "b"}})
    assert told(before, after) == [("rows-left", Severity.WARNING)]


def test_what_odoo_itself_leaves_is_a_warning():
    after = state(
        {("table", "ours_share_res_partner_rel"): "", ("column", "res_partner.rating"): "integer"},
        relations=["ours_share_res_partner_rel"],
        fields=["res.partner.rating"],
        fields_of_others=["res.partner.rating"],
    )
    assert [severity for _, severity in told(state(), after)] == [Severity.WARNING] * 3


def test_odoos_own_bookkeeping_is_not_told():
    assert told(state(rows={"ir_model_data": {}}), state(rows={"ir_model_data": {"1": "a"}})) == []
