def migrate(cr, version):
    cr.execute("DELETE FROM ir_attachment WHERE res_model = 'planted.thing'")
