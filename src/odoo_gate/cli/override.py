"""`odoo-gate override`: one person answers, in an emergency, for deploying what the gate did not let go."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Annotated

import typer

from odoo_gate.attest.keys import load_signer
from odoo_gate.attest.override import OverrideV1, override_bundle
from odoo_gate.attest.run_folder import write_whole
from odoo_gate.attest.statement import read_statement, sha256
from odoo_gate.cli.approve import check_name, passphrase, read_payload
from odoo_gate.cli.deployment import OVERRIDE_SUFFIX
from odoo_gate.errors import UsageError
from odoo_gate.report import visible

OVERRIDES = Path(".odoo-gate") / "overrides"


def override(
    run: Annotated[Path, typer.Argument(help="The run folder, or its readiness.sigstore.json.")],
    person: Annotated[str, typer.Option("--as", help="Your name in the trust file.")],
    group: Annotated[str, typer.Option(help="The group that you answer for.")],
    key: Annotated[Path, typer.Option(help="Your own private key (PEM).")],
    trusted: Annotated[Path, typer.Option(help="The public key of whoever signs the reports.")],
    reason: Annotated[str, typer.Option(help="What is on fire, and why this cannot wait.")],
    ticket: Annotated[str, typer.Option(help="Where it is followed up.")],
    hours: Annotated[int, typer.Option(min=1, max=24, help="How long it holds; the policy may say less.")] = 4,
    folder: Annotated[Path, typer.Option("--output", help="Where it goes.")] = OVERRIDES,
) -> None:
    """Answer for deploying a release without a GO, with your own key. It takes two people, and is never a GO.

    Example: odoo-gate override .odoo-gate/verdict --as bram --group operations --key bram.pem --trusted gate.key.pub
    --reason "payroll cannot be exported since 09:10, this mends it" --ticket INC-118
    """
    check_name(person)
    payload = read_payload(run, trusted)
    readiness = read_statement(payload).predicate
    if len(reason.strip()) < 10:
        raise UsageError("the reason says nothing", hint="say what is on fire: it is recorded, and read afterwards")
    now = datetime.now(UTC)
    signed = OverrideV1(
        person=person,
        group=group,
        environment=readiness.release.environment,
        reason=reason.strip(),
        ticket=ticket,
        signed_on=now,
        expires_on=now + timedelta(hours=hours),
    )
    signer = load_signer(str(key.absolute()), Path("/"), passphrase())
    target = folder / f"{person}-{sha256(payload)[:16]}{OVERRIDE_SUFFIX}"
    write_whole(target, override_bundle(payload, signed, signer))
    project = visible(readiness.release.project)
    typer.echo(f"{person} answers for deploying {project} to {readiness.release.environment}: {readiness.verdict}")
    for each in readiness.reasons:
        typer.echo(f"  in spite of {visible(each.check)}: {visible(each.message.partition(chr(10))[0])}")
    typer.echo(f"override  {target}, until {signed.expires_on:%Y-%m-%d %H:%M} UTC at most")
