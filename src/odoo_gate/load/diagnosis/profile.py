"""The slowest document of a drive, done once more under Odoo's own profiler: outside every timed window."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from odoo_gate.errors import UsageError
from odoo_gate.model import Say, silent
from odoo_gate.odoo.agent_client import Agent
from odoo_gate.traffic import Profile, Sample

_SCRIPT = Path(__file__).parents[1] / "inside" / "profiling.py"
_BUTTONS: Mapping[str, str] = {
    "account_move": "action_post",
    "purchase_order": "button_confirm",
    "sale_order": "action_confirm",
}
"""What makes a copy of a document what its transaction had made of it; others are copied only."""


@dataclass(frozen=True, slots=True)
class SlowestProfile:
    """A profile to be opened with speedscope; seconds and queries are of the profiled run, which is slower."""

    path: Path
    transaction: str
    latency: float
    seconds: float
    queries: int


def profile_slowest(
    agent: Agent, database: str, profile: Profile, samples: Iterable[Sample], folder: Path, say: Say = silent
) -> SlowestProfile:
    """Copy the document of the slowest acknowledged sample, press its button, and write where the time went.

    `agent` works on the server of `database`; nothing of the copy stays. Raises UsageError when no sample left a
    document, AgentError when Odoo cannot do it again.
    """
    tables = {
        each.name: each.record.table
        for each in profile.transactions
        if each.record is not None and each.record.table.isidentifier()  # what is counted from several has no document
    }
    left = [each for each in samples if each.is_acknowledged and each.record and each.transaction in tables]
    if not left:
        raise UsageError(f"no transaction of {profile.name} left a document", hint="profile another peak")
    slowest = max(left, key=lambda sample: sample.latency)
    table = tables[slowest.transaction]
    arguments = {"table": table, "record": slowest.record, "login": slowest.user, "button": _BUTTONS.get(table, "")}
    told = agent.run_script(database, _SCRIPT, "profile_document", arguments, say=say).result
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"slowest-{slowest.transaction}.speedscope.json"
    path.write_text(json.dumps(told["speedscope"]), encoding="utf-8")
    return SlowestProfile(path, slowest.transaction, slowest.latency, float(told["seconds"]), int(told["queries"]))
