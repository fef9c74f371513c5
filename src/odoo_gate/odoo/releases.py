"""A release of the addons: what it is made of, and how another process of the run learns of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Literal

from odoo_gate.addons import AddonGraph, baseline_graph, candidate_graph
from odoo_gate.model import ImageIdentity
from odoo_gate.odoo.agent_client import Agent
from odoo_gate.settings import Settings
from odoo_gate.stack.addons_source import AddonsSource
from odoo_gate.stack.addresses import AgentAddress

ReleaseName = Literal["candidate", "baseline"]


@dataclass(frozen=True)
class Release:
    """One release of the addons, and the agent that has it loaded.

    `image` is the image the release runs on in production, `test_image` the one its tests run in, with the
    same Odoo and the same requirements.
    """

    name: ReleaseName
    graph: AddonGraph
    image: ImageIdentity
    test_image: ImageIdentity
    addons: AddonsSource
    agent: Agent


def release_facts(release: Release) -> dict[str, Any]:
    """A release as plain JSON types, for `release_from`."""
    return {
        "image": asdict(release.image),
        "test_image": asdict(release.test_image),
        "agent": asdict(release.agent.address),
        "root": str(release.graph.root),
        "image_addons": str(release.graph.image),
        "folders": [str(folder) for folder in release.addons.folders],
        "image_paths": list(release.addons.image_paths),
    }


def release_from(settings: Settings, name: ReleaseName, facts: Mapping[str, Any]) -> Release:
    """The release another process told of. Raises AddonsError."""
    root, image_addons = Path(facts["root"]), Path(facts["image_addons"])
    graph = (
        candidate_graph(settings, image_addons) if name == "candidate" else baseline_graph(settings, root, image_addons)
    )
    folders = tuple(Path(folder) for folder in facts["folders"])
    return Release(
        name=name,
        graph=graph,
        image=ImageIdentity(**facts["image"]),
        test_image=ImageIdentity(**facts["test_image"]),
        addons=AddonsSource(root, folders, tuple(facts["image_paths"])),
        agent=Agent(AgentAddress(**facts["agent"])),
    )
