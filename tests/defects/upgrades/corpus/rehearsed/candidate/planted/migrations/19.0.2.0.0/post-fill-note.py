def migrate(cr, version):
    """Things start with their code as a note."""
    cr.execute("UPDATE planted_thing SET note = code WHERE note IS NULL")
