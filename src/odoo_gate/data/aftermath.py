"""What follows from the copies: sequences, hierarchies, stock on hand, bank statements, the planner's statistics."""

from __future__ import annotations

from collections.abc import Iterable

from psycopg import Connection, sql

from odoo_gate.data.catalog import Catalog
from odoo_gate.data.statements import make_statements

_ID_SEQUENCES = """
    SELECT t.relname, s.relname
      FROM pg_class s
      JOIN pg_depend d ON d.objid = s.oid AND d.classid = 'pg_class'::regclass AND d.deptype IN ('a', 'i')
      JOIN pg_class t ON t.oid = d.refobjid
      JOIN pg_attribute a ON a.attrelid = t.oid AND a.attnum = d.refobjsubid AND a.attname = 'id'
     WHERE s.relkind = 'S' AND t.relnamespace = current_schema()::regnamespace
"""
_LAST_NUMBERS = (
    "SELECT split_part(grp, ' ', 2)::int, max(number) FROM gate_work.name WHERE grp LIKE 'sequence %' GROUP BY 1"
)

_QUANTITIES = """
    UPDATE stock_quant q SET quantity = coalesce(m.quantity, 0)
      FROM stock_quant o LEFT JOIN (
        SELECT product, location, lot, package, owner, sum(quantity) AS quantity FROM (
            SELECT product_id AS product, location_dest_id AS location, lot_id AS lot,
                   result_package_id AS package, owner_id AS owner, quantity_product_uom AS quantity
              FROM stock_move_line WHERE state = 'done'
            UNION ALL
            SELECT product_id, location_id, lot_id, package_id, owner_id, -quantity_product_uom
              FROM stock_move_line WHERE state = 'done') moved
         GROUP BY 1, 2, 3, 4, 5) m
        ON m.product = o.product_id AND m.location = o.location_id AND m.lot IS NOT DISTINCT FROM o.lot_id
       AND m.package IS NOT DISTINCT FROM o.package_id AND m.owner IS NOT DISTINCT FROM o.owner_id
     WHERE o.id = q.id
"""
_HIERARCHY = """
    WITH RECURSIVE tree AS (
        SELECT id, id || '/' AS path FROM {table} WHERE {parent} IS NULL
        UNION ALL
        SELECT t.id, tree.path || t.id || '/' FROM {table} t JOIN tree ON t.{parent} = tree.id)
    UPDATE {table} t SET parent_path = tree.path FROM tree WHERE tree.id = t.id AND t.parent_path <> tree.path
"""


def settle(connection: Connection, catalog: Catalog, copied: Iterable[str]) -> None:
    """Bring everything that depends on the rows of the `copied` tables up to date."""
    tables = set(copied)
    for table, sequence in connection.execute(_ID_SEQUENCES).fetchall():
        if table in tables:
            connection.execute(
                sql.SQL("SELECT setval({}, (SELECT max(id) FROM {}))").format(
                    sql.Literal(sequence), sql.Identifier(table)
                )
            )
    for sequence_id, number in connection.execute(_LAST_NUMBERS).fetchall():
        _continue_sequence(connection, sequence_id, number)
    for table in sorted(tables):
        parent = next((name for name in ("parent_id", "location_id") if catalog.column(table, name)), "")
        if parent and catalog.column(table, "parent_path"):
            connection.execute(sql.SQL(_HIERARCHY).format(table=sql.Identifier(table), parent=sql.Identifier(parent)))
    if "stock_move_line" in tables:
        connection.execute(_QUANTITIES)
    if "account_bank_statement_line" in tables:
        make_statements(connection, catalog)


def _continue_sequence(connection: Connection, sequence_id: int, number: int) -> None:
    """The next document gets the number after `number`."""
    row = connection.execute(
        "UPDATE ir_sequence SET number_next = CASE WHEN implementation = 'no_gap' THEN %s + number_increment"
        " ELSE number_next END WHERE id = %s RETURNING implementation",
        [number, sequence_id],
    ).fetchone()
    if row and row[0] == "standard":
        connection.execute("SELECT setval(%s, %s)", [f"ir_sequence_{sequence_id:03d}", number])
