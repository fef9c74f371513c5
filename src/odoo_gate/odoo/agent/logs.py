"""Log records as data: what Odoo said while something ran."""

from __future__ import annotations

import logging
import traceback
from typing import Any, Callable, Dict, List, Optional

Line = Dict[str, Any]

MOST_LINES = 2000
"""Kept lines below WARNING; warnings and errors are always kept."""


def line_of(record: logging.LogRecord) -> Line:
    """One log record as JSON: level, logger, message, file, line, and the traceback when there is one."""
    try:
        message = record.getMessage()
    except (TypeError, ValueError):
        message = str(record.msg)
    trace = ""
    if record.exc_info and record.exc_info[0] is not None:
        trace = "".join(traceback.format_exception(*record.exc_info))
    elif record.name == "py.warnings":  # Odoo appends the stack, which differs from one caller to the next
        message, _, trace = message.partition("\n")
    return {
        "level": record.levelname,
        "levelno": record.levelno,
        "logger": record.name,
        "message": message,
        "file": record.pathname,
        "line": record.lineno,
        "time": record.created,
        "traceback": trace,
    }


class Recorder(logging.Handler):
    """Keeps what reaches the root logger from `level` up: what would stand in Odoo's log file."""

    def __init__(self, level: int, watch: Optional[Callable[[logging.LogRecord], None]] = None) -> None:
        super().__init__(level)
        self._lines: List[Line] = []
        self._quiet = 0
        self._watch = watch

    def emit(self, record: logging.LogRecord) -> None:
        if self._watch is not None:
            self._watch(record)
        if record.levelno < logging.WARNING:
            if self._quiet >= MOST_LINES:
                return
            self._quiet += 1
        self._lines.append(line_of(record))

    def take(self) -> List[Line]:
        """Everything since the last call."""
        lines, self._lines, self._quiet = self._lines, [], 0
        return lines

    def __enter__(self) -> Recorder:
        logging.getLogger().addHandler(self)
        return self

    def __exit__(self, *_: object) -> None:
        logging.getLogger().removeHandler(self)


def from_level(lines: List[Line], level: int) -> List[Line]:
    """The lines at `level` or above."""
    return [line for line in lines if line["levelno"] >= level]
