"""A contract drafted from a release that runs: what is there today, to be cut down to what the consumer uses."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import yaml

from odoo_gate.contracts.errors import ContractError
from odoo_gate.contracts.signatures import described, written
from odoo_gate.contracts.site import INSIDE
from odoo_gate.model import Say
from odoo_gate.odoo.testbed import Release, Testbed

_HEAD = """# Drafted from the {release} by odoo-gate contracts record. Cut it down to what the consumer really uses:
# a promise nobody needs keeps a release from changing. Then add domains and calls. docs/contracts.md
"""


def draft_contract(
    testbed: Testbed,
    release: Release,
    *,
    name: str,
    consumer: str,
    owner: str,
    models: Sequence[str],
    groups: Sequence[str],
    say: Say,
) -> str:
    """The text of a contract of kind OdooApi; the release's own models when `models` is empty.

    Raises ContractError when a model is unknown or there is none, ReleaseFailure, AgentError.
    """
    with testbed.clone(testbed.full_template(release), release) as clone:
        arguments = {"modules": list(release.graph.own), "models": list(models), "groups": list(groups)}
        told = release.agent.run_script(clone.database, INSIDE / "describe.py", "draft", arguments, say=say).result
    unknown = [model for model, facts in told.items() if facts is None]
    if unknown or not told:
        what = f"there is no model {', '.join(unknown)}" if unknown else "the project's own modules define no model"
        raise ContractError(f"{what} in the {release.name}", hint="name models that are there with --model")
    return _HEAD.format(release=release.name) + _text(_contract(told, name, consumer, owner, groups, testbed))


def _contract(
    told: Mapping[str, Any], name: str, consumer: str, owner: str, groups: Sequence[str], testbed: Testbed
) -> dict[str, Any]:
    json2 = float(testbed.settings.project.series) >= 19.0
    return {
        "kind": "OdooApi",
        "id": name,
        "consumer": consumer,
        "owner": owner,
        "doors": ["json-rpc", *(["json-2"] if json2 else [])],
        "user": {"groups": list(groups), "may": {model: facts["may"] for model, facts in told.items()}},
        "models": {model: _model(facts) for model, facts in told.items()},
    }


def _model(facts: Mapping[str, Any]) -> dict[str, Any]:
    methods = {
        name: {"signature": written(described(each["parameters"])), "takes": each["takes"]}
        for name, each in facts["methods"].items()
    }
    fields = {name: _field(each) for name, each in facts["fields"].items()}
    return {"fields": fields, **({"methods": methods} if methods else {})}


def _field(facts: Mapping[str, Any]) -> str | dict[str, Any]:
    more = {key: facts[key] for key in ("values", "relation") if facts[key]}
    return {"type": facts["type"], **more} if more else str(facts["type"])


def _text(contract: Mapping[str, Any]) -> str:
    return yaml.safe_dump(dict(contract), sort_keys=False, allow_unicode=True, width=110)
