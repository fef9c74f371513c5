def migrate(cr, version):
    cr.execute("ALTER TABLE planted_thing ALTER COLUMN name DROP NOT NULL")
