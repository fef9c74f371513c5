"""What the caller is about to deploy, and one thing that was looked at because of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta


@dataclass(frozen=True, slots=True)
class Source:
    """The state of a checkout: its commit (empty outside git) and whether files differ from it."""

    commit: str
    dirty: bool = False


@dataclass(frozen=True, slots=True)
class Deployment:
    """What the caller is about to deploy, and by which policy it is judged; None: the caller did not say.

    `images` maps a role to its digest, `sha256:<64 hex>`. `max_age` is counted from the run's first check.
    """

    environment: str | None = None
    policy: bytes | None = None
    addons_listing: bytes | None = None
    source: Source | None = None
    images: Mapping[str, str] = field(default_factory=dict)
    max_age: timedelta | None = None


@dataclass(frozen=True, slots=True)
class Examined:
    """One thing that was looked at: whether it held, and what was found."""

    name: str
    held: bool
    detail: str
