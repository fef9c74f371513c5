"""The stacks that stand until somebody takes them down: who holds them, and where they are reached.

Each is held by a process of its own, which is a run like any other (see liveness.py): while it lives nobody sweeps what
it started, and when it ends, in whatever way, all of it goes. What is written here says only how to find that process.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import shutil
import signal
import sys
import time
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from odoo_gate.errors import InfrastructureError, StackError
from odoo_gate.stack.liveness import is_alive
from odoo_gate.stack.locks import FileLock

_LOOK_EVERY = 0.2


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody who can log in."""

    role: str
    login: str
    password: str


@dataclass(frozen=True, slots=True)
class Standing:
    """A stack that stands. `holds` says in words what its database is; `container` is Odoo's, for `docker exec`."""

    root: str
    run: str
    pid: int
    release: str
    holds: str
    url: str
    websocket_url: str
    database: str
    dsn: str
    container: str
    conf: str
    folder: str
    people: tuple[Person, ...]
    started: float


def write_standing(cache: Path, standing: Standing) -> None:
    """Let others find it. Readable by its owner alone: it holds passwords."""
    path = _file(cache, Path(standing.root))
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    part = path.with_suffix(".part")
    part.touch(mode=0o600)
    part.write_text(json.dumps(asdict(standing), indent=1) + "\n", "utf-8")
    part.replace(path)


def forget_standing(cache: Path, root: Path) -> None:
    _file(cache, root).unlink(missing_ok=True)


def standing_lock(cache: Path, root: Path) -> FileLock:
    """What the process that holds the stack of the project at `root` holds, from before it starts anything."""
    return FileLock(_file(cache, root).with_suffix(".lock"))


def standing_of(cache: Path, root: Path) -> Standing | None:
    """The stack of the project at `root`, dead or alive; None when there is none. Raises InfrastructureError."""
    path = _file(cache, root)
    return _read(path) if path.exists() else None


def standings(cache: Path) -> Iterator[Standing]:
    """Every stack on this machine that its owner brought up and not down. Raises InfrastructureError."""
    for path in sorted((cache / "standing").glob("*.json")):
        yield _read(path)


def is_up(cache: Path, standing: Standing) -> bool:
    """Whether the process that holds it lives."""
    return is_alive(cache, standing.run)


def end_standing(cache: Path, standing: Standing, *, timeout: float = 180.0) -> None:
    """Have its process take everything down, and wait for that at most `timeout` seconds. Raises StackError."""
    deadline = time.monotonic() + timeout
    if is_up(cache, standing):
        with contextlib.suppress(ProcessLookupError):
            os.kill(standing.pid, signal.SIGTERM)
    while is_up(cache, standing):
        if time.monotonic() > deadline:
            raise StackError(
                f"the process {standing.pid} did not take its stack down within {timeout:g} s",
                hint=f"read {standing.folder}/{KEEPER_LOG}, or end the process; the next run sweeps what it leaves",
            )
        time.sleep(_LOOK_EVERY)


KEEPER_LOG = "keeper.jsonl"
"""The file of its folder in which a stack's process says what it does."""


def shell_command(standing: Standing, arguments: Sequence[str]) -> list[str]:
    """What starts an Odoo shell on the stack's database. Raises StackError without the `docker` program."""
    odoo = ("odoo", "shell", "-c", standing.conf, "-d", standing.database, "--no-http")
    return [*_exec(standing), *odoo, *arguments]


def psql_command(standing: Standing, arguments: Sequence[str]) -> list[str]:
    """What starts psql, the image's own, on the stack's database. Raises StackError without the `docker` program."""
    script = 'PGPASSWORD="$PASSWORD" exec psql -h "$HOST" -p "$PORT" -U "$USER" "$@"'
    return [*_exec(standing), "sh", "-c", script, "psql", "-d", standing.database, *arguments]


def _exec(standing: Standing) -> list[str]:
    program = shutil.which("docker")
    if program is None:
        raise StackError(
            "a shell needs the `docker` program, and it is not on the PATH",
            hint=f"install Docker's command line, or connect to {standing.dsn} with a program of yours",
        )
    terminal = ("-it",) if sys.stdin.isatty() and sys.stdout.isatty() else ("-i",)
    return [program, "exec", *terminal, standing.container]


def _file(cache: Path, root: Path) -> Path:
    return cache / "standing" / f"{hashlib.sha256(str(root).encode()).hexdigest()[:16]}.json"


def _read(path: Path) -> Standing:
    try:
        plain = json.loads(path.read_text("utf-8"))
        return Standing(**{**plain, "people": tuple(Person(**each) for each in plain["people"])})
    except (OSError, ValueError, TypeError, KeyError) as error:
        raise InfrastructureError(
            f"{path}, which describes a stack, cannot be read: {error}", hint=f"delete {path}; the next run sweeps"
        ) from error
