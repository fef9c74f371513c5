"""Has a release play the scenarios of a contract: on a clone, against a real counterpart, through a proxy."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from odoo_gate.contracts.calls.pacts import PactFile, read_pact
from odoo_gate.contracts.calls.plays import Play, Played
from odoo_gate.contracts.calls.scenarios import scenarios_of
from odoo_gate.contracts.errors import ContractError
from odoo_gate.model import Say, silent
from odoo_gate.odoo.agent_client import ReleaseFailure
from odoo_gate.odoo.testbed import Release, Testbed
from odoo_gate.settings import Settings
from odoo_gate.settings.contracts import CallContract, WebhookContract
from odoo_gate.stack.counterpart import Counterpart
from odoo_gate.stack.fault_proxy import FaultProxy
from odoo_gate.stack.programs import Control

DRIVER = Path(__file__).parent / "inside" / "driver.py"
_UPSTREAM = "counterpart"
_SILENCE_SECONDS = 120


@dataclass(frozen=True, slots=True)
class Line:
    """The counterpart, and the way to it on which things go wrong."""

    counterpart: Counterpart
    proxy: FaultProxy

    @property
    def url(self) -> str:
        """What Odoo is pointed at."""
        return f"http://{self.proxy.inside(_UPSTREAM)}"


def open_line(testbed: Testbed) -> Line:
    """Start the counterpart and the proxy before it; they end with the run. Raises StackError."""
    counterpart = testbed.start_counterpart()
    return Line(counterpart, testbed.start_fault_proxy({_UPSTREAM: counterpart.upstream}))


def pact_of(contract: CallContract | WebhookContract, settings: Settings) -> PactFile:
    """The Pact that `contract` names. Raises ContractError."""
    return read_pact(settings.resolve(contract.pact), contract.pact)


def script_of(contract: CallContract | WebhookContract, settings: Settings) -> str:
    """The text of the script that `contract` names. Raises ContractError."""
    try:
        return settings.resolve(contract.script).read_text("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise ContractError(
            f"{contract.script} cannot be read: {error}", hint=f"correct `script` of {contract.name} in gate.toml"
        ) from error


def play_calls(
    testbed: Testbed, release: Release, database: str, contract: CallContract, line: Line, say: Say = silent
) -> Played:
    """Play every scenario of `contract` in `database`, a clone nobody else needs.

    A release in which they cannot be played gives a `failure`. Raises ContractError, StackError, AgentError.
    """
    settings = testbed.settings
    pact = pact_of(contract, settings)
    scenarios = [each for interaction in pact.interactions for each in scenarios_of(contract, interaction)]
    plan = {
        "name": f"{contract.name} ({release.name})",
        "source": script_of(contract, settings),
        "parameter": contract.parameter,
        "parameters": contract.parameters,
        "url": line.url,
        "proxy": _UPSTREAM,
        "proxy_control": _inside(line.proxy.control),
        "counterpart_control": _inside(line.counterpart.control),
        "outcome": contract.outcome,
        "delivered": list(contract.delivered),
        "attempts": contract.attempts,
        "budget": contract.budget_seconds,
        "scenarios": [scenario.plain() for scenario in scenarios],
    }
    seconds = _SILENCE_SECONDS + contract.budget_seconds * (contract.attempts + 2)
    try:
        run = release.agent.run_script(database, DRIVER, "drive", {"plan": plan}, seconds=seconds, say=say)
    except ReleaseFailure as error:
        return Played(contract, pact, failure=error.message)
    plays = (Play.from_json(scenario, plain) for scenario, plain in zip(scenarios, run.result, strict=True))
    return Played(contract, pact, tuple(plays))


def _inside(control: Control) -> dict[str, Any]:
    return {"url": control.inside_url, "token": control.token}
