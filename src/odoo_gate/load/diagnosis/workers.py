"""Odoo's processes as its log tells of them: who served, who was recycled or killed, what was tried again."""

from __future__ import annotations

import re
from collections.abc import Sequence

from odoo_gate.load.diagnosis.model import WorkerLife
from odoo_gate.load.request_log import retries

_ALIVE = re.compile(r"Worker WorkerHTTP \((?P<pid>\d+)\) alive")
_RECYCLED = re.compile(
    r"Worker \((?P<pid>\d+)\) (?P<why>CPU time limit|max request|virtual memory limit) \((?P<limit>[^)]*)\) reached"
)
_KILLED = re.compile(r"\S+ \((?P<pid>\d+)\) timeout after (?P<seconds>\S+)")
_EXHAUSTED = "maximum number of tries reached"


def http_workers(lines: Sequence[str]) -> frozenset[int]:
    """Process ids of every HTTP worker that the log saw start."""
    return frozenset(int(match["pid"]) for line in lines if (match := _ALIVE.search(line)))


def read_lives(before: frozenset[int], lines: Sequence[str]) -> WorkerLife:
    """What happened in `lines`, when the workers `before` were there at their begin."""
    started = http_workers(lines) - before
    recycled = tuple(f"{match['why']} {match['limit']}" for line in lines if (match := _RECYCLED.search(line)))
    killed = tuple(f"after {match['seconds']}" for line in lines if (match := _KILLED.search(line)))
    exhausted = sum(_EXHAUSTED in line for line in lines)
    return WorkerLife(before | started, len(started), recycled, killed, retries(lines), exhausted)
