"""Whether the commit holds what the gate leaves out: then every checkout of it runs what was never judged."""

from __future__ import annotations

import shlex
from collections.abc import Iterable, Sequence
from pathlib import Path, PurePosixPath

from odoo_gate.addons.files import left_out
from odoo_gate.errors import AddonsError
from odoo_gate.git import repository_of, top_of

_NAMED = 3


def refuse_tracked(roots: Sequence[Path], root: Path) -> None:
    """Raise AddonsError when git tracks byte code or version control below the addons paths.

    What git does not track is this machine's own, and no matter. Raises InfrastructureError when git does not answer.
    """
    by_top: dict[Path, set[str]] = {}
    for path in (each for folder in roots for each in left_out(folder, root)):
        real = path.parent.resolve() / path.name
        top = top_of(real.parent) if path.name != ".git" else None  # which git refuses to track
        if top is not None:
            by_top.setdefault(top, set()).add(real.relative_to(top).as_posix())
    for top, names in by_top.items():
        _refuse(top, sorted(names & _tracked(top)))


def _tracked(top: Path) -> frozenset[str]:
    """Every file that git tracks in the repository of `top`, and the folders they lie in."""
    repository = repository_of(top)
    names: Iterable[str] = repository.git("ls-files", "-z").stdout.split("\0") if repository else ()
    return frozenset(str(each) for name in names for each in (PurePosixPath(name), *PurePosixPath(name).parents))


def _refuse(top: Path, names: Sequence[str]) -> None:
    if names:
        more = f" and {len(names) - _NAMED} more" if len(names) > _NAMED else ""
        remove = shlex.join(["git", "-C", str(top), "rm", "-r", "--cached", *names[:_NAMED]])
        raise AddonsError(
            f"git tracks {', '.join(names[:_NAMED])}{more}: byte code and version control are neither tested "
            "nor signed, and Python runs byte code in place of its source",
            hint=f"remove it from the commit: {remove}",
        )
