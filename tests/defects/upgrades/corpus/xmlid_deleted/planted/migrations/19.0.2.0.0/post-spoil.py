def migrate(cr, version):
    cr.execute("DELETE FROM ir_model_data WHERE module = 'planted' AND name = 'first'")
