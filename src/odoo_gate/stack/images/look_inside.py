"""Runs inside an image (Python 3.8 or later, standard library): prints as JSON what only its Python knows.

{"pypi": {name: version}, "addons_paths": [path], "addons": {addon: {path: content}}}
The order of addons_paths is Odoo's own: what is installed for the site goes before what the package brought.
"""

from __future__ import annotations

import json
import os
import re
import sys
from importlib.metadata import distributions
from pathlib import Path

READ = ("__manifest__.py", "__init__.py", "migrations/*/*.py", "upgrades/*/*.py")


def python_packages() -> dict[str, str]:
    found: dict[str, str] = {}
    for distribution in distributions():
        name = distribution.metadata["Name"]
        if name:
            found.setdefault(name, distribution.version)
    return found


def addons_paths() -> list[Path]:
    places = [Path(entry) / "odoo" / "addons" for entry in sys.path if entry] + configured_paths()
    real = dict.fromkeys(place.resolve() for place in places)
    return [place for place in real if any(place.glob("*/__manifest__.py"))]


def configured_paths() -> list[Path]:
    """What addons_path says in the image's own configuration file."""
    config = Path(os.environ.get("ODOO_RC", "/etc/odoo/odoo.conf"))
    if not config.is_file():
        return []
    line = re.search(r"^\s*addons_path\s*=\s*(.+?)\s*$", config.read_text(encoding="utf-8"), re.MULTILINE)
    return [Path(entry.strip()) for entry in line.group(1).split(",")] if line else []


def addons(paths: list[Path]) -> dict[str, dict[str, str]]:
    found: dict[str, dict[str, str]] = {}
    for path in paths:
        for manifest in sorted(path.glob("*/__manifest__.py")):
            folder = manifest.parent
            files = {file for pattern in READ for file in folder.glob(pattern) if file.is_file()}
            read = {str(file.relative_to(folder)): file.read_text("utf-8", "replace") for file in sorted(files)}
            found.setdefault(folder.name, read)
    return found


def main() -> None:
    paths = addons_paths()
    seen = {"pypi": python_packages(), "addons_paths": [str(p) for p in paths], "addons": addons(paths)}
    json.dump(seen, sys.stdout)


if __name__ == "__main__":
    main()
