"""Puts a release's addons, as they are now, into a container that runs."""

from __future__ import annotations

from odoo_gate.stack.addons_source import OWN_ADDONS, AddonsSource
from odoo_gate.stack.archive import tar_stream
from odoo_gate.stack.client import engine_errors
from odoo_gate.stack.container import execute
from odoo_gate.stack.run import Run


def refresh_addons(run: Run, name: str, addons: AddonsSource) -> None:
    """Replace the own addons in the container `name` of `run`: what was deleted here is gone there.

    Nothing may be importing them meanwhile. Raises AddonsError, StackError.
    """
    with tar_stream(addons.upload()) as stream, engine_errors(f"putting the addons into {name}"):
        container = run.client.containers.get(f"odoo-gate-{run.id}-{name}")
        execute(container, "find", OWN_ADDONS, "-mindepth", "2", "-delete", user="root")
        container.put_archive("/", stream)
