def migrate(cr, version):
    cr.execute("UPDATE planted_thing SET quantity = 1 WHERE quantity IS NULL")
