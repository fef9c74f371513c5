"""Load goes to this machine only."""

from __future__ import annotations

import ipaddress
import socket
from urllib.parse import urlsplit

from odoo_gate.errors import UsageError

_HINT = "load goes to this machine only: write http://127.0.0.1:8069, or open a tunnel to what you may load"


def check_loopback(url: str) -> None:
    """Raises UsageError unless every address that the URL's host has is this machine's own."""
    parts = urlsplit(url)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise UsageError(f"{url!r} is no address of an Odoo", hint=_HINT)
    try:
        found = {str(each[4][0]) for each in socket.getaddrinfo(parts.hostname, parts.port or 80)}
    except (OSError, ValueError) as error:
        raise UsageError(f"{url!r} cannot be resolved: {error}", hint=_HINT) from error
    outside = sorted(each for each in found if not ipaddress.ip_address(each.split("%")[0]).is_loopback)
    if outside:
        raise UsageError(f"{parts.hostname} is {', '.join(outside)}", hint=_HINT)
