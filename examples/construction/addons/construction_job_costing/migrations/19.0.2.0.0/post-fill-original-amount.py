import logging

_logger = logging.getLogger(__name__)


def migrate(cr, version):
    """Start the history of each budget with what it is today: what it was first is not known any more."""
    cr.execute(
        "UPDATE construction_budget_line SET original_amount = budget_amount WHERE original_amount IS NULL"
    )
    _logger.info("%s budget lines start with their budget of today", cr.rowcount)
