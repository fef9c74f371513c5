"""What a release changes against what runs in production."""

from __future__ import annotations

from dataclasses import dataclass

from odoo_gate.addons.graph import AddonGraph, baseline_graph, candidate_graph
from odoo_gate.addons.origin import baseline_root
from odoo_gate.settings import Settings


@dataclass(frozen=True, slots=True)
class ChangeSet:
    """Addons of the checkout by what happened to them, each sorted by name.

    `affected` are the candidate's judged modules that changed or depend on what changed; `image_differs` says
    that the two releases run on different images, which affects everything.
    """

    added: tuple[str, ...]
    removed: tuple[str, ...]
    modified: tuple[str, ...]
    affected: tuple[str, ...]
    image_differs: bool = False


def changed(baseline: AddonGraph, candidate: AddonGraph, *, image_differs: bool | None = None) -> ChangeSet:
    """What `candidate` changes against `baseline`, by content, and every judged module that feels it.

    Unless told, images differ when the graphs were made from different folders of manifests.
    """
    if image_differs is None:
        image_differs = baseline.image != candidate.image
    before, after = baseline.folders.keys(), candidate.folders.keys()
    modified = {name for name in before & after if baseline.digest(name) != candidate.digest(name)}
    touched = candidate.dependents((after - before) | modified | (before - after))
    affected = candidate.selected if image_differs else (n for n in candidate.selected if n in touched)
    return ChangeSet(
        added=tuple(sorted(after - before)),
        removed=tuple(sorted(before - after)),
        modified=tuple(sorted(modified)),
        affected=tuple(sorted(affected)),
        image_differs=image_differs,
    )


def project_changes(settings: Settings) -> ChangeSet | None:
    """What the checkout changes against its baseline, told without Docker; None when there is no baseline.

    Other requirements count as another image. Raises AddonsError when either release cannot be read.
    """
    if settings.baseline is None:
        return None
    root = baseline_root(settings)
    return changed(
        baseline_graph(settings, root, None),
        candidate_graph(settings, None),
        image_differs=set(settings.baseline_requirements(root)) != set(settings.requirements()),
    )
