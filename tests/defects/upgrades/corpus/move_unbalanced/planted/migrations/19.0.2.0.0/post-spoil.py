def migrate(cr, version):
    cr.execute(
        """
        UPDATE account_move_line SET balance = balance + 1, debit = debit + 1
         WHERE id = (SELECT min(id) FROM account_move_line WHERE parent_state = 'posted' AND balance > 0)
        """
    )
