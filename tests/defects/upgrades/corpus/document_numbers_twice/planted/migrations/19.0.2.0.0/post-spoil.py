def migrate(cr, version):
    cr.execute("UPDATE planted_thing SET code = 'C2' WHERE code = 'C4'")
