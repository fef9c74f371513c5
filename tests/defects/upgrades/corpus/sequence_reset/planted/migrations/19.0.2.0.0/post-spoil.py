def migrate(cr, version):
    cr.execute("SELECT setval('planted_thing_id_seq', 1, false)")
