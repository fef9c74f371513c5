"""From what Odoo says in its container to places in the project."""

from __future__ import annotations

from pathlib import PurePosixPath

from odoo_gate.addons import AddonGraph
from odoo_gate.model import Finding, Place
from odoo_gate.odoo.agent_client import ReleaseFailure
from odoo_gate.stack.addons_source import OWN_ADDONS

_LONGEST = 600


def place_of(graph: AddonGraph, file: str, line: int | None = None) -> Place | None:
    """The project's file behind a path in the container; None for files of the image."""
    path = PurePosixPath(file)
    if not path.is_relative_to(OWN_ADDONS):
        return None
    _, name, *rest = path.relative_to(OWN_ADDONS).parts
    folder = graph.folders.get(name)
    if folder is None:
        return None
    return Place(folder.joinpath(*rest).relative_to(graph.root).as_posix(), line)


def release_failure(graph: AddonGraph, rule: str, what: str, failure: ReleaseFailure, remedy: str) -> Finding:
    """What made Odoo fail, as a finding; `what` says what was being done (`installing x alone`)."""
    return Finding(
        rule,
        f"{what} failed: {shortened(failure.message)}",
        place=place_of(graph, failure.file, failure.line),
        remedy=remedy,
    )


def shortened(text: str) -> str:
    """`text` without what makes a report unreadable: at most 600 characters, the rest counted."""
    text = text.strip()
    return text if len(text) <= _LONGEST else f"{text[:_LONGEST]} … ({len(text) - _LONGEST} more characters)"
