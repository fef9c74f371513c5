"""Move what pip put into a virtual environment to where the system's Python finds it first.

Leaves in /opt/odoo-gate: the requirements, and `addons`, a link to the Odoo addons among them (when there are any).
"""

import compileall
import re
import shutil
import sys
from pathlib import Path

venv = Path(sys.argv[1])
home = Path("/opt/odoo-gate")
place = next(Path(entry) for entry in sys.path if entry.startswith("/usr/local/") and entry.endswith("-packages"))

(installed,) = venv.glob("lib/python3*/site-packages")
shutil.copytree(installed, place, dirs_exist_ok=True, symlinks=True)
compileall.compile_dir(str(place), quiet=1)

for program in (venv / "bin").iterdir():
    if re.match(r"python[\d.]*$|activate", program.name, re.IGNORECASE):
        continue
    target = Path("/usr/local/bin") / program.name
    target.write_bytes(re.sub(rb"\A#!\S*python\S*", b"#!/usr/bin/python3", program.read_bytes()))
    target.chmod(0o755)
if (venv / "share").is_dir():
    shutil.copytree(venv / "share", "/usr/local/share", dirs_exist_ok=True, symlinks=True)

home.mkdir(parents=True, exist_ok=True)
shutil.copy("requirements.txt", home)
if (place / "odoo" / "addons").is_dir():
    (home / "addons").symlink_to(place / "odoo" / "addons")
