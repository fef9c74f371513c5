def migrate(cr, version):
    """Who reads things for business intelligence."""
    cr.execute("CREATE ROLE planted_reader")
    cr.execute("GRANT SELECT ON planted_thing TO planted_reader")
