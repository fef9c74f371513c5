"""What a release changes against what runs in production."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from odoo_gate.addons.graph import AddonGraph, baseline_graph, candidate_graph
from odoo_gate.addons.origin import baseline_root
from odoo_gate.model import Finding, Severity
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


def change_notes(settings: Settings) -> Iterator[Finding]:
    """What the release changes of modules and requirements, for whoever reads the report; nothing without a baseline.

    Raises AddonsError when either release cannot be read.
    """
    if settings.baseline is None:
        return
    root = baseline_root(settings)
    before, after = baseline_graph(settings, root, None), candidate_graph(settings, None)
    changes = changed(before, after, image_differs=False)
    for name in changes.added:
        yield _note("added", f"{name} is new, version {_version(after, name)}")
    for name in changes.removed:
        yield _note("removed", f"{name} is gone, it was at version {_version(before, name)}")
    for name in changes.modified:
        old, new = _version(before, name), _version(after, name)
        yield _note("modified", f"{name} changes" + (f" from version {old} to {new}" if old != new else f" at {new}"))
    asked, known = set(settings.requirements()), set(settings.baseline_requirements(root))
    for requirement in sorted(asked ^ known):
        verb = "asks for" if requirement in asked else "no longer asks for"
        yield _note("requirement", f"it {verb} {requirement}")


def _version(graph: AddonGraph, name: str) -> str:
    """As its manifest has it; that of a broken one cannot be read."""
    addon = graph.addons.get(name)
    return addon.version if addon is not None else "unknown"


def _note(rule: str, message: str) -> Finding:
    return Finding(rule, message, Severity.NOTE)
