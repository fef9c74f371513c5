"""What can happen to a whole container: killed, stopped, started again, by us or by a supervisor."""

from __future__ import annotations

from odoo_gate.stack.client import engine_errors
from odoo_gate.stack.container import RunningContainer

_PATIENCE = 30
"""Seconds a container may take to end by itself before the engine kills it."""


def kill_container(container: RunningContainer) -> None:
    """SIGKILL to everything in it, as a lost machine or the kernel's OOM killer does it. Raises StackError."""
    with engine_errors(f"killing {container.name}"):
        container.docker.kill()


def stop_container(container: RunningContainer, patience: int = _PATIENCE) -> None:
    """End it with its own stop signal; killed after `patience` seconds. Raises StackError."""
    with engine_errors(f"stopping {container.name}"):
        container.docker.stop(timeout=patience)


def start_container(container: RunningContainer) -> None:
    """Start it again as it was, on the same files. Ports that were not fixed are new ones. Raises StackError."""
    with engine_errors(f"starting {container.name} again"):
        container.docker.start()


def supervise(container: RunningContainer) -> None:
    """From now on start it again whenever it ends by itself, as systemd or the engine does in production.

    What `kill_container` and `stop_container` ended stays down. Raises StackError.
    """
    with engine_errors(f"supervising {container.name}"):
        container.docker.update(restart_policy={"Name": "always"})


def times_restarted(container: RunningContainer) -> int:
    """How often its supervisor had to start it again since it was started by hand. Raises StackError."""
    with engine_errors(f"asking for the restarts of {container.name}"):
        container.docker.reload()
        return int(container.docker.attrs["RestartCount"])
