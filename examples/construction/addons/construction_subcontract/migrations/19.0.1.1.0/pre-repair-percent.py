import logging

_logger = logging.getLogger(__name__)


def migrate(cr, version):
    """Bring the retention of subcontracts between 0 and 100 %, before a constraint demands it."""
    cr.execute(
        """
        UPDATE construction_subcontract
           SET retention_percent = LEAST(GREATEST(retention_percent, 0), 100)
         WHERE retention_percent < 0 OR retention_percent > 100
     RETURNING name
        """
    )
    names = [row[0] for row in cr.fetchall()]
    if names:
        _logger.info("Repaired the retention percentage of %s", ", ".join(names))
