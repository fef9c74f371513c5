def migrate(cr, version):
    cr.execute(
        """
        UPDATE ir_cron SET active = true
         WHERE id = (SELECT res_id FROM ir_model_data WHERE module = 'planted' AND name = 'cron')
        """
    )
