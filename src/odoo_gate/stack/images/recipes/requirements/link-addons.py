"""Make /opt/odoo-gate/addons lead to where pip put Odoo addons: the same place in every image."""

import sys
from pathlib import Path

for entry in sys.path:
    addons = Path(entry) / "odoo" / "addons"
    if entry.startswith("/usr/local/") and addons.is_dir():
        Path("/opt/odoo-gate/addons").symlink_to(addons)
        break
