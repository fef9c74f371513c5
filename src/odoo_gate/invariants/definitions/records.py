"""Records and what points at them: attachments, external ids, many2one values, hierarchies, messages, rows."""

from __future__ import annotations

from collections.abc import Iterator

from odoo_gate.invariants.catalog import Catalog, Field, ident, literal
from odoo_gate.invariants.definitions.dialect import union
from odoo_gate.invariants.definitions.technical import is_regenerated, is_technical
from odoo_gate.invariants.model import Kind
from odoo_gate.invariants.question import Absent, Answer, Invariant, Question, Row, Source

_BUSINESS_FILES = "ir_attachment WHERE type = 'binary' AND coalesce(res_model, '') <> 'ir.ui.view'"


def _stored_files(source: Source) -> Answer | Absent:
    """Attachments whose file is missing, has another size, or another content than their checksum says."""
    if source.files is None:
        return Absent("the filestore is not at hand")
    rows: list[Row] = []
    found = source.fetch("SELECT id, store_fname, checksum, file_size FROM ir_attachment WHERE store_fname IS NOT NULL")
    for attachment, name, checksum, size in found:
        key = f"attachment {attachment}, file {name}"
        if name not in source.files:
            rows.append((key, "is not in the filestore"))
            continue
        length, sha1 = source.files[name]
        if size is not None and length != size:
            rows.append((key, f"has {length} bytes, the database says {size}"))
        elif checksum and sha1 != checksum:
            rows.append((key, f"has the sha1 {sha1}, the database says {checksum}"))
    return Answer(rows, ["value"], len(found))


def _orphan_files(source: Source) -> Answer | Absent:
    """Files that no attachment names, and that Odoo will not collect: those are on its `checklist/`."""
    if source.files is None:
        return Absent("the filestore is not at hand")
    known = {name for (name,) in source.fetch("SELECT DISTINCT store_fname FROM ir_attachment")}
    files = [name for name in source.files if not name.startswith("checklist/")]
    lost = [name for name in files if name not in known and f"checklist/{name}" not in source.files]
    orphans: list[Row] = [(f"file {name}", source.files[name][0]) for name in lost]
    return Answer(orphans, ["bytes"], len(files))


ATTACHMENTS = Invariant(
    "attachments",
    "Every attachment has its file, with the right size and content; none was lost",
    (
        Question(
            "files",
            Kind.HOLDS,
            "{value}",
            ask=_stored_files,
            is_external=True,
            needs=("ir_attachment.store_fname",),
            remedy="restore the filestore that belongs to this database",
            essential=True,
        ),
        Question(
            "orphan-files",
            Kind.NEVER_WORSE,
            "({value} bytes) belongs to no attachment",
            ask=_orphan_files,
            is_external=True,
            needs=("ir_attachment.store_fname",),
            remedy="find the attachments that were deleted by SQL",
        ),
        Question(
            "count",
            Kind.NOT_LOWER,
            "attachments by model",
            sql=f"SELECT format('attachments of %s', coalesce(res_model, 'no model')), count(*) FROM {_BUSINESS_FILES}"
            " GROUP BY 1",
            needs=("ir_attachment.res_model",),
            table="ir_attachment",
            rows=f"SELECT id, concat_ws(' ', res_model, res_id, name, checksum) FROM {_BUSINESS_FILES}",
            remedy="find what deleted these attachments",
        ),
    ),
)

_XMLID_FREE = (
    "ir.model",
    "ir.model.fields",
    "ir.model.fields.selection",
    "ir.model.inherit",
    "ir.model.constraint",
    "ir.model.relation",
    "ir.module.module",
)
"""Models that Odoo reflects from the code anew: their external ids come and go with it."""
_SHIPPED = (
    "ir.ui.view",
    "ir.ui.menu",
    "ir.actions.act_window",
    "ir.actions.server",
    "ir.actions.report",
    "ir.cron",
    "ir.rule",
    "ir.model.access",
    "ir.sequence",
    "res.groups",
    "mail.template",
    "account.account.tag",
)
"""Models whose records come from modules: one without an external id was made by hand, or lost it."""
_XMLIDS = """
SELECT format('%s.%s', module, name),
       format('%s %s%s', model, res_id, CASE WHEN noupdate THEN ', noupdate' ELSE '' END)
  FROM ir_model_data WHERE model NOT IN ({free})""".format(free=", ".join(f"'{name}'" for name in _XMLID_FREE))


def _is_shipped(_: str, value: str) -> bool:
    """Whether modules define such records, so that a release may drop one. When the record stays, `lost` finds it."""
    model = value.split()[0]
    return model in _SHIPPED or (model.startswith("ir.") and model not in ("ir.attachment", "ir.default", "ir.filters"))


def _unresolved(source: Source) -> Answer:
    rows: list[Row] = []
    examined = 0
    for model, count in source.fetch("SELECT model, count(*) FROM ir_model_data GROUP BY 1 ORDER BY 1"):
        table = source.catalog.table_of(model)
        if table is None:
            continue
        examined += count
        rows.extend(
            source.fetch(
                "SELECT d.module || '.' || d.name, d.model || ' ' || coalesce(d.res_id, 0) FROM ir_model_data d"
                f" WHERE d.model = {literal(model)} AND NOT EXISTS (SELECT FROM {ident(table)} t WHERE t.id = d.res_id)"
            )
        )
    return Answer(rows, ["value"], examined)


def _without_xmlid(catalog: Catalog) -> str:
    return union(
        f"""
        SELECT format('{model} %s', t.id), 'has no external id' FROM {ident(table)} t
         WHERE NOT EXISTS (SELECT FROM ir_model_data d WHERE d.model = '{model}' AND d.res_id = t.id)"""
        for model in _SHIPPED
        if (table := catalog.table_of(model))
    )


XMLIDS = Invariant(
    "xmlids",
    "External ids resolve, name the same records, and keep their noupdate flag",
    (
        Question(
            "resolve",
            Kind.HOLDS,
            "names {value}, which does not exist",
            ask=_unresolved,
            needs=("ir_model_data.res_id",),
            remedy="delete the external id with its record, or restore the record",
        ),
        Question(
            "kept",
            Kind.KEPT,
            "external ids",
            sql=_XMLIDS,
            needs=("ir_model_data.noupdate",),
            is_minor=_is_shipped,
            remedy="keep the external id on its record (rename it in a migration script when the module renames it); "
            "declare the ids that the release removes on purpose",
        ),
        Question(
            "lost",
            Kind.NEVER_WORSE,
            "{value}",
            sql=_without_xmlid,
            needs=("ir_model_data.res_id",),
            examined="ir_model_data",
            remedy="a record of a module lost its external id: the next update makes it a second time",
        ),
    ),
)


def _many2ones(catalog: Catalog) -> Iterator[tuple[str, Field, str]]:
    """(table, field, related table) of every stored many2one between two tables."""
    seen = set()
    for field in catalog.fields:
        if field.type != "many2one" or not field.stored or field.company_dependent:
            continue
        table, related = catalog.table_of(field.model), catalog.table_of(field.relation)
        if table and related and catalog.type_of(f"{table}.{field.name}") in ("integer", "bigint"):
            if (table, field.name) not in seen:
                yield table, field, related
            seen.add((table, field.name))


_MOST_ORPHANS = 1000


def _orphans(source: Source) -> Answer:
    """Values that name no record, also where a foreign key forbids them: a load without triggers brings them in."""
    rows: list[Row] = []
    examined = 0
    for table, field, related in _many2ones(source.catalog):
        _, filled = source.filled[table]
        if not filled[field.name]:
            continue
        examined += filled[field.name]
        column = ident(field.name)
        found = source.fetch(
            f"""
            SELECT id, {column} FROM {ident(table)} t
             WHERE {column} IS NOT NULL AND NOT EXISTS (SELECT FROM {ident(related)} r WHERE r.id = t.{column})
             LIMIT {_MOST_ORPHANS}"""
        )
        rows.extend((f"{table}.{field.name} of row {row}", value) for row, value in found)
    return Answer(rows, ["id"], examined)


def _pointers(catalog: Catalog) -> Iterator[tuple[str, str]]:
    """(table, model column) of every table that names records by model and res_id."""
    for table, columns in sorted(catalog.tables.items()):
        for column in ("res_model", "model"):
            if "res_id" in columns and column in columns and table not in ("ir_model_data", "ir_ui_view"):
                yield table, column
                break


def _lost_records(source: Source) -> Answer:
    rows: list[Row] = []
    examined = 0
    for table, column in _pointers(source.catalog):
        where = f"{column} IS NOT NULL AND coalesce(res_id, 0) <> 0"
        for model, count in source.fetch(
            f"SELECT {column}, count(*) FROM {ident(table)} WHERE {where} GROUP BY 1 ORDER BY 1"
        ):
            examined += count
            target = source.catalog.table_of(model)
            if target is None:
                if model not in source.catalog.models:
                    rows.append((f"{table} of model {model}", count))
                continue
            lost = source.number(
                f"SELECT count(*) FROM {ident(table)} t WHERE {where} AND {column} = {literal(model)}"
                f" AND NOT EXISTS (SELECT FROM {ident(target)} r WHERE r.id = t.res_id)"
            )
            if lost:
                rows.append((f"{table} of {model}", lost))
    return Answer(rows, ["records"], examined)


ORPHANS = Invariant(
    "orphans",
    "Every many2one value and every (model, id) pair names a record that exists",
    (
        Question(
            "many2one",
            Kind.HOLDS,
            "names {value}, which does not exist",
            ask=_orphans,
            remedy="restore the record, or empty the field with what depends on it",
        ),
        Question(
            "records",
            Kind.NEVER_WORSE,
            "({value} of them) belong to records that do not exist",
            ask=_lost_records,
            remedy="delete what belongs to a record with it, or carry it to the record's new model and id",
        ),
    ),
)


def _wrong_paths(source: Source) -> Answer | Absent:
    rows: list[Row] = []
    examined = 0
    for table in sorted(table for table in source.catalog.tables if source.catalog.has(f"{table}.parent_path")):
        parent = _parent_of(source.catalog, table)
        if parent is None:
            continue
        examined += source.number(f"SELECT count(*) FROM {ident(table)}")
        rows.extend(
            source.fetch(
                f"""
                SELECT format('{table} %s', t.id), format('%s, not %s', coalesce(t.parent_path, 'empty'),
                       coalesce(p.parent_path, '') || t.id || '/')
                  FROM {ident(table)} t LEFT JOIN {ident(table)} p ON p.id = t.{ident(parent)}
                 WHERE t.parent_path IS DISTINCT FROM coalesce(p.parent_path, '') || t.id || '/'"""
            )
        )
    return Answer(rows, ["value"], examined)


def _parent_of(catalog: Catalog, table: str) -> str | None:
    """The column that makes the hierarchy: `parent_id`, else the only one, else the one called a parent."""
    own = [
        field.name
        for field in catalog.fields
        if field.type == "many2one"
        and field.relation == field.model
        and catalog.table_of(field.model) == table
        and catalog.has(f"{table}.{field.name}")
    ]
    named = [name for name in own if name.startswith("parent")]
    return next((name for name in ("parent_id", *named, *own) if name in own), None)


PARENT_PATH = Invariant(
    "parent-path",
    "parent_path says what the parents say",
    (
        Question(
            "path",
            Kind.HOLDS,
            "has the parent_path {value}",
            ask=_wrong_paths,
            remedy="recompute it with the model's _parent_store_compute()",
        ),
    ),
)

MESSAGES = Invariant(
    "messages",
    "No message, tracked value or follower was lost",
    (
        Question(
            "messages",
            Kind.NOT_LOWER,
            "messages by model",
            sql="SELECT format('messages of %s', coalesce(model, 'no model')), count(*) FROM mail_message GROUP BY 1",
            needs=("mail_message.model",),
            table="mail_message",
            rows="SELECT id, concat_ws(' ', model, res_id, message_type, date) FROM mail_message",
            remedy="find what deleted these messages",
        ),
        Question(
            "tracking",
            Kind.NOT_LOWER,
            "tracked values by model",
            sql="""
            SELECT format('tracked values of %s', coalesce(m.model, 'no model')), count(*)
              FROM mail_tracking_value t JOIN mail_message m ON m.id = t.mail_message_id GROUP BY 1""",
            needs=("mail_tracking_value.mail_message_id",),
            remedy="find what deleted these tracked values",
        ),
        Question(
            "followers",
            Kind.NOT_LOWER,
            "followers by model",
            sql="SELECT format('followers of %s', res_model), count(*) FROM mail_followers GROUP BY 1",
            needs=("mail_followers.res_model",),
            remedy="find what deleted these followers",
        ),
    ),
)


def _row_counts(source: Source) -> Answer:
    counted = [table for table in sorted(source.catalog.tables) if not _is_elsewhere(source.catalog, table)]
    rows: list[Row] = [(table, source.filled[table][0]) for table in counted]
    return Answer([row for row in rows if row[1]], ["rows"], len(counted))


def _is_elsewhere(catalog: Catalog, table: str) -> bool:
    """Whether the table's rows come and go by themselves, or another invariant counts them."""
    return (
        is_technical(table) or is_regenerated(table) or table.startswith("mail_") or table in catalog.transient_tables
    )


ROW_COUNTS = Invariant(
    "row-counts",
    "No table of the business has fewer rows",
    (
        Question(
            "rows",
            Kind.NOT_LOWER,
            "rows by table",
            ask=_row_counts,
            remedy="find what deleted the rows; declare the decrease if it is meant",
        ),
    ),
)

RECORDS = (ATTACHMENTS, XMLIDS, ORPHANS, PARENT_PATH, MESSAGES, ROW_COUNTS)
