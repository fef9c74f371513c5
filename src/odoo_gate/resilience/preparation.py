"""What drills need in the database before Odoo serves it: things to be reported, and work for scheduled actions."""

from __future__ import annotations

import json
import secrets
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from odoo_gate.errors import SettingsError
from odoo_gate.model import Say, silent
from odoo_gate.odoo.store import Clone
from odoo_gate.odoo.testbed import Release
from odoo_gate.resilience.jobs import Job
from odoo_gate.resilience.reports import Report
from odoo_gate.settings import Settings
from odoo_gate.settings.contracts import WebhookContract
from odoo_gate.settings.resilience import CronDrill

_INSIDE = Path(__file__).parent / "inside" / "preparation.py"
_ERROR_STATUS = 300


@dataclass(frozen=True, slots=True)
class Prepared:
    """What waits in a database: reports that can be made of it, and jobs with work to do, held back."""

    reports: tuple[Report, ...]
    jobs: tuple[Job, ...]


def prepare(settings: Settings, release: Release, clone: Clone, say: Say = silent) -> Prepared:
    """By `[[contracts.webhooks]]` and `[[resilience.crons]]`, on a clone that no server serves yet.

    Raises SettingsError, AgentError, ReleaseFailure.
    """
    secret_of = {each.secret_parameter: secrets.token_urlsafe(24) for each in settings.contracts.webhooks}
    reports = [
        report
        for contract in settings.contracts.webhooks
        for report in _reports(settings, release, clone, contract, secret_of[contract.secret_parameter], say)
    ]
    jobs = [_job(settings, release, clone, drill, say) for drill in settings.resilience.crons]
    return Prepared(tuple(reports), tuple(jobs))


def _reports(
    settings: Settings, release: Release, clone: Clone, contract: WebhookContract, secret: str, say: Say
) -> Iterator[Report]:
    """Those interactions of the contract's Pact that succeed: only what is taken can be taken twice."""
    interactions = [each for each in _interactions(settings.resolve(contract.pact)) if _succeeds(each)]
    arguments = {
        "source": _text(settings.resolve(contract.script)),
        "interactions": [each["description"] for each in interactions],
        "parameter": contract.secret_parameter,
        "secret": secret,
    }
    made = release.agent.run_script(clone.database, _INSIDE, "reports", arguments, say=say).result
    for interaction, values in zip(interactions, made, strict=True):
        request = interaction["request"]
        yield Report(contract, str(request["path"]), {**_body(request), **values}, secret)


def _job(settings: Settings, release: Release, clone: Clone, drill: CronDrill, say: Say) -> Job:
    arguments = {"source": _text(settings.resolve(drill.script)), "cron": drill.cron}
    made = release.agent.run_script(clone.database, _INSIDE, "work", arguments, say=say).result
    return Job(drill, int(made["id"]), tuple(made["keys"]))


def _interactions(path: Path) -> list[Mapping[str, Any]]:
    try:
        plain = json.loads(_text(path))
        return [each for each in plain["interactions"] if "request" in each and "description" in each]
    except (ValueError, KeyError, TypeError) as error:
        raise SettingsError(f"{path} is no Pact file: {error}", hint="see docs/contracts-calls.md") from error


def _succeeds(interaction: Mapping[str, Any]) -> bool:
    return int(interaction.get("response", {}).get("status", 0)) < _ERROR_STATUS


def _body(request: Mapping[str, Any]) -> Mapping[str, Any]:
    """The JSON body, as version 4 of Pact wraps it and the versions before do not."""
    body = request.get("body") or {}
    content = body.get("content", body) if "contentType" in body else body
    return json.loads(content) if isinstance(content, str) else content


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise SettingsError(f"{path} cannot be read: {error}", hint="correct its name in gate.toml") from error
