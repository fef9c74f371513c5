"""Faults on the way between containers: a TCP proxy beside the stack, directed in Toxiproxy's vocabulary."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from odoo_gate.stack.container import RunningContainer
from odoo_gate.stack.programs import Control, Program, start_program
from odoo_gate.stack.run import Run

Stream = Literal["upstream", "downstream"]
ToxicType = Literal["latency", "bandwidth", "slicer", "limit_data", "timeout", "reset_peer"]

_FIRST_PORT = 20001


@dataclass(frozen=True, slots=True)
class Toxic:
    """What is done to the bytes of one direction.

    latency: `latency`, `jitter` in ms · bandwidth: `rate` in KB/s · slicer: `average_size`, `size_variation` in bytes,
    `delay` in µs between the slices · limit_data: closes after `bytes` · timeout: nothing gets through, closed after
    `timeout` ms (0: when the toxic is removed) · reset_peer: `timeout` ms after the first data, a TCP reset.
    """

    type: ToxicType
    stream: Stream = "downstream"
    attributes: Mapping[str, float] = field(default_factory=dict)

    def plain(self) -> dict[str, Any]:
        return {"type": self.type, "stream": self.stream, "attributes": dict(self.attributes), "name": self.type}


@dataclass(frozen=True, slots=True)
class FaultProxy:
    """A running proxy, with a port for each server it leads to."""

    program: Program
    ports: Mapping[str, int]

    @property
    def control(self) -> Control:
        return self.program.control

    @property
    def container(self) -> RunningContainer:
        return self.program.container

    def inside(self, name: str) -> str:
        """`host:port` that leads to the server `name`, for containers of the run."""
        return f"{self.container.name}:{self.ports[name]}"

    def outside(self, name: str) -> tuple[str, int]:
        """The same for this machine: (host, port)."""
        return self.container.address(self.ports[name])

    def add(self, name: str, toxic: Toxic) -> None:
        """From now on `toxic` meets all data on the way to `name` and back. Raises StackError."""
        self.control.ask("POST", f"/proxies/{name}/toxics", toxic.plain())

    def remove(self, name: str, kind: ToxicType) -> None:
        """Raises StackError when no such toxic is there."""
        self.control.ask("DELETE", f"/proxies/{name}/toxics/{kind}")

    def struck(self, name: str) -> Mapping[str, int]:
        """How many pieces of data each toxic on the way to `name` has met."""
        toxics = self.control.ask("GET", "/proxies")[name]["toxics"]
        return {str(toxic["name"]): int(toxic["struck"]) for toxic in toxics}

    def down(self, name: str) -> None:
        """Connections to `name` are refused, and those that stand are reset, until `up` or `reset`."""
        self.control.ask("POST", f"/proxies/{name}", {"enabled": False})

    def up(self, name: str) -> None:
        self.control.ask("POST", f"/proxies/{name}", {"enabled": True})

    def reset(self) -> None:
        """No faults any more."""
        self.control.ask("POST", "/reset", {})


def start_fault_proxy(
    run: Run,
    image: str,
    upstreams: Mapping[str, str],
    *,
    listen: Mapping[str, int] | None = None,
    name: str = "faults",
) -> FaultProxy:
    """Start one that leads to `upstreams`, `host:port` in the run's network by name. Raises StackError.

    `listen` gives some of them a port of its own, such as PostgreSQL's. `image` only has to bring Python 3.9 or later.
    """
    ports = {upstream: _FIRST_PORT + number for number, upstream in enumerate(sorted(upstreams))} | dict(listen or {})
    proxies = {key: {"listen": port, "upstream": upstreams[key]} for key, port in ports.items()}
    settings = {"proxies": proxies}
    program = start_program(
        run, image, "fault_proxy", settings, name=name, ports=tuple(ports.values()), ready="/proxies"
    )
    return FaultProxy(program, ports)
