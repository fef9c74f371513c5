def migrate(cr, version):
    """Codes of any length; then what takes as long with production's rows."""
    cr.execute("ALTER TABLE planted_thing ALTER COLUMN code TYPE text")
    cr.execute("SELECT pg_sleep(6)")
