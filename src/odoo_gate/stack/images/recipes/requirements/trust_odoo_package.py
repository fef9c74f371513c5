"""Make pip leave Odoo's own libraries alone: the distribution's package brought them, some under other names.

Without this pip would install PyPDF2 beside Debian's pypdf, another greenlet, and so on. Only the build stage that runs
pip is changed, not the image.
"""

import re
import sys
from pathlib import Path

for entry in filter(None, sys.path):
    for metadata in Path(entry).glob("odoo-*-info"):
        (metadata / "requires.txt").unlink(missing_ok=True)
        for name in ("METADATA", "PKG-INFO"):
            file = metadata / name
            if file.is_file():
                text = file.read_text(encoding="utf-8")
                file.write_text(re.sub(r"^Requires-Dist:.*\n", "", text, flags=re.MULTILINE), encoding="utf-8")
