def migrate(cr, version):
    """Things start with their reference as a note."""
    cr.execute("UPDATE planted_thing SET note = reference WHERE note IS NULL")
