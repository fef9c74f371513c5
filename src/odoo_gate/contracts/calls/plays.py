"""What happened when a contract's scenarios were played in a release."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from odoo_gate.contracts.calls.pacts import PactFile
from odoo_gate.contracts.calls.scenarios import Scenario
from odoo_gate.settings.contracts import CallContract
from odoo_gate.stack.counterpart import Heard


@dataclass(frozen=True, slots=True)
class Step:
    """One call of the project's script: seconds, the error it ended with, whether it had to be freed."""

    what: str
    seconds: float
    error: str = ""
    hung: bool = False


@dataclass(frozen=True, slots=True)
class Outcome:
    """What Odoo believes after a step; `rows` are what the contract's SQL gave, and should be one."""

    state: str | None
    visible: bool
    rows: int = 1


@dataclass(frozen=True, slots=True)
class Play:
    """One scenario, played. `struck`: how much data each toxic met; `heard`: what the counterpart did."""

    scenario: Scenario
    key: str
    steps: tuple[Step, ...]
    outcomes: tuple[Outcome, ...]
    struck: Mapping[str, int]
    heard: tuple[Heard, ...]

    @property
    def end(self) -> Outcome:
        return self.outcomes[-1]

    @property
    def hung(self) -> bool:
        return any(step.hung for step in self.steps)

    @property
    def error(self) -> str:
        """The last error of a step."""
        return next((step.error for step in reversed(self.steps) if step.error), "")

    @classmethod
    def from_json(cls, scenario: Scenario, plain: Mapping[str, Any]) -> Play:
        return cls(
            scenario=scenario,
            key=str(plain["key"]),
            steps=tuple(Step(**step) for step in plain["steps"]),
            outcomes=tuple(Outcome(**outcome) for outcome in plain["outcomes"]),
            struck={str(key): int(value) for key, value in plain["struck"].items()},
            heard=tuple(Heard.from_json(request) for request in plain["heard"]),
        )


@dataclass(frozen=True, slots=True)
class Played:
    """All scenarios of one contract in one release. `failure`: why they could not be played, then `plays` is empty."""

    contract: CallContract
    pact: PactFile
    plays: tuple[Play, ...] = ()
    failure: str = ""


def business_key(contract: CallContract, heard: Heard) -> str | None:
    """What `heard` is about, by the contract's path into its JSON body; None when it does not say."""
    try:
        value: Any = json.loads(heard.body)
        for name in contract.business_key.split(".")[1:]:
            value = value[name]
    except (ValueError, KeyError, TypeError):
        return None
    return value if isinstance(value, str) else json.dumps(value)


def accepted(contract: CallContract, play: Play) -> tuple[str, ...]:
    """The counterpart's ledger: one entry for each thing it took on as new, by its business key.

    A repetition under the same idempotency key is nothing new; without a key everything is.
    """
    entries: list[str] = []
    known: set[str] = set()
    for heard in play.heard:
        if not heard.commits:
            continue
        repeated = heard.header(contract.idempotency_header) if contract.idempotency_header else ""
        if repeated and repeated in known:
            continue
        known.add(repeated)
        entries.append(business_key(contract, heard) or "")
    return tuple(entries)
