def migrate(cr, version):
    cr.execute(
        """
        UPDATE account_move_line SET partner_id = (SELECT min(id) FROM res_partner)
         WHERE id = (
            SELECT min(line.id) FROM account_move_line line JOIN account_account account ON account.id = line.account_id
             WHERE account.code_store->>line.company_id::text LIKE '2900%' AND line.parent_state = 'posted'
         )
        """
    )
