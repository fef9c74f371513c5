"""What a review and a drift say of two schemas, without a database."""

from __future__ import annotations

from collections.abc import Mapping

import pytest

from odoo_gate.migration import Scale, Schema, drift, judged, review, unused
from odoo_gate.migration.schema import Column, Part, Table, plain
from odoo_gate.model import Severity
from odoo_gate.settings import DeclaredChange

SCALE = Scale(rows={}, big=1000)


def column(number: int, type_: str = "character varying", *, filled: int = 10, not_null: bool = False) -> Column:
    return Column(type_, not_null, "", number, filled)


def table(
    columns: Mapping[str, Column], *, rows: int = 10, oid: int = 1, file: int = 1, **parts: Mapping[str, Part]
) -> Table:
    return Table(oid, file, rows, columns, parts.get("constraints", {}), parts.get("indexes", {}))


def schema(fields: tuple[str, ...] = (), **tables: Table) -> Schema:
    return Schema(tables, (), frozenset(fields))


def told(before: Schema, after: Schema, scale: Scale = SCALE, *, same: bool = False) -> dict[str, tuple[str, str]]:
    """Object → (rule, severity)."""
    changes = review(before, after, scale, lambda *_: same)
    return {change.object: (change.finding.rule, change.finding.severity) for change in changes}


PLAIN = schema(thing=table({"name": column(1)}))


def test_nothing_changed():
    assert told(PLAIN, PLAIN) == {}


def test_a_dropped_column_with_data_is_an_error_and_an_empty_one_is_not():
    before = schema(thing=table({"name": column(1), "code": column(2), "old": column(3, filled=0)}))
    assert told(before, PLAIN) == {
        "thing.code": ("column-dropped", "error"),
        "thing.old": ("column-dropped", "note"),
    }


def test_a_column_postgresql_renamed_is_known_by_its_number():
    after = schema(thing=table({"title": column(1)}))
    assert told(PLAIN, after) == {"thing.name": ("column-renamed", "note")}


def test_a_new_empty_column_of_the_same_type_looks_like_a_forgotten_rename():
    after = schema(thing=table({"title": column(2, filled=0)}))
    assert told(PLAIN, after) == {"thing.name": ("renamed-without-migration", "error")}


@pytest.mark.parametrize(("same", "rule"), [(True, "column-moved"), (False, "renamed-without-migration")])
def test_a_copied_column_counts_only_with_the_same_data(same, rule):
    after = schema(thing=table({"title": column(2)}))
    assert told(PLAIN, after, same=same)["thing.name"][0] == rule


def test_an_emptied_column_is_an_error_unless_its_rows_went_too():
    assert told(PLAIN, schema(thing=table({"name": column(1, filled=4)}))) == {
        "thing.name": ("column-emptied", "error")
    }
    assert told(PLAIN, schema(thing=table({"name": column(1, filled=4)}, rows=4))) == {}


@pytest.mark.parametrize(("rows", "severity"), [(10, "note"), (1000, "error")])
def test_a_rewrite_is_an_error_on_a_table_that_is_big_in_production(rows, severity):
    after = schema(thing=table({"name": column(1)}, file=2))
    scale = Scale(rows={"thing": rows}, big=1000)
    assert told(PLAIN, after, scale) == {"thing": ("table-rewritten", severity)}


def test_a_dropped_table_with_rows_is_an_error():
    assert told(schema(thing=table({}), empty=table({}, rows=0, oid=2)), schema()) == {
        "thing": ("table-dropped", "error"),
        "empty": ("table-dropped", "note"),
    }


def test_a_lost_index_is_an_error_whatever_it_is_called_and_not_when_its_column_went():
    index = Part("CREATE INDEX thing_name_idx ON public.thing USING btree (name)", ("name",))
    other = Part("CREATE INDEX another ON public.thing USING btree (name)", ("name",))
    before = schema(thing=table({"name": column(1)}, indexes={"thing_name_idx": index}))
    assert told(before, PLAIN) == {"thing.thing_name_idx": ("index-lost", "error")}
    assert told(before, schema(thing=table({"name": column(1)}, indexes={"another": other}))) == {}
    assert told(before, schema(thing=table({}, rows=10))) == {"thing.name": ("column-dropped", "error")}


def test_a_constraint_that_follows_the_rename_of_its_column_is_not_lost():
    old, new = Part("CHECK ((name > 0))", ("name",)), Part("CHECK (title > 0)", ("title",))
    before = schema(thing=table({"name": column(1)}, constraints={"positive": old}))
    after = schema(thing=table({"title": column(1)}, constraints={"title_positive": new}))
    assert told(before, after) == {"thing.name": ("column-renamed", "note")}
    bare = schema(thing=table({"title": column(1)}))
    assert told(before, bare)["thing.positive"] == ("constraint-lost", "error")


@pytest.mark.parametrize(("not_null", "severity"), [(False, "warning"), (True, "error")])
def test_a_column_without_its_field_blocks_new_records_when_it_must_be_filled(not_null, severity):
    columns = {"name": column(1, not_null=not_null)}
    before, after = schema(("thing.name",), thing=table(columns)), schema(thing=table(columns))
    assert told(before, after) == {"thing.name": ("column-orphaned", severity)}


def test_a_declared_change_is_a_note_with_its_reason_and_a_forgotten_declaration_a_warning():
    before = schema(thing=table({"name": column(1), "code": column(2)}))
    changes = review(before, PLAIN, SCALE, lambda *_: False)
    declared = [
        DeclaredChange(object="thing.co*", reason="moved to another system"),
        DeclaredChange(object="other.*", reason="an old one"),
        DeclaredChange(object="thing.code", rule="table-*", reason="for another rule"),
    ]
    (found,) = judged(changes, declared)
    assert found.severity is Severity.NOTE
    assert found.message.endswith("declared: moved to another system")
    assert {each.message.split(" of ")[1].split(",")[0] for each in unused(changes, declared)} == {
        "other.*",
        "thing.code",
    }


def drifted(upgraded: Schema, fresh: Schema) -> dict[str, tuple[str, str]]:
    return {each.object: (each.finding.rule, each.finding.severity) for each in drift(upgraded, fresh)}


def test_drift_is_what_a_fresh_install_has_and_production_has_not():
    fresh = schema(
        thing=table(
            {"name": column(1, not_null=True), "size": column(2, "integer"), "new": column(3)},
            indexes={"idx": Part("CREATE UNIQUE INDEX idx ON public.thing USING btree (name)", ("name",))},
        ),
        other=table({}),
    )
    upgraded = schema(thing=table({"name": column(1), "size": column(2, "numeric"), "old": column(3, not_null=True)}))
    assert drifted(upgraded, fresh) == {
        "other": ("table-missing", "error"),
        "thing.idx": ("index-missing", "error"),
        "thing.name": ("not-null-missing", "error"),
        "thing.new": ("column-missing", "error"),
        "thing.old": ("column-left", "error"),
        "thing.size": ("type-differs", "error"),
    }


def test_what_other_modules_and_users_add_is_no_drift():
    fresh = schema(thing=table({"name": column(1), "x_plan2_id": column(2)}))
    upgraded = schema(("thing.more",), thing=table({"name": column(1), "more": column(2)}), theirs=table({}))
    assert drifted(upgraded, fresh) == {}


def test_definitions_are_compared_without_what_a_dump_adds():
    one = "CHECK (((kind)::text = ANY ((ARRAY['a'::character varying, 'b'::character varying])::text[])))"
    two = "CHECK (((kind)::text = ANY (ARRAY[('a'::character varying)::text, ('b'::character varying)::text])))"
    assert plain(Part(one, ())) == plain(Part(two, ()))
    assert plain(Part(one.replace("'b'", "'c'"), ())) != plain(Part(two, ()))
    unique = Part("CREATE UNIQUE INDEX i ON public.t USING btree (a)", ())
    assert plain(unique) != plain(Part("CREATE INDEX i ON public.t USING btree (a)", ()))
