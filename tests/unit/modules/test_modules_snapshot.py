"""Comparing two snapshots of a database."""

from __future__ import annotations

from odoo_gate.modules.snapshot import Snapshot, TableChange, row_changes
from odoo_gate.modules.volatile import is_ignored, is_volatile


def test_equal_rows_are_no_change():
    rows = {"res_partner": {"1": "a"}}
    assert row_changes(Snapshot({}, rows), Snapshot({}, rows)) == []


def test_added_removed_and_changed_rows():
    before = Snapshot({}, {"t": {"1": "a", "2": "b", "3": "c"}, "same": {"1": "x"}})
    after = Snapshot({}, {"t": {"1": "a", "2": "B", "4": "d"}, "same": {"1": "x"}})
    assert row_changes(before, after) == [TableChange("t", ("4",), ("3",), ("2",))]


def test_one_more_of_the_same_row_in_a_table_without_ids():
    before, after = Snapshot({}, {"rel": {"h": "1"}}), Snapshot({}, {"rel": {"h": "2"}})
    assert row_changes(before, after) == [TableChange("rel", (), (), ("h",))]


def test_stamps_are_volatile_everywhere_and_the_rest_is_not():
    assert is_volatile("res_partner", "write_date")
    assert is_volatile("ir_cron", "nextcall")
    assert not is_volatile("res_partner", "nextcall")
    assert not is_volatile("res_partner", "name")
    assert is_ignored("orm_signaling_registry")
    assert not is_ignored("res_partner")


def test_rows_replaced_by_equal_ones_are_no_change():
    before, after = Snapshot({}, {"t": {"1": "a", "2": "b"}}), Snapshot({}, {"t": {"3": "b", "4": "a"}})
    assert row_changes(before, after) == []


def test_one_row_more_than_was_replaced():
    before, after = Snapshot({}, {"t": {"1": "a"}}), Snapshot({}, {"t": {"2": "a", "3": "a"}})
    assert row_changes(before, after) == [TableChange("t", ("3",), (), ())]
