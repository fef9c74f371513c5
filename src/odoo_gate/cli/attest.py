"""`odoo-gate attest`: one person's signed answer to a question that no machine can ask."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Annotated

import typer

from odoo_gate.addons import addons_listing
from odoo_gate.addons.files import file_digest
from odoo_gate.attest.keys import load_signer
from odoo_gate.attest.manual import MAX_ANSWER, ManualV1, manual_bundle
from odoo_gate.attest.run_folder import write_whole
from odoo_gate.attest.statement import sha256
from odoo_gate.cli.approve import check_name, passphrase
from odoo_gate.cli.projects import open_project
from odoo_gate.cli.signing import MANUAL, MANUAL_SUFFIX
from odoo_gate.errors import UsageError
from odoo_gate.judgement import read_policy
from odoo_gate.policy import ManualDemand, load_policy
from odoo_gate.settings import Settings


def attest(
    check: Annotated[str, typer.Argument(help="The manual check of the policy, such as manual.hypercare-rota.")],
    person: Annotated[str, typer.Option("--as", help="Your name in the trust file.")],
    group: Annotated[str, typer.Option(help="The group that you answer for.")],
    key: Annotated[Path, typer.Option(help="Your own private key (PEM).")],
    answer: Annotated[str, typer.Option(help="What is so: a sentence that you answer for.")],
    project: Annotated[
        Path | None, typer.Option(help="The project it is about (default: where gate.toml is found).")
    ] = None,
    document: Annotated[Path | None, typer.Option(help="A file that shows it: its digest is signed with it.")] = None,
    days: Annotated[int | None, typer.Option(min=1, max=366, help="How long it holds (default: the policy's).")] = None,
    folder: Annotated[
        Path | None, typer.Option("--output", help="Where it goes (default: .odoo-gate/manual of the project).")
    ] = None,
) -> None:
    """Answer a manual check of the policy, with your own key. The run that follows counts it.

    Example: odoo-gate attest manual.hypercare-rota --as bram --group operations --key bram.pem
    --answer "the rota of week 48 is staffed, day and night"
    """
    check_name(person)
    settings = open_project(project)
    demand = _demand(settings, check)
    if group not in demand.groups:
        raise UsageError(f"{check} is not {group}'s to answer", hint=f"it is {' or '.join(demand.groups)}'s")
    if not 1 <= len(answer.strip()) <= MAX_ANSWER:
        raise UsageError("an answer is a sentence", hint=f"say what is so, in {MAX_ANSWER} characters at most")
    now = datetime.now(UTC)
    manual = ManualV1(
        check=check,
        person=person,
        group=group,
        project=settings.project.name,
        answer=answer.strip(),
        signed_on=now,
        expires_on=now + timedelta(days=days or demand.valid_for_days),
        document=file_digest(document) if document else None,
    )
    signer = load_signer(str(key.absolute()), Path("/"), passphrase())
    addons = sha256(addons_listing(settings.addons_roots, settings.root).encode())
    target = (folder or settings.root / MANUAL) / f"{check}-{person}{MANUAL_SUFFIX}"
    write_whole(target, manual_bundle(manual, addons, signer))
    typer.echo(f"{person} answers {check}: {demand.question}")
    typer.echo(f"until     {manual.expires_on:%Y-%m-%d %H:%M} UTC, for {_about(demand)}")
    typer.echo(f"evidence  {target}")


def _demand(settings: Settings, check: str) -> ManualDemand:
    rules = load_policy(read_policy(settings)).rules(settings.policy.environment)
    found = next((demand for demand in rules.manual if demand.check == check), None)
    if found is None:
        known = ", ".join(demand.check for demand in rules.manual) or "none"
        raise UsageError(f"the policy asks no {check} for {settings.policy.environment}", hint=f"it asks {known}")
    return found


def _about(demand: ManualDemand) -> str:
    return "exactly these addons" if demand.about == "release" else "this project"
