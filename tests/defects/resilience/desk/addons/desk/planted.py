"""Which defect this release has: the first word of a file, so that one server can show them all. None: it is sound."""

import pathlib

FILE = pathlib.Path("/tmp/desk-defect")


def planted():
    """Return the defect's name and what tells this planting from others."""
    name, _, nonce = FILE.read_text().strip().partition(" ") if FILE.exists() else ("", "", "")
    return name, nonce
