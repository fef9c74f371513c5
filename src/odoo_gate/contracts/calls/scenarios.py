"""What is played with one interaction: once as agreed, once for every fault."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

from odoo_gate.contracts.calls.pacts import Interaction
from odoo_gate.settings.contracts import CallContract
from odoo_gate.stack.counterpart import HttpAnswer
from odoo_gate.stack.fault_proxy import Toxic

_LATE_MS = 1000
_TOXICS: Mapping[str, tuple[Toxic, ...]] = {
    "latency": (Toxic("latency", attributes={"latency": _LATE_MS}),),
    "timeout": (Toxic("timeout"),),
    "slicer": (Toxic("slicer", attributes={"average_size": 16, "size_variation": 8, "delay": 5000}),),
    "limit-data": (Toxic("limit_data", attributes={"bytes": 20}),),
    "reset-peer": (Toxic("reset_peer", "upstream"),),
}
_RETRY_AFTER = {"Retry-After": "1"}
_MISBEHAVIOUR: Mapping[str, HttpAnswer] = {
    "status-429": HttpAnswer(429, _RETRY_AFTER),
    "status-500": HttpAnswer(500),
    "status-503": HttpAnswer(503, _RETRY_AFTER),
    "refused": HttpAnswer(422, {"Content-Type": "application/json"}, '{"error": "refused"}'),
    "reset-after-commit": HttpAnswer(manner="reset", commits=True),
}
_DOWN = "down"
_HALF = "half-answer"
AS_AGREED = "as agreed"


@dataclass(frozen=True, slots=True)
class Scenario:
    """One play. The first request gets `first` when there is one, all others `then`; `lasting`: the fault stays."""

    interaction: Interaction
    fault: str
    then: HttpAnswer
    first: HttpAnswer | None = None
    toxics: tuple[Toxic, ...] = ()
    down: bool = False
    lasting: bool = False

    @property
    def id(self) -> str:
        """Names it in findings: the interaction and what goes wrong."""
        if self.fault == AS_AGREED:
            return f"{self.interaction.description}, {self.fault}"
        return f"{self.interaction.description}, {self.fault}{' that lasts' if self.lasting else ''}"

    def plain(self) -> dict[str, Any]:
        return {
            "id": self.id,
            "interaction": self.interaction.description,
            "then": self.then.plain(),
            "answers": [self.first.plain()] if self.first else [],
            "toxics": [toxic.plain() for toxic in self.toxics],
            "down": self.down,
            "lasting": self.lasting,
            "retries": self.interaction.succeeds,
        }


def scenarios_of(contract: CallContract, interaction: Interaction) -> Iterator[Scenario]:
    """The agreed play first. What the counterpart refuses by contract meets no faults: nothing is to arrive."""
    agreed = _agreed(interaction)
    yield Scenario(interaction, AS_AGREED, agreed)
    if not interaction.succeeds:
        return
    for fault in contract.faults:
        if fault == _HALF and not agreed.body:
            continue  # nothing to break off
        yield _passing(interaction, fault, agreed)
    yield from (_lasting(interaction, fault, agreed) for fault in contract.lasting)


def _passing(interaction: Interaction, fault: str, agreed: HttpAnswer) -> Scenario:
    if fault == _HALF:
        return Scenario(interaction, fault, agreed, replace(agreed, manner="half"))
    if fault in _MISBEHAVIOUR:
        return Scenario(interaction, fault, agreed, _MISBEHAVIOUR[fault])
    return Scenario(interaction, fault, agreed, toxics=_TOXICS.get(fault, ()), down=fault == _DOWN)


def _lasting(interaction: Interaction, fault: str, agreed: HttpAnswer) -> Scenario:
    return Scenario(interaction, fault, _MISBEHAVIOUR.get(fault, agreed), down=fault == _DOWN, lasting=True)


def _agreed(interaction: Interaction) -> HttpAnswer:
    response = interaction.response
    headers = {name: ", ".join(values) for name, values in response.headers.items()}
    if response.body is not None and not any(name.lower() == "content-type" for name in headers):
        headers["Content-Type"] = response.content_type
    return HttpAnswer(interaction.status, headers, response.body or "", commits=interaction.succeeds)
