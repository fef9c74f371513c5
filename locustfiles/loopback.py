"""Load goes to this machine only."""

from __future__ import annotations

import ipaddress
import socket
from urllib.parse import urlsplit


def check_loopback(url: str) -> None:
    """Raises ValueError unless every address of the URL's host is this machine's own: load goes nowhere else."""
    parts = urlsplit(url)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise ValueError(f"{url!r} is no address of an Odoo; write http://127.0.0.1:8069")
    try:
        found = {each[4][0] for each in socket.getaddrinfo(parts.hostname, parts.port or 80)}
    except OSError as error:
        raise ValueError(f"{parts.hostname} cannot be resolved: {error}") from error
    outside = sorted(str(each) for each in found if not ipaddress.ip_address(str(each).split("%")[0]).is_loopback)
    if outside:
        raise ValueError(f"{parts.hostname} is {', '.join(outside)}: load goes to this machine only (127.0.0.1)")
