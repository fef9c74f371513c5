"""Databases that failed checks worked on, kept for a person to look at.

A clone is dropped when its block ends, often before anybody knows how the check ended. Whoever keeps clones therefore
holds back what a check closes until that check is over. What is kept becomes a template of the store: it takes no
server with it, survives the run, is cloned like any other, and is pruned by age and size when it is forgotten.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass, field
from pathlib import Path

from odoo_gate.errors import InfrastructureError, UsageError
from odoo_gate.model import Say, silent
from odoo_gate.odoo.agent_client import Agent
from odoo_gate.odoo.store import Clone, Store

MOST_KEPT = 5
"""Databases one process keeps: a release in which everything fails would fill the disk."""

_FOLDER = ".odoo-gate/kept"


@dataclass(frozen=True, slots=True)
class FailedCheck:
    """A check, or a test, that did not pass: its id, and what it was asked of."""

    check: str
    target: str = ""

    def __str__(self) -> str:
        return f"{self.check} of {self.target}" if self.target else self.check


@dataclass(frozen=True, slots=True)
class KeptDatabase:
    """A database that stays. `key` is its template's, `release` the one it was made for, `run` the run's folder."""

    key: str
    release: str
    run: str
    failed: tuple[FailedCheck, ...]

    def concerns(self, name: str) -> bool:
        """Whether `name` is the id of one of its checks, or the target of one."""
        return any(name in (each.check, each.target) for each in self.failed)


@dataclass
class _Open:
    release: str
    agent: Agent
    failed: list[FailedCheck] = field(default_factory=list)


class Keeping:
    """What one process of a run keeps. Told of every clone that opens and closes, and of every check that fails."""

    def __init__(self, root: Path, run: str, say: Say = silent) -> None:
        self._folder = root / _FOLDER
        self._run = run
        self._say = say
        self._open: dict[str, _Open] = {}
        self._held_back: dict[str, Callable[[], None]] = {}
        self._kept = 0
        self._busy = False

    def check_started(self) -> None:
        """A check runs from here on: what it closes is held back until it has ended."""
        self._busy = True

    def check_failed(self, failed: FailedCheck) -> bool:
        """Mark every database that is open, or was closed by this very check; whether one is kept for it."""
        for clone in self._open.values():
            if failed not in clone.failed:
                clone.failed.append(failed)
        return bool(self._open) and self._kept < MOST_KEPT

    def check_ended(self) -> None:
        """Keep or drop what was held back."""
        self._busy = False
        while self._held_back:
            _, end = self._held_back.popitem()
            end()

    def opened(self, clone: Clone, release: str, agent: Agent) -> None:
        self._open[clone.database] = _Open(release, agent)

    def closed(self, clone: Clone, store: Store) -> None:
        """Drop the clone, or keep it: now, or when the running check is over. Raises TemplateError, AgentError."""

        def end() -> None:
            self._settle(clone, store)

        if self._busy:
            self._held_back[clone.database] = end
        else:
            end()

    def _settle(self, clone: Clone, store: Store) -> None:
        found = self._open.pop(clone.database)
        if not found.failed or self._is_full(found):
            store.drop(clone, found.agent)
            return
        template = store.keep(clone, f"kept for {found.failed[0]}", found.agent)
        if template is None:  # the check itself dropped it
            return
        self._kept += 1
        self._write(KeptDatabase(template.key, found.release, self._run, tuple(found.failed)))

    def _is_full(self, clone: _Open) -> bool:
        if self._kept < MOST_KEPT:
            return False
        self._say(f"the database of {clone.failed[0]} is not kept: {MOST_KEPT} are already")
        return True

    def _write(self, kept: KeptDatabase) -> None:
        self._folder.mkdir(parents=True, exist_ok=True)
        (self._folder / f"{kept.key}.json").write_text(json.dumps(asdict(kept), indent=1) + "\n", "utf-8")


def kept_databases(root: Path) -> list[KeptDatabase]:
    """What is kept for the project at `root`, the newest first. Raises InfrastructureError."""
    files = sorted((root / _FOLDER).glob("*.json"), key=lambda path: path.stat().st_mtime, reverse=True)
    return [_read(path) for path in files]


def kept_for(root: Path, name: str) -> KeptDatabase:
    """The newest database kept for the check, or the target, `name`. Raises UsageError when there is none."""
    kept = kept_databases(root)
    found = next((each for each in kept if each.concerns(name)), None)
    if found is None:
        known = sorted({failed.check for each in kept for failed in each.failed})
        have = f"there are some for {', '.join(known)}" if known else "none is kept at all"
        family = name.partition(".")[0]
        raise UsageError(
            f"no database is kept for {name}: {have}",
            hint=f"odoo-gate run --keep-stack --only {family}, and look again",
        )
    return found


def forget_kept(root: Path) -> Iterator[str]:
    """Strike every kept database off the project's list; yields the keys of their templates."""
    for kept in kept_databases(root):
        (root / _FOLDER / f"{kept.key}.json").unlink(missing_ok=True)
        yield kept.key


def _read(path: Path) -> KeptDatabase:
    try:
        plain = json.loads(path.read_text("utf-8"))
        return KeptDatabase(**{**plain, "failed": tuple(FailedCheck(**each) for each in plain["failed"])})
    except (OSError, ValueError, TypeError, KeyError) as error:
        raise InfrastructureError(f"{path} cannot be read: {error}", hint=f"delete {path}") from error
