"""What holds the data: columns and their fields, values by company and by language, sequences, constraints."""

from __future__ import annotations

from collections.abc import Iterator

from odoo_gate.invariants.catalog import Catalog, Field, ident, literal
from odoo_gate.invariants.definitions.dialect import union
from odoo_gate.invariants.definitions.technical import is_regenerated, is_technical
from odoo_gate.invariants.model import Kind
from odoo_gate.invariants.question import Absent, Answer, Invariant, Question, Row, Source

_AUTOMATIC = {"id", "create_uid", "create_date", "write_uid", "write_date"}


def _stored_fields(catalog: Catalog) -> Iterator[tuple[str, Field]]:
    """(table, field) of every field that ought to have a column."""
    for field in catalog.fields:
        table = catalog.table_of(field.model)
        if table and field.stored and field.type not in ("one2many", "many2many", "binary"):
            yield table, field


def _fields_without_column(source: Source) -> Answer:
    rows: list[Row] = []
    examined = 0
    for table, field in _stored_fields(source.catalog):
        examined += 1
        if not source.catalog.has(f"{table}.{field.name}"):
            rows.append((f"{table}.{field.name}", f"{field.type} of {field.model}"))
    for field in source.catalog.fields:
        if field.type == "many2many" and field.stored and field.relation_table:
            examined += 1
            if not source.catalog.has(field.relation_table):
                rows.append((field.relation_table, f"many2many {field.name} of {field.model}"))
    return Answer(rows, ["value"], examined)


def _columns_without_field(source: Source, *, mandatory: bool) -> Answer:
    known: dict[str, set[str]] = {}
    for field in source.catalog.fields:
        table = source.catalog.table_of(field.model)
        if table:
            known.setdefault(table, set()).add(field.name)
    rows: list[Row] = []
    examined = 0
    for table, names in known.items():
        for name, column in source.catalog.tables[table].items():
            examined += 1
            blocks = column.not_null and not column.has_default
            if name not in names and name not in _AUTOMATIC and blocks == mandatory:
                rows.append((f"{table}.{name}", column.type))
    return Answer(rows, ["type"], examined)


def _filled(source: Source) -> Answer:
    rows: list[Row] = []
    for table, (total, columns) in source.filled.items():
        if is_technical(table) or is_regenerated(table) or table in source.catalog.transient_tables:
            continue
        if "id" in columns:
            counted = sorted(columns.keys() - _AUTOMATIC)
            rows.extend((f"{table}.{column}", f"{columns[column]} of {total}") for column in counted)
    return Answer(rows, ["filled"], len(rows))


FIELDS_AND_COLUMNS = Invariant(
    "fields-and-columns",
    "Stored fields have their columns, columns keep their values, and no forgotten column blocks new records",
    (
        Question(
            "fields",
            Kind.HOLDS,
            "does not exist, though the field is stored ({value})",
            ask=_fields_without_column,
            remedy="update the module that defines the field",
        ),
        Question(
            "mandatory-leftovers",
            Kind.HOLDS,
            "({value}) has no field any more and is NOT NULL without a default: no new record can be created",
            ask=lambda source: _columns_without_field(source, mandatory=True),
            remedy="drop the column, or its NOT NULL, in a migration script",
        ),
        Question(
            "leftovers",
            Kind.NEVER_WORSE,
            "({value}) has no field",
            ask=lambda source: _columns_without_field(source, mandatory=False),
            is_minor=lambda *_: True,  # it costs space, and loses nothing
            remedy="drop or rename the column in a migration script",
        ),
        Question(
            "filled",
            Kind.FILLED,
            "rows that have a value",
            ask=_filled,
            remedy="a column was dropped, renamed or emptied: carry its values over in a migration script",
        ),
    ),
)


def _properties(catalog: Catalog) -> str | Absent:
    if catalog.has("ir_property"):
        return """
        SELECT format('%s of company %s', f.model || '.' || f.name, coalesce(p.company_id, 0)),
               count(*) AS "values",
               sum(hashtextextended(concat_ws('|', p.res_id, p.value_float, p.value_integer, p.value_text,
                                              p.value_reference, p.value_datetime), 0)) AS checksum
          FROM ir_property p JOIN ir_model_fields f ON f.id = p.fields_id GROUP BY 1"""
    parts = [
        f"""
        SELECT {literal(f"{field.model}.{field.name} of company ")} || v.key, count(*) AS "values",
               sum(hashtextextended(concat_ws('|', t.id, v.value), 0)) AS checksum
          FROM {ident(table)} t CROSS JOIN LATERAL jsonb_each_text(t.{ident(field.name)}) v
         WHERE jsonb_typeof(t.{ident(field.name)}) = 'object' GROUP BY v.key"""
        for table, field in _stored_fields(catalog)
        if field.company_dependent and catalog.type_of(f"{table}.{field.name}") == "jsonb"
    ]
    return union(parts) if parts else Absent("no field depends on the company")


COMPANY_DEPENDENT = Invariant(
    "company-dependent",
    "Values that depend on the company are the same",
    (
        Question(
            "values",
            Kind.EQUAL,
            "values by field and company",
            sql=_properties,
            remedy="find what the migration did to the values of this field",
        ),
    ),
)


def _translated(catalog: Catalog) -> Iterator[tuple[str, str]]:
    """(table, column) of the translated fields that are kept as jsonb."""
    found = {
        (table, field.name)
        for table, field in _stored_fields(catalog)
        if field.translated and catalog.type_of(f"{table}.{field.name}") == "jsonb"
    }
    return iter(sorted(found))


def _without_source_text(source: Source) -> Answer | Absent:
    columns = list(_translated(source.catalog))
    if not columns:
        return Absent("the series keeps no translations as jsonb")
    rows: list[Row] = []
    for table, column in columns:
        sample = source.fetch(
            f"SELECT count(*), min(id) FROM {ident(table)} WHERE {ident(column)} IS NOT NULL AND"
            f" (jsonb_typeof({ident(column)}) <> 'object' OR NOT {ident(column)} ? 'en_US')"
        )
        count, first = sample[0]
        if count:
            rows.append((f"{table}.{column}", f"{count} rows, the first with id {first}"))
    return Answer(rows, ["value"], len(columns))


def _translations(source: Source) -> Answer:
    """Values by column and language, of all rows of the table."""
    if source.catalog.has("ir_translation"):
        rows = source.fetch(
            """
            SELECT name || ' in ' || lang, count(*) || ' of ' || count(*) FROM ir_translation
             WHERE type IN ('model', 'model_terms') AND coalesce(value, '') <> '' GROUP BY name, lang"""
        )
        return Answer(rows, ["filled"], len(rows))
    languages = [code for (code,) in source.fetch("SELECT code FROM res_lang WHERE active ORDER BY code")]
    rows = []
    for table, column in _translated(source.catalog):
        counts = ", ".join(f"count(*) FILTER (WHERE {ident(column)} ? {literal(code)})" for code in languages)
        total, *filled = source.fetch(
            f"SELECT count(*), {counts} FROM {ident(table)} WHERE jsonb_typeof({ident(column)}) = 'object'"
        )[0]
        rows.extend(
            (f"{table}.{column} in {code}", f"{count} of {total}")
            for code, count in zip(languages, filled, strict=True)
            if count
        )
    return Answer(rows, ["filled"], len(rows))


TRANSLATIONS = Invariant(
    "translations",
    "No translation was lost, and every translated value has its source text",
    (
        Question(
            "source",
            Kind.HOLDS,
            "has values without en_US: {value}",
            ask=_without_source_text,
            remedy="write en_US into these values: Odoo falls back on it",
        ),
        Question(
            "languages",
            Kind.FILLED,
            "values in the language",
            ask=_translations,
            needs=("res_lang.active",),
            remedy="write translated values with all their languages; never overwrite the jsonb with one",
        ),
    ),
)


_OWNED = """
SELECT q.relname, coalesce(c.relname, ''), coalesce(a.attname, '')
  FROM pg_class q
  LEFT JOIN pg_depend d ON d.refobjid = q.oid AND d.classid = 'pg_attrdef'::regclass
  LEFT JOIN pg_attrdef f ON f.oid = d.objid
  LEFT JOIN pg_class c ON c.oid = f.adrelid AND c.relkind IN ('r', 'p')
  LEFT JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum = f.adnum
 WHERE q.relkind = 'S' AND q.relnamespace = 'public'::regnamespace ORDER BY 1, 2, 3"""


def _sequences(source: Source) -> list[Row]:
    """(sequence, table or empty, column or empty, next value) of every PostgreSQL sequence."""
    owned = source.fetch(_OWNED)
    if not owned:
        return []
    following: dict[str, int] = dict(
        source.fetch(
            union(
                f"SELECT {literal(each)}, last_value + CASE WHEN is_called THEN 1 ELSE 0 END FROM {ident(each)}"
                for each in {each for each, _, _ in owned}
            )
        )
    )
    return [(each, table, column, following[each]) for each, table, column in owned]


def _sequences_behind(source: Source) -> Answer:
    owned = [(name, table, column, following) for name, table, column, following in _sequences(source) if table]
    if not owned:
        return Answer([], [], 0)
    parts = (
        f"SELECT {literal(f'{table}.{column}')}, (SELECT max({ident(column)}) FROM {ident(table)})"
        for _, table, column, _ in owned
    )
    highest: dict[str, int | None] = dict(source.fetch(union(parts)))
    rows: list[Row] = [
        (name, f"{following}, where {table}.{column} is at {highest[f'{table}.{column}']}")
        for name, table, column, following in owned
        if (highest[f"{table}.{column}"] or 0) >= following
    ]
    return Answer(rows, ["value"], len(owned))


def _next_numbers(source: Source) -> Answer:
    rows: list[Row] = [*{(f"sequence {name}", following): None for name, _, _, following in _sequences(source)}]
    rows.extend(
        source.fetch(
            """
            SELECT format('ir.sequence %s (id %s)', coalesce(code, 'without code'), id), number_next FROM ir_sequence
             WHERE implementation = 'no_gap'
             UNION ALL
            SELECT format('ir.sequence %s (id %s) from %s', coalesce(s.code, 'without code'), s.id, r.date_from),
                   r.number_next
              FROM ir_sequence_date_range r JOIN ir_sequence s ON s.id = r.sequence_id
             WHERE s.implementation = 'no_gap'"""
        )
    )
    return Answer(rows, ["next"], len(rows))


SEQUENCES = Invariant(
    "sequences",
    "No sequence went back, and none gives a number that is taken",
    (
        Question(
            "behind",
            Kind.HOLDS,
            "gives {value} next",
            ask=_sequences_behind,
            remedy="setval() the sequence to the highest id",
        ),
        Question(
            "next",
            Kind.NOT_LOWER,
            "next numbers",
            ask=_next_numbers,
            needs=("ir_sequence.number_next", "ir_sequence_date_range.number_next"),
            remedy="set the sequence to what it was: numbers given once must not be given again",
        ),
    ),
)


def _fields_without_index(source: Source) -> Answer:
    """Fields that ask for an index, and whose column begins none. One of an expression goes by its name."""
    leading = set(
        source.fetch(
            """
            SELECT c.relname, a.attname FROM pg_index i JOIN pg_class c ON c.oid = i.indrelid
              JOIN pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = i.indkey[0]
             WHERE c.relnamespace = 'public'::regnamespace"""
        )
    )
    names = {name for (name,) in source.fetch("SELECT relname FROM pg_class WHERE relkind IN ('i', 'I')")}
    asking = set(source.fetch('SELECT model, name FROM ir_model_fields WHERE store AND "index"'))
    rows: list[Row] = []
    examined = 0
    for table, field in _stored_fields(source.catalog):
        if (field.model, field.name) in asking and source.catalog.has(f"{table}.{field.name}"):
            examined += 1
            own = {f"{table}__{field.name}_index"[:_LONGEST_NAME], f"{table}_{field.name}_index"[:_LONGEST_NAME]}
            if (table, field.name) not in leading and not own & names:
                rows.append((f"{table}.{field.name}", field.type))
    return Answer(rows, ["type"], examined)


_LONGEST_NAME = 63
"""Of a longer name PostgreSQL makes its own, by rules that the series leave to it or not."""


def _missing_constraints(source: Source) -> Answer:
    """What Odoo recorded and PostgreSQL does not have, of models that have a table."""
    found = source.fetch(
        """
        SELECT k.name, m.model, k.type, EXISTS (SELECT FROM pg_constraint p WHERE p.conname = left(k.name, 63))
               OR EXISTS (SELECT FROM pg_class c WHERE c.relname = left(k.name, 63) AND c.relkind IN ('i', 'I'))
          FROM ir_model_constraint k JOIN ir_model m ON m.id = k.model WHERE k.type IN ('u', 'f', 'i')"""
    )
    kinds = {"f": "foreign key", "i": "index", "u": "constraint"}
    known = [row for row in found if source.catalog.table_of(row[1])]
    rows: list[Row] = [
        (f"{name} of {model}", kinds[kind])
        for name, model, kind, exists in known
        if not exists and len(name) <= _LONGEST_NAME
    ]
    return Answer(rows, ["kind"], len(known))


CONSTRAINTS = Invariant(
    "constraints",
    "Constraints are there and validated, indexes are valid",
    (
        Question(
            "validated",
            Kind.HOLDS,
            "is not validated: {value}",
            sql="""
            SELECT format('%s.%s', conrelid::regclass, conname), pg_get_constraintdef(oid) FROM pg_constraint
             WHERE connamespace = 'public'::regnamespace AND NOT convalidated""",
            examined="pg_constraint WHERE connamespace = 'public'::regnamespace",
            remedy="correct the rows that break it, then ALTER TABLE ... VALIDATE CONSTRAINT",
        ),
        Question(
            "indexes",
            Kind.HOLDS,
            "is not valid",
            sql="""
            SELECT format('index %s of %s', c.relname, i.indrelid::regclass), 'invalid'
              FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid
             WHERE c.relnamespace = 'public'::regnamespace AND NOT (i.indisvalid AND i.indisready)""",
            examined="pg_index",
            remedy="drop the index and create it again",
        ),
        Question(
            "missing",
            Kind.HOLDS,
            "({value}) is known to Odoo and does not exist in the database",
            ask=_missing_constraints,
            needs=("ir_model_constraint.type",),
            remedy="look for 'unable to add constraint' in the log of the upgrade; correct the rows that break it",
        ),
        Question(
            "field-indexes",
            Kind.NEVER_WORSE,
            "({value}) asks for an index and has none",
            ask=_fields_without_index,
            needs=("ir_model_fields.index",),
            remedy="create the index that the field declares",
        ),
    ),
)

STRUCTURE = (FIELDS_AND_COLUMNS, COMPANY_DEPENDENT, TRANSLATIONS, SEQUENCES, CONSTRAINTS)
