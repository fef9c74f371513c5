import logging

from odoo.tools import SQL

_logger = logging.getLogger(__name__)


def migrate(cr, version):
    """Bring retention percentages between 0 and 100, before a constraint demands it.

    The amounts withheld stay as they are in the ledger.
    """
    for table in ("project_project", "account_move"):
        cr.execute(
            SQL(
                """
                UPDATE %(table)s
                   SET retention_percent = LEAST(GREATEST(retention_percent, 0), 100)
                 WHERE retention_percent < 0 OR retention_percent > 100
             RETURNING id
                """,
                table=SQL.identifier(table),
            )
        )
        ids = [row[0] for row in cr.fetchall()]
        if ids:
            _logger.info("Repaired the retention percentage of %s %s", table, ids)
