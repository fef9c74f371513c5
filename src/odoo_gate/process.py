"""The one way this package starts another program: exit status always looked at."""

from __future__ import annotations

import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from odoo_gate.errors import InfrastructureError

_TAIL_LINES = 15


@dataclass(frozen=True, slots=True)
class Completed:
    """A program that ended: its exit status and what it printed."""

    status: int
    stdout: str
    stderr: str


def run(
    argv: Sequence[str],
    *,
    cwd: Path | None = None,
    env: Mapping[str, str] | None = None,
    stdin: str | None = None,
    timeout: float | None = None,
    check: bool = True,
) -> Completed:
    """Run `argv` to its end; `timeout` in seconds, `env` replaces the environment when given.

    Raises InfrastructureError when the program is missing, takes too long or, with `check`, ends non-zero.
    """
    try:
        done = subprocess.run(
            list(argv),
            cwd=cwd,
            env=None if env is None else dict(env),
            input=stdin,
            timeout=timeout,
            capture_output=True,
            text=True,
            errors="replace",
            check=False,
        )
    except FileNotFoundError as error:
        raise InfrastructureError(f"{argv[0]} is not installed", hint=f"install {argv[0]}") from error
    except subprocess.TimeoutExpired as error:
        raise InfrastructureError(
            f"{argv[0]} did not end within {timeout:g} s", hint=f"run it by hand: {' '.join(argv)}"
        ) from error
    if check and done.returncode != 0:
        tail = "\n".join((done.stderr or done.stdout).splitlines()[-_TAIL_LINES:])
        raise InfrastructureError(
            f"{' '.join(argv[:3])} ended with status {done.returncode}:\n{tail}",
            hint=f"run it by hand: {' '.join(argv)}",
        )
    return Completed(done.returncode, done.stdout, done.stderr)
