def migrate(cr, version):
    cr.execute(
        """
        WITH move AS (
            SELECT min(move_id) AS id FROM account_move_line
             WHERE parent_state = 'posted' AND company_id = (SELECT max(id) FROM res_company)
        )
        UPDATE account_move_line line
           SET balance = balance + 0.01 * sign(balance), amount_currency = amount_currency + 0.01 * sign(balance),
               debit = CASE WHEN balance > 0 THEN debit + 0.01 ELSE debit END,
               credit = CASE WHEN balance < 0 THEN credit + 0.01 ELSE credit END
          FROM move WHERE line.move_id = move.id
        """
    )
