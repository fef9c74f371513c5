"""`odoo-gate respond`: tell GitHub or GitLab, who ask, whether a verified GO is there. One event, one answer."""

from __future__ import annotations

import os
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer

from odoo_gate.attest import Verification
from odoo_gate.attest import verify as examine
from odoo_gate.attest.responses import (
    Answer,
    ProtectionRuleRequested,
    StatusCheckRequested,
    answer_github,
    answer_gitlab,
    read_event,
    send,
)
from odoo_gate.cli.deployment import Said, deployment_of
from odoo_gate.cli.projects import find_project
from odoo_gate.cli.verify import key_for
from odoo_gate.errors import UsageError
from odoo_gate.report import visible

TOKEN_VARIABLE = "ODOO_GATE_API_TOKEN"
SECRET_VARIABLE = "ODOO_GATE_WEBHOOK_SECRET"

app = typer.Typer(help="Answer GitHub or GitLab when they ask whether a release may go.", no_args_is_help=True)

Event = Annotated[Path, typer.Argument(help="The event: the webhook's body, in a file.")]
Run = Annotated[Path, typer.Argument(help="The run folder, or its readiness.sigstore.json.")]
Api = Annotated[str, typer.Option(help="The API that answers go to, and nowhere else.")]
Signature = Annotated[str, typer.Option(help=f"The webhook's signature header; checked with ${SECRET_VARIABLE}.")]
Key = Annotated[Path | None, typer.Option(help="The public key you trust (PEM).")]
Trust = Annotated[Path | None, typer.Option(help="The trust file: gates, approvers.")]
Policy = Annotated[Path | None, typer.Option(help="The policy you judge by.")]
Project = Annotated[Path | None, typer.Option(help="A checkout of the commit that is asked about.")]
Addons = Annotated[list[Path] | None, typer.Option(help="An addons folder you deploy; repeat for several.")]
Image = Annotated[list[str] | None, typer.Option(help="ROLE=sha256:… of an image you deploy; repeat for each.")]
Approvals = Annotated[Path | None, typer.Option(help="The folder of approvals.")]
Author = Annotated[list[str] | None, typer.Option(help="Who made the change or started the run.")]
Record = Annotated[Path | None, typer.Option(help="The log of verdicts to ask and to add this to.")]
MaxAge = Annotated[str, typer.Option(help="Oldest acceptable run: 90m, 24h, 7d.")]


@app.command()
def github(
    event: Event,
    run: Run,
    api: Api = "https://api.github.com",
    signature: Signature = "",
    key: Key = None,
    trust: Trust = None,
    policy: Policy = None,
    project: Project = None,
    addons: Addons = None,
    image: Image = None,
    approvals: Approvals = None,
    author: Author = None,
    record: Record = None,
    max_age: MaxAge = "",
) -> int:
    """Approve or reject the job that waits for a protected environment (deployment_protection_rule).

    Example: odoo-gate respond github event.json verdict/ --project . --key gate.key.pub --policy policy.toml
    """
    asked = read_event(_read(event), ProtectionRuleRequested, os.environ.get(SECRET_VARIABLE, ""), signature)
    said = Said(
        settings=find_project(project),
        environment=asked.environment,
        source=asked.deployment.sha,
        policy=policy,
        addons=tuple(addons or ()),
        image=tuple(image or ()),
        max_age=max_age,
        approvals=approvals,
        trust=trust,
        author=tuple(author or ()),
        record=record,
    )
    verification = _verified(run, key, said)
    return _answer(answer_github(asked, verification, api), verification)


@app.command()
def gitlab(
    event: Event,
    run: Run,
    api: Api,
    environment: Annotated[str, typer.Option(help="Where the branch is deployed to, once merged.")],
    signature: Signature = "",
    key: Key = None,
    trust: Trust = None,
    policy: Policy = None,
    project: Project = None,
    addons: Addons = None,
    image: Image = None,
    approvals: Approvals = None,
    author: Author = None,
    record: Record = None,
    max_age: MaxAge = "",
) -> int:
    """Pass or fail an external status check, for the merge request's head that the event names.

    Example: odoo-gate respond gitlab event.json verdict/ --api https://gitlab.example.org/api/v4
    --environment production --project . --key gate.key.pub --policy policy.toml
    """
    asked = read_event(_read(event), StatusCheckRequested, os.environ.get(SECRET_VARIABLE, ""), signature)
    said = Said(
        settings=find_project(project),
        environment=environment,
        source=asked.object_attributes.last_commit.id,
        policy=policy,
        addons=tuple(addons or ()),
        image=tuple(image or ()),
        max_age=max_age,
        approvals=approvals,
        trust=trust,
        author=tuple(author or ()),
        record=record,
    )
    verification = _verified(run, key, said)
    return _answer(answer_gitlab(asked, verification, api), verification)


def _verified(run: Path, key: Path | None, said: Said) -> Verification:
    deployment = deployment_of(said)
    trusted = key_for(key, said.settings, run.resolve(), deployment.trust)
    return examine(run.resolve(), deployment, trusted, datetime.now(UTC))


def _answer(answer: Answer, verification: Verification) -> int:
    token = os.environ.get(TOKEN_VARIABLE, "")
    if not token:
        raise UsageError("there is no token to answer with", hint=f"set ${TOKEN_VARIABLE}")
    status = send(answer, token)
    said = answer.body.get("state", answer.body.get("status"))
    typer.echo(f"answered {said} to {visible(answer.url)} ({status})")
    for each in verification.examined:
        if not each.held:
            typer.echo(f"  ✗ {visible(each.name)}  {visible(each.detail)}")
    return int(verification.exit_code)


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise UsageError(f"the event {path} cannot be read: {error.strerror}", hint="name the file") from error
