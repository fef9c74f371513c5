"""The bank's statements: the lines of each month of a bank journal, from the balance before to the balance after.

Lines of many documents stand on one statement, so statements cannot be copied with a document: they are made when all
lines are there, and the proof has Odoo compute each stored field of them again.
"""

from __future__ import annotations

from psycopg import Connection

from odoo_gate.data.catalog import Catalog

STATEMENTS = "account_bank_statement"
_LINES = "account_bank_statement_line"
_INSERT = """
    INSERT INTO account_bank_statement (name, reference, date, first_line_index, balance_start, balance_end,
        balance_end_real, company_id, currency_id, journal_id, is_complete, create_uid, create_date, write_uid,
        write_date)
    SELECT code || ' Statement ' || date, code || '-' || month, date, first, after - amount, after, after,
           company_id, currency, journal_id, true, 1, date, 1, date
      FROM (SELECT j.code, l.journal_id, j.company_id, left(l.internal_index, 6) AS month, max(m.date) AS date,
                   min(l.internal_index) AS first, sum(l.amount) AS amount,
                   coalesce(j.currency_id, c.currency_id) AS currency,
                   sum(sum(l.amount)) OVER (PARTITION BY l.journal_id ORDER BY left(l.internal_index, 6)) AS after
              FROM account_bank_statement_line l
              JOIN account_move m ON m.id = l.move_id
              JOIN account_journal j ON j.id = l.journal_id
              JOIN res_company c ON c.id = j.company_id
             WHERE m.state = 'posted'
             GROUP BY j.id, c.id, l.journal_id, left(l.internal_index, 6)) monthly
     ORDER BY journal_id, month
"""
_LINK_LINES = """
    UPDATE account_bank_statement_line l SET statement_id = s.id
      FROM account_bank_statement s, account_move m
     WHERE s.journal_id = l.journal_id AND left(s.first_line_index, 6) = left(l.internal_index, 6)
       AND m.id = l.move_id AND m.state = 'posted'
"""
_LINK_ITEMS = """
    UPDATE account_move_line i SET statement_id = l.statement_id
      FROM account_bank_statement_line l
     WHERE l.id = i.statement_line_id
"""


def make_statements(connection: Connection, catalog: Catalog) -> None:
    """Put every posted bank line on the statement of its month; for the series whose lines can be without."""
    if not catalog.column(STATEMENTS, "first_line_index") or not catalog.column(_LINES, "internal_index"):
        return
    connection.execute(_INSERT)
    connection.execute(_LINK_LINES)
    if catalog.column("account_move_line", "statement_id"):
        connection.execute(_LINK_ITEMS)
