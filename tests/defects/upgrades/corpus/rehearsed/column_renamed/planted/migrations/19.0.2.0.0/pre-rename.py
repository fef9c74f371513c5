def migrate(cr, version):
    """`code` is called `reference` from now on."""
    cr.execute("ALTER TABLE planted_thing RENAME COLUMN code TO reference")
