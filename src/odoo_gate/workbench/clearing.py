"""Takes a project's stack down, with everything that was kept for looking at it."""

from __future__ import annotations

import tempfile
from dataclasses import dataclass
from pathlib import Path

from odoo_gate.cache import cache_dir
from odoo_gate.model import Say
from odoo_gate.odoo.kept import forget_kept, kept_databases
from odoo_gate.odoo.testbed import open_store
from odoo_gate.settings import Settings
from odoo_gate.stack.run import Run, new_run_id
from odoo_gate.stack.standing import end_standing, forget_standing, is_up, standing_of


@dataclass(frozen=True, slots=True)
class Cleared:
    """What was taken away: whether a stack stood, and how many kept databases went with it."""

    stood: bool
    kept: int


def clear(settings: Settings, say: Say, *, spare_kept: bool = False) -> Cleared:
    """Take down the project's stack, and drop the databases kept of its failed checks unless they are spared.

    What a stack left whose process was killed is swept. Raises StackError, TemplateError.
    """
    cache, root = cache_dir(), settings.root
    standing = standing_of(cache, root)
    stood = standing is not None and is_up(cache, standing)
    if standing is not None:
        say(f"taking down {standing.holds} at {standing.url}")
        end_standing(cache, standing)
    kept = [] if spare_kept else kept_databases(root)
    if kept or (standing is not None and not stood):
        _drop_kept(settings, {each.key for each in kept}, say)
    if not spare_kept:
        list(forget_kept(root))
    forget_standing(cache, root)
    return Cleared(stood, len(kept))


def _drop_kept(settings: Settings, keys: set[str], say: Say) -> None:
    """Opening a run and its store sweeps what killed ones left."""
    with tempfile.TemporaryDirectory(prefix="odoo-gate-") as folder, Run(new_run_id(), Path(folder), say) as run:
        _, server, store = open_store(settings.stack.postgres_image, run, say)
        store.forget(keys, server)
