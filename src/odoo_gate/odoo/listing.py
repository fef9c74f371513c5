"""The tests of a release, listed once for each content of it and kept on this machine."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from odoo_gate.cache import cache_dir
from odoo_gate.odoo.agent_client import AGENT_VERSION, Agent, Listing
from odoo_gate.odoo.testbed import Release
from odoo_gate.stack.locks import FileLock

FORMAT = 1
_KEY_DIGITS = 32


@dataclass(frozen=True, slots=True)
class ListingKey:
    """Everything the tests found depend on: the image, the content of the checkout's addons, the selection."""

    image: str
    own_digests: Mapping[str, str]
    modules: tuple[str, ...]
    tags: str

    @property
    def digest(self) -> str:
        facts = {
            "format": FORMAT,
            "agent": AGENT_VERSION,
            "image": self.image,
            "own": dict(self.own_digests),
            "modules": list(self.modules),
            "tags": self.tags,
        }
        return hashlib.sha256(json.dumps(facts, sort_keys=True).encode()).hexdigest()[:_KEY_DIGITS]


def listing_key(release: Release, tags: str) -> ListingKey:
    """The key of all tests of a release. Raises AddonsError when an addon cannot be read."""
    graph = release.graph
    return ListingKey(
        image=release.test_image.digest,
        own_digests={name: graph.digest(name) for name in graph.folders},
        modules=graph.own,
        tags=tags,
    )


def list_release(release: Release, tags: str, cache: Path | None = None) -> Listing:
    """The tests of a release, from the cache when its content has been listed before.

    Several processes may ask at once: one lists, the others wait. A listing with import errors is not kept.
    Raises AgentError.
    """
    key = listing_key(release, tags)
    folder = (cache or cache_dir()) / "listings"
    with FileLock(folder / f"{key.digest}.lock"):
        kept = _read(folder / f"{key.digest}.json")
        if kept is not None:
            return kept
        listing = _ask(release.agent, key.modules, tags)
        if not listing.errors:
            _write(folder / f"{key.digest}.json", listing)
        return listing


def _ask(agent: Agent, modules: Sequence[str], tags: str) -> Listing:
    return agent.list_tests(modules, tags)


def _read(path: Path) -> Listing | None:
    """None when there is none, or when what is there is not a listing of this format."""
    try:
        return Listing.from_json(json.loads(path.read_text("utf-8")))
    except (FileNotFoundError, ValueError, KeyError, TypeError):
        return None


def _write(path: Path, listing: Listing) -> None:
    partial = path.with_suffix(f".{os.getpid()}.partial")
    partial.write_text(json.dumps(listing.to_json()), "utf-8")
    partial.replace(path)
