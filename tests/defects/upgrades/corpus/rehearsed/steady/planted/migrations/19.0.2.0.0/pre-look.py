def migrate(cr, version):
    """Looks at everything before anything is changed: it takes a while, and is in nobody's way."""
    cr.execute("SELECT count(*) FROM planted_thing")
    cr.execute("SELECT pg_sleep(3)")
