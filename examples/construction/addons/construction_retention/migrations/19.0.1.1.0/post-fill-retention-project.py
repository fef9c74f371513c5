import logging

_logger = logging.getLogger(__name__)


def migrate(cr, version):
    """Put the job on the ledger lines that hold retention; until now only their entries had it."""
    cr.execute(
        """
        UPDATE account_move_line line
           SET retention_project_id = move.retention_project_id
          FROM account_move move, account_account account
         WHERE move.id = line.move_id
           AND account.id = line.account_id
           AND move.move_type = 'entry'
           AND move.retention_project_id IS NOT NULL
           AND account.account_type NOT IN ('asset_receivable', 'liability_payable')
           AND line.retention_project_id IS NULL
        """
    )
    _logger.info("%s retention lines have their job", cr.rowcount)
