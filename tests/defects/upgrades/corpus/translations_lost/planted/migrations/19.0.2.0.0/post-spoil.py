def migrate(cr, version):
    cr.execute("UPDATE planted_thing SET name = jsonb_build_object('en_US', name->>'en_US')")
