"""Where odoo-gate keeps on this machine what it can make again: listings, inventories, locks."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path


def cache_dir(env: Mapping[str, str] = os.environ) -> Path:
    """The cache folder: `$ODOO_GATE_CACHE`, else `$XDG_CACHE_HOME/odoo-gate`, else `~/.cache/odoo-gate`.

    The folder is named, not created. A relative value is taken from the current directory; an empty one
    counts as unset.
    """
    if own := env.get("ODOO_GATE_CACHE"):
        return Path(own).expanduser().absolute()
    if xdg := env.get("XDG_CACHE_HOME"):
        return Path(xdg).expanduser().absolute() / "odoo-gate"
    return Path("~/.cache/odoo-gate").expanduser()
