"""The files of the baseline: a folder as it is, or a commit checked out beside the project."""

from __future__ import annotations

import hashlib
import os
import shutil
import tempfile
from pathlib import Path

from odoo_gate.cache import cache_dir
from odoo_gate.errors import AddonsError, SettingsError
from odoo_gate.process import Completed, run
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
    prefix = _git(settings.root, "rev-parse", "--show-prefix").stdout.strip()
    _refuse_submodules(settings, commit, prefix)
    name = hashlib.sha256(f"{commit}\0{prefix}".encode()).hexdigest()[:16]
    folder = cache_dir() / "baselines" / f"{commit[:12]}-{name}"
    if not folder.is_dir():
        _extract(settings.root, f"{commit}:{prefix}", folder)
    return folder


def baseline_commit(settings: Settings) -> str:
    """The commit (40 hex digits) that `baseline.git` names, empty when the baseline is a folder.

    Raises SettingsError when git does not know it.
    """
    if settings.baseline is None or not settings.baseline.git:
        return ""
    reference = settings.baseline.git
    answer = run(["git", "rev-parse", "--verify", "--quiet", f"{reference}^{{commit}}"], cwd=settings.root, check=False)
    if answer.status == 0:
        return answer.stdout.strip()
    if run(["git", "rev-parse", "--git-dir"], cwd=settings.root, check=False).status != 0:
        raise SettingsError(
            f"{settings.source('baseline.git')}: baseline.git is {reference!r}, "
            f"but {settings.root} is not in a git repository",
            hint="use baseline.path",
        )
    raise SettingsError(
        f"{settings.source('baseline.git')}: baseline.git names {reference!r}, which git does not know here",
        hint="fetch it (git fetch --tags; in CI also --unshallow), or correct baseline.git",
    )


def _refuse_submodules(settings: Settings, commit: str, prefix: str) -> None:
    listed = _git(settings.root, "ls-tree", "-r", "-z", "--full-tree", commit).stdout.split("\0")
    paths = [f"{prefix}{path}" for path in settings.baseline_paths]
    for entry in listed:
        facts, _, name = entry.partition("\t")
        inside = any(name == path or name.startswith(f"{path}/") or path == f"{prefix}." for path in paths)
        if facts.startswith("160000") and inside:
            raise AddonsError(
                f"the baseline's {name} is a git submodule, whose content the commit does not hold",
                hint="check the baseline out with its submodules and use baseline.path",
            )


def _extract(project: Path, tree: str, folder: Path) -> None:
    """Check the tree out as git would, beside the work tree: nothing of the project's own state is touched.

    Not `git archive`: that leaves out what .gitattributes marks `export-ignore`, and a checkout does not.
    """
    folder.parent.mkdir(parents=True, exist_ok=True)
    top = Path(_git(project, "rev-parse", "--show-toplevel").stdout.strip())
    draft = Path(tempfile.mkdtemp(prefix=f".{folder.name}.", dir=folder.parent))
    try:
        index = draft / "index"
        env = {**os.environ, "GIT_INDEX_FILE": str(index)}
        run(["git", "read-tree", tree], cwd=top, env=env)
        run(["git", "checkout-index", "--all", f"--prefix={draft / 'tree'}/"], cwd=top, env=env)
        (draft / "tree").mkdir(exist_ok=True)
        try:
            (draft / "tree").rename(folder)
        except OSError:
            if not folder.is_dir():  # else another run extracted the same commit meanwhile
                raise
    finally:
        shutil.rmtree(draft)


def _git(cwd: Path, *arguments: str) -> Completed:
    return run(["git", *arguments], cwd=cwd)
