def migrate(cr, version):
    cr.execute("UPDATE planted_thing SET quantity = 0 WHERE quantity IS NULL")
    cr.commit()
