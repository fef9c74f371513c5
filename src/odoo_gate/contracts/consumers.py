"""What Odoo says of the contracts of systems that call it: their users made, their models described, in one look."""

from __future__ import annotations

import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from odoo_gate.contracts.doors import Account
from odoo_gate.contracts.promises import ApiContract
from odoo_gate.contracts.site import INSIDE, Site

_JSON2_SINCE = 19.0


@dataclass(frozen=True, slots=True)
class Consumers:
    """`models`: facts by model, None for one that is not there. `accounts` and `problems` by contract id.

    `rights` and `visible`: by contract id, then model: what the user may do, which of the hidden fields it sees.
    """

    models: Mapping[str, Mapping[str, Any] | None]
    accounts: Mapping[str, Account]
    problems: Mapping[str, str]
    rights: Mapping[str, Mapping[str, Sequence[str]]]
    visible: Mapping[str, Mapping[str, Sequence[str]]]


def look(site: Site, contracts: Sequence[ApiContract]) -> Consumers:
    """Make the integration users of `contracts` and ask Odoo once for everything they name. Raises AgentError.

    The users are made inside: each login by password costs Odoo most of a second.
    """
    passwords = {contract.id: secrets.token_urlsafe(12) for contract in contracts}
    keys = float(site.server.series) >= _JSON2_SINCE
    arguments = {
        "models": sorted({model for contract in contracts for model in contract.named_models}),
        "methods": _methods(contracts),
        "accounts": {
            contract.id: {
                "login": _login(contract.id),
                "password": passwords[contract.id],
                "groups": list(contract.user.groups),
                "models": sorted({*contract.user.may, *contract.user.may_not}),
                "fields": {model: list(names) for model, names in contract.user.hidden_fields.items()},
                "key": keys and "json-2" in contract.doors,
            }
            for contract in contracts
        },
    }
    script = INSIDE / "describe.py"
    told = site.release.agent.run_script(site.database, script, "look", arguments, say=site.say).result
    made = {id_: facts for id_, facts in told["accounts"].items() if not facts["problem"]}
    return Consumers(
        models=told["models"],
        accounts={id_: Account(_login(id_), passwords[id_], facts["key"]) for id_, facts in made.items()},
        problems={id_: facts["problem"] for id_, facts in told["accounts"].items() if facts["problem"]},
        rights={id_: facts["rights"] for id_, facts in made.items()},
        visible={id_: facts["visible"] for id_, facts in made.items()},
    )


def _methods(contracts: Sequence[ApiContract]) -> dict[str, list[str]]:
    found: dict[str, set[str]] = {}
    for contract in contracts:
        for model, promise in contract.models.items():
            found.setdefault(model, set()).update(promise.methods)
    return {model: sorted(names) for model, names in found.items()}


def _login(contract_id: str) -> str:
    return f"contract-{contract_id}"
