"""The files of the baseline: a folder as it is, or a commit checked out beside the project."""

from __future__ import annotations

import hashlib
import shutil
import tempfile
from dataclasses import replace
from pathlib import Path

from odoo_gate.cache import cache_dir
from odoo_gate.errors import AddonsError, SettingsError
from odoo_gate.git import Repository, repository_of
from odoo_gate.settings import Settings


def baseline_root(settings: Settings) -> Path:
    """The root folder of the baseline's files; a commit is extracted once and kept in the cache folder.

    Raises SettingsError when there is no baseline or git does not know the reference, AddonsError when the
    commit holds submodules below the addons paths (their content is not in it).
    """
    if settings.baseline is None:
        raise SettingsError("gate.toml has no [baseline]", hint='add one, for example git = "<last release\'s tag>"')
    if settings.baseline.path:
        return settings.resolve(settings.baseline.path).resolve()
    commit = baseline_commit(settings)
    repository = _repository(settings)
    prefix = repository.git("rev-parse", "--show-prefix").stdout.strip()
    _refuse_submodules(settings, repository, commit, prefix)
    name = hashlib.sha256(f"{commit}\0{prefix}".encode()).hexdigest()[:16]
    folder = cache_dir() / "baselines" / f"{commit[:12]}-{name}"
    if not folder.is_dir():
        _extract(repository, f"{commit}:{prefix}", folder)
    return folder


def baseline_commit(settings: Settings) -> str:
    """The commit (40 hex digits) that `baseline.git` names, empty when the baseline is a folder.

    Raises SettingsError when git does not know it.
    """
    if settings.baseline is None or not settings.baseline.git:
        return ""
    reference = settings.baseline.git
    if commit := _repository(settings).commit(reference):
        return commit
    raise SettingsError(
        f"{settings.source('baseline.git')}: baseline.git names {reference!r}, which git does not know here",
        hint="fetch it (git fetch --tags; in CI also --unshallow), or correct baseline.git",
    )


def _repository(settings: Settings) -> Repository:
    repository = repository_of(settings.root)
    if repository is None:
        reference = settings.baseline.git if settings.baseline else ""
        raise SettingsError(
            f"{settings.source('baseline.git')}: baseline.git is {reference!r}, "
            f"but {settings.root} is not in a git repository",
            hint="use baseline.path",
        )
    return repository


def _refuse_submodules(settings: Settings, repository: Repository, commit: str, prefix: str) -> None:
    listed = repository.git("ls-tree", "-r", "-z", "--full-tree", commit).stdout.split("\0")
    paths = [f"{prefix}{path}" for path in settings.baseline_paths]
    for entry in listed:
        facts, _, name = entry.partition("\t")
        inside = any(name == path or name.startswith(f"{path}/") or path == f"{prefix}." for path in paths)
        if facts.startswith("160000") and inside:
            raise AddonsError(
                f"the baseline's {name} is a git submodule, whose content the commit does not hold",
                hint="check the baseline out with its submodules and use baseline.path",
            )


def _extract(repository: Repository, tree: str, folder: Path) -> None:
    """Check the tree out as git would, beside the work tree: nothing of the project's own state is touched.

    Not `git archive`: that leaves out what .gitattributes marks `export-ignore`, and a checkout does not.
    """
    folder.parent.mkdir(parents=True, exist_ok=True)
    whole = replace(repository, folder=repository.top)
    draft = Path(tempfile.mkdtemp(prefix=f".{folder.name}.", dir=folder.parent))
    try:
        index = draft / "index"
        whole.git("read-tree", tree, index=index)
        whole.git("checkout-index", "--all", f"--prefix={draft / 'tree'}/", index=index)
        (draft / "tree").mkdir(exist_ok=True)
        try:
            (draft / "tree").rename(folder)
        except OSError:
            if not folder.is_dir():  # else another run extracted the same commit meanwhile
                raise
    finally:
        shutil.rmtree(draft)
