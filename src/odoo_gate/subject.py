"""Says what exactly is judged: commit, addons, images and policy, each by digest."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from pathlib import Path

from odoo_gate.addons import AddonGraph, refuse_tracked
from odoo_gate.addons.files import addons_files, addons_listing, file_digest
from odoo_gate.addons.origin import baseline_commit, baseline_root
from odoo_gate.git import repository_of
from odoo_gate.model import ImageIdentity, ReleaseSubject
from odoo_gate.settings import Settings, judged_settings, named_paths

BASELINE_FACTS = frozenset({"baseline.content", "baseline.same"})
"""What is signed among the settings and no setting: only where the baseline is at hand can it be said."""


def release_subject(
    settings: Settings,
    graph: AddonGraph,
    images: Sequence[ImageIdentity],
    policy: bytes,
    instruments: Sequence[ImageIdentity] = (),
) -> ReleaseSubject:
    """The release in `settings.root` as it lies there now. Judged addons that the image brings go by its digest.

    `instruments` are images it is examined with that are no part of it.

    Raises AddonsError when an addon cannot be read, or git tracks in it what is not judged; SettingsError when the
    baseline cannot be read.
    """
    refuse_tracked(settings.addons_roots, settings.root)
    commit, dirty = revision(settings.root)
    return ReleaseSubject(
        project=settings.project.name,
        series=settings.project.series,
        environment=settings.policy.environment,
        commit=commit,
        dirty=dirty,
        addons={name: graph.digest(name) for name in graph.selected if name in graph.folders},
        images=tuple(images),
        policy_digest=hashlib.sha256(policy).hexdigest(),
        baseline=settings.baseline.describe() if settings.baseline else "",
        settings={**judged_settings(settings), **baseline_facts(settings, commit, dirty=dirty)},
        instruments=tuple(instruments),
    )


def baseline_facts(settings: Settings, commit: str, *, dirty: bool) -> Mapping[str, str]:
    """What the baseline holds, whatever gate.toml calls it: signed and bounded like settings, though nobody sets it.

    `baseline.content` is a commit, or of a folder `sha256:` and the digest of its addons' listing; `baseline.same`
    whether the candidate at `commit` is that baseline, so that nothing could differ from it. Empty without a baseline.
    Raises SettingsError, AddonsError.
    """
    if settings.baseline is None:
        return {}
    content = baseline_commit(settings)
    same = content == commit and not dirty
    if not content:
        root = baseline_root(settings)
        listing = addons_listing([root / path for path in settings.baseline_paths], root)
        content = f"sha256:{hashlib.sha256(listing.encode()).hexdigest()}"
        same = root == settings.root.resolve()
    return {"baseline.content": json.dumps(content), "baseline.same": json.dumps(same)}


def configuration_listing(settings: Settings) -> bytes:
    """gate.toml and every file of the project that it names (contracts, odoo.conf, nginx.conf ...), by content.

    Lines as `sha256sum` prints them, paths relative to the project. Raises AddonsError when one cannot be read.
    """
    root = settings.root
    found: dict[str, Path] = {}
    for path in named_paths(settings):
        if path.is_file():
            found[path.relative_to(root).as_posix()] = path
        else:
            found |= {(path / name).relative_to(root).as_posix(): file for name, file in addons_files(path, root)}
    lines = (f"{file_digest(found[name])}  {name}\n" for name in sorted(found, key=str.encode))
    return "".join(lines).encode()


def revision(root: Path) -> tuple[str, bool]:
    """The commit of the checkout at `root`, and whether files below it differ; ("", False) where there is no commit.

    The gate's own runs in `.odoo-gate` do not count. Raises InfrastructureError when git does not open the repository.
    """
    repository = repository_of(root)
    commit = repository.head() if repository else ""
    if repository is None or not commit:
        return "", False
    status = repository.git("status", "--porcelain", "--", ".", ":(exclude).odoo-gate")
    return commit, bool(status.stdout.strip())


def authors_of(root: Path) -> frozenset[str]:
    """The addresses of who wrote and who committed what is checked out at `root`; none where there is no commit."""
    repository = repository_of(root)
    if repository is None or not repository.head():
        return frozenset()
    return frozenset(repository.git("log", "-1", "--format=%ae%n%ce").stdout.split("\n")) - {""}
