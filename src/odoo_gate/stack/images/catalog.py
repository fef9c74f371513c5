"""What images odoo-gate needs, and what each is made of where no registry answers. Data only."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

Role = Literal["odoo", "postgres", "redis", "nginx"]
Flavour = Literal["release", "test"]

SERIES = "19.0"
"""The series that commands mean when none is named."""


@dataclass(frozen=True, slots=True)
class Service:
    """PostgreSQL, Redis or nginx: the official reference, and the Debian suite with the same major version."""

    role: Role
    official: str
    suite: str


@dataclass(frozen=True, slots=True)
class OdooSeries:
    """One Odoo series: the official reference, and Debian's package of it on the suite it runs on.

    `package` is in apt-get's notation: `odoo-19/sid` comes from sid while everything else comes from `suite`,
    because on sid's own Python Odoo 19 does not start. `extras` are libraries the official image also has.
    """

    series: str
    official: str
    suite: str
    package: str
    extras: tuple[str, ...]


POSTGRES = Service("postgres", "postgres:17", "trixie")
REDIS = Service("redis", "redis:8", "trixie")
NGINX = Service("nginx", "nginx:1.26", "trixie")
SERVICES = (POSTGRES, REDIS, NGINX)
COSIGN_SUITE = "trixie"

_EXTRAS = ("python3-ldap", "python3-pdfminer", "python3-odf", "python3-phonenumbers", "python3-slugify")

ODOO = {
    entry.series: entry
    for entry in (
        OdooSeries("19.0", "odoo:19.0", "trixie", "odoo-19/sid", _EXTRAS),
        OdooSeries("14.0", "odoo:14.0", "bullseye", "odoo-14", _EXTRAS),
    )
}

OFFICIAL = (*(service.official for service in SERVICES), *(entry.official for entry in ODOO.values()))


def official_images(series: Sequence[str]) -> list[str]:
    """The official references of PostgreSQL, Redis, nginx and these Odoo series, in this order."""
    return [*(service.official for service in SERVICES), *(f"odoo:{name}" for name in series)]
