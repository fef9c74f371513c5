"""The system that Odoo calls: a real HTTP server in the run's network that records, and answers as it is told."""

from __future__ import annotations

import base64
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any, Literal

from odoo_gate.stack.programs import Control, Program, start_program
from odoo_gate.stack.run import Run

_PORT = 8080


@dataclass(frozen=True, slots=True)
class HttpAnswer:
    """One answer of the counterpart.

    `manner` is `half` when the body breaks off in the middle, `reset` when the connection is reset instead of an
    answer; `commits` says whether the counterpart has done what it was asked, whatever it answers.
    """

    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)
    body: str = ""
    manner: Literal["whole", "half", "reset"] = "whole"
    commits: bool = False

    def plain(self) -> dict[str, Any]:
        return {**asdict(self), "headers": dict(self.headers)}


@dataclass(frozen=True, slots=True)
class Heard:
    """One request as it came. `status`, `manner` and `commits` are of the answer it got; `time` is POSIX."""

    number: int
    method: str
    path: str
    query: str
    headers: tuple[tuple[str, str], ...]
    body: bytes
    time: float
    status: int
    manner: str
    commits: bool

    @classmethod
    def from_json(cls, plain: Mapping[str, Any]) -> Heard:
        answered = plain["answered"]
        return cls(
            number=int(plain["number"]),
            method=str(plain["method"]),
            path=str(plain["path"]),
            query=str(plain["query"]),
            headers=tuple((str(name), str(value)) for name, value in plain["headers"]),
            body=base64.b64decode(plain["body"]),
            time=float(plain["time"]),
            status=int(answered["status"]),
            manner=str(answered["manner"]),
            commits=bool(answered["commits"]),
        )

    def header(self, name: str) -> str:
        """The first value of a header, whatever its case; empty when it was not sent."""
        return next((value for key, value in self.headers if key.lower() == name.lower()), "")


@dataclass(frozen=True, slots=True)
class Counterpart:
    """A running counterpart. `upstream` is its `host:port` in the run's network."""

    program: Program
    upstream: str

    @property
    def control(self) -> Control:
        return self.program.control

    def plan(self, then: HttpAnswer, answers: Sequence[HttpAnswer] = ()) -> None:
        """The next requests get `answers`, one each; all that follow get `then`."""
        self.control.ask("POST", "/plan", {"answers": [each.plain() for each in answers], "then": then.plain()})

    def heard(self) -> tuple[Heard, ...]:
        """What came since the last reset, in order."""
        return tuple(Heard.from_json(plain) for plain in self.control.ask("GET", "/requests"))

    def reset(self) -> None:
        """Forget what came and what was planned."""
        self.control.ask("POST", "/reset", {})


def start_counterpart(run: Run, image: str, *, name: str = "counterpart") -> Counterpart:
    """Start one under the host name `name`. Raises StackError."""
    program = start_program(run, image, "counterpart", {"port": _PORT}, name=name, ports=(), ready="/requests")
    return Counterpart(program, f"{name}:{_PORT}")
