"""git, asked about a checkout whose files must not choose what git does.

A folder of tracked files can be a bare repository (`HEAD`, `config`, `objects/`, `refs/`) whose `config` names programs
to run. Git refuses to track a `.git`, so only a folder that has one is a repository here, and git is told which it is.
That repository's own configuration is trusted: whoever made the checkout wrote it.
"""

from __future__ import annotations

import os
import shlex
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from odoo_gate.errors import InfrastructureError
from odoo_gate.process import Completed, run

_SAFE = (
    "--no-optional-locks",
    *("-c", "safe.bareRepository=explicit"),
    *("-c", "core.fsmonitor=false"),
    *("-c", f"core.hooksPath={os.devnull}"),  # a repository's may be a folder of the checkout, .husky for example
)
_CALLERS_OWN = (
    "GIT_ALLOW_PROTOCOL", "GIT_ASKPASS", "GIT_CONFIG_", "GIT_EXEC_PATH", "GIT_HTTP_", "GIT_PROXY_", "GIT_SSH",
    "GIT_SSL_", "GIT_TERMINAL_PROMPT",
)  # fmt: skip
"""How git is installed, configured and logs in. Every other GIT_… could name another repository, index or work tree."""


@dataclass(frozen=True, slots=True)
class Repository:
    """The repository that `folder` belongs to. Git runs in `folder`: what it takes and prints is relative to that."""

    folder: Path
    top: Path
    git_dir: Path

    def git(self, *arguments: str, check: bool = True, index: Path | None = None) -> Completed:
        """Run git, with another `index` than the checkout's own when given.

        Raises InfrastructureError when it is not installed or, with `check`, ends non-zero.
        """
        where = (f"--git-dir={self.git_dir}", f"--work-tree={self.top}")
        own = {"GIT_INDEX_FILE": str(index)} if index else {}
        done = run(["git", *_SAFE, *where, *arguments], cwd=self.folder, env=_environment() | own, check=False)
        if check and done.status != 0:
            raise self._failure(arguments, done)
        return done

    def head(self) -> str:
        """The full id of the commit that is checked out; empty before the first one. Raises InfrastructureError."""
        arguments = ("rev-parse", "--verify", "--quiet", "HEAD")
        done = self.git(*arguments, check=False)
        if done.status > 1:  # 1: there is none; what cannot be read is another matter
            raise self._failure(arguments, done)
        return done.stdout.strip()

    def commit(self, reference: str) -> str:
        """The full id of the commit that `reference` names; empty when git knows none by that name."""
        done = self.git("rev-parse", "--verify", "--quiet", f"{reference}^{{commit}}", check=False)
        return done.stdout.strip() if done.status == 0 else ""

    def _failure(self, arguments: Sequence[str], done: Completed) -> InfrastructureError:
        return InfrastructureError(
            f"git {arguments[0]} ended with status {done.status} in {self.folder}:\n{done.stderr.strip()}",
            hint=f"run it by hand: {shlex.join(['git', '-C', str(self.folder), *arguments])}",
        )


def top_of(folder: Path) -> Path | None:
    """The nearest folder from `folder` upwards that has a `.git`, links resolved."""
    real = folder.resolve()
    return next((each for each in (real, *real.parents) if os.path.lexists(each / ".git")), None)


def repository_of(folder: Path) -> Repository | None:
    """The repository that `folder` belongs to; None where no folder from it upwards has a `.git`.

    Raises InfrastructureError when there is one and git is not installed or does not open it.
    """
    top = top_of(folder)
    if top is None:
        return None
    # git looks for it by itself, as only then it minds whose it is (safe.directory), but not above `top`
    alone = _environment() | {"GIT_CEILING_DIRECTORIES": str(top.parent)}
    opened = run(["git", *_SAFE, "rev-parse", "--absolute-git-dir", "--show-toplevel"], cwd=top, env=alone, check=False)
    paths = [Path(line) for line in opened.stdout.splitlines()]
    if opened.status == 0 and len(paths) == 2 and paths[1].samefile(top):
        return Repository(folder.resolve(), top, paths[0])
    raise _does_not_open(top, opened.stderr)


def _does_not_open(top: Path, said: str) -> InfrastructureError:
    if "safe.directory" in said:
        return InfrastructureError(
            f"git does not open {top}: it belongs to another user (dubious ownership)",
            hint=f"run as the user who made the checkout, or: git config --global --add safe.directory {top}",
        )
    return InfrastructureError(
        f"git does not open the repository of {top}: {said.strip() or 'its work tree is another folder'}",
        hint=f"`git -C {top} status` must work; repair {top / '.git'}, or remove it where there is no repository",
    )


def _environment() -> dict[str, str]:
    kept = {k: v for k, v in os.environ.items() if not k.startswith("GIT_") or k.startswith(_CALLERS_OWN)}
    return kept | {"LC_ALL": "C"}  # what it says is read
