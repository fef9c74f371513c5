"""Starts the process that holds a stack, follows what it says until the stack stands, and lets it be."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from shutil import rmtree
from typing import Any, BinaryIO

from odoo_gate.cache import cache_dir
from odoo_gate.errors import ExitCode, GateError, StackError
from odoo_gate.model import Say
from odoo_gate.stack.interrupts import termination_as_interrupt
from odoo_gate.stack.standing import KEEPER_LOG, Standing, standing_of
from odoo_gate.workbench.request import Request

_LOOK_EVERY = 0.2
_FOLDERS_KEPT = 3
_PATIENCE = 180
"""Seconds that an interrupted start may take to remove what it started."""


def bring_up(request: Request, say: Say) -> Standing:
    """Bring a stack up and return once it stands; nothing stays of one that does not.

    Raises what its process ended with; KeyboardInterrupt, once all is removed, when a person interrupts.
    """
    folder = _new_folder(Path(request.root) / ".odoo-gate" / "up")
    log = folder / KEEPER_LOG
    with termination_as_interrupt(), log.open("wb") as written:
        process = subprocess.Popen(
            [sys.executable, "-m", "odoo_gate.workbench", replace(request, folder=str(folder)).to_json()],
            stdin=subprocess.DEVNULL,
            stdout=written,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
        try:
            _follow(process, log, say)
        except BaseException:
            _end(process)
            raise
    standing = standing_of(cache_dir(), Path(request.root))
    if standing is None:
        raise StackError("the stack went down as soon as it was up", hint=f"read {log}")
    return standing


def _new_folder(parent: Path) -> Path:
    """A new folder, after all but the newest of the earlier ones are gone."""
    parent.mkdir(parents=True, exist_ok=True)
    for stale in sorted(parent.iterdir(), reverse=True)[_FOLDERS_KEPT - 1 :]:
        rmtree(stale)
    folder = parent / datetime.now(UTC).strftime("%Y%m%dT%H%M%S.%fZ")
    folder.mkdir()
    return folder


def _follow(process: subprocess.Popen[bytes], log: Path, say: Say) -> None:
    with log.open("rb") as lines:
        while True:
            ended = process.poll() is not None  # before reading: what it said last is there by then
            for message in _messages(lines):
                if "ready" in message:
                    return
                if "error" in message:
                    raise _error(message)
                say(str(message["say"]))
            if ended:
                raise StackError(
                    f"the process that holds the stack ended with status {process.returncode}", hint=f"read {log}"
                )
            time.sleep(_LOOK_EVERY)


def _messages(lines: BinaryIO) -> Iterator[dict[str, Any]]:
    """The whole lines there are; what is no message, such as a traceback, is said as it is."""
    while True:
        start = lines.tell()
        line = lines.readline()
        if not line.endswith(b"\n"):
            lines.seek(start)
            return
        try:
            message = json.loads(line)
        except ValueError:
            message = line.decode(errors="replace").rstrip()
        yield message if isinstance(message, dict) else {"say": str(message)}


def _error(message: dict[str, Any]) -> GateError:
    error = GateError(str(message["error"]), hint=str(message["hint"]))
    statuses = {int(code) for code in ExitCode}
    error.exit_code = ExitCode(message["status"]) if message["status"] in statuses else ExitCode.INFRASTRUCTURE
    return error


def _end(process: subprocess.Popen[bytes]) -> None:
    """Have it remove what it started, and wait for that."""
    with contextlib.suppress(ProcessLookupError):
        os.kill(process.pid, signal.SIGTERM)
    try:
        process.wait(_PATIENCE)
    except subprocess.TimeoutExpired as error:
        raise StackError(
            f"the process {process.pid} still removes what it started", hint="`docker ps` shows what is left"
        ) from error
