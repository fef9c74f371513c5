"""`odoo-gate approve`: one person's signed yes to exactly one report."""

from __future__ import annotations

import os
import re
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Annotated

import typer

from odoo_gate.attest import load_public_key, load_signer
from odoo_gate.attest.approval import MAX_APPROVAL_BYTES, ApprovalV1, approval_bundle
from odoo_gate.attest.bundle import MAX_BUNDLE_BYTES, open_bundle
from odoo_gate.attest.keys import PASSPHRASE_VARIABLE
from odoo_gate.attest.record import Record
from odoo_gate.attest.run_folder import BUNDLE, read_whole, write_whole
from odoo_gate.attest.statement import read_statement, sha256
from odoo_gate.errors import UsageError, VerificationError
from odoo_gate.model import Status
from odoo_gate.report import visible

APPROVALS = Path(".odoo-gate") / "approvals"
_SUFFIX = ".approval.json"
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*")


def approve(
    run: Annotated[Path, typer.Argument(help="The run folder, or its readiness.sigstore.json.")],
    person: Annotated[str, typer.Option("--as", help="Your name in the trust file.")],
    group: Annotated[str, typer.Option(help="The group that you approve for.")],
    key: Annotated[Path, typer.Option(help="Your own private key (PEM).")],
    trusted: Annotated[Path, typer.Option(help="The public key of whoever signs the reports.")],
    hours: Annotated[int, typer.Option(min=1, max=24 * 31, help="How long your approval holds.")] = 24,
    comment: Annotated[str, typer.Option(help="What you want to have said with it.")] = "",
    record: Annotated[Path | None, typer.Option(help="The log of verdicts to add this to.")] = None,
    folder: Annotated[Path, typer.Option("--output", help="Where the approval goes.")] = APPROVALS,
) -> None:
    """Approve a report that says GO, with your own key. Read the report first: it is what you sign.

    Example: odoo-gate approve .odoo-gate/verdict --as anna --group finance --key anna.pem --trusted gate.key.pub
    """
    check_name(person)
    payload = read_payload(run, trusted)
    statement = read_statement(payload)
    readiness = statement.predicate
    if readiness.verdict is not Status.GO:
        raise UsageError(f"this report says {readiness.verdict}", hint="only a GO can be approved")
    now = datetime.now(UTC)
    approval = ApprovalV1(
        person=person,
        group=group,
        environment=readiness.release.environment,
        approved_on=now,
        expires_on=now + timedelta(hours=hours),
        comment=comment,
    )
    signer = load_signer(str(key.absolute()), Path("/"), passphrase())
    target = folder / f"{person}-{sha256(payload)[:16]}{_SUFFIX}"
    write_whole(target, approval_bundle(payload, approval, signer))
    if record is not None:
        Record(record).append("approved", statement, payload, now, f"{person} for {group}")
    typer.echo(f"{person} approves {visible(readiness.release.project)} for {readiness.release.environment}")
    typer.echo(f"report    {sha256(payload)}")
    typer.echo(f"approval  {target}, until {approval.expires_on:%Y-%m-%d %H:%M} UTC")


def read_approvals(folder: Path | None) -> tuple[bytes, ...]:
    """Every approval in `folder`, unexamined; none when there is no such folder. Raises VerificationError."""
    if folder is None or not folder.is_dir():
        return ()
    try:
        return tuple(read_whole(path, MAX_APPROVAL_BYTES) for path in sorted(folder.glob(f"*{_SUFFIX}")))
    except OSError as error:
        raise VerificationError(f"an approval cannot be read: {error}", hint="see the permissions") from error


def check_name(person: str) -> None:
    """Raise UsageError unless `person` can be a name of the trust file, and part of a file's name."""
    if not _NAME.fullmatch(person):
        raise UsageError(f"{person!r} is not a name of the trust file", hint="letters, digits, dots and dashes")


def read_payload(run: Path, trusted: Path) -> bytes:
    """The signed statement of a run, by the key in `trusted`. Raises UsageError, VerificationError."""
    bundle = run / BUNDLE if run.is_dir() else run
    try:
        return open_bundle(read_whole(bundle, MAX_BUNDLE_BYTES), load_public_key(trusted)).payload
    except OSError as error:
        raise UsageError(
            f"{bundle} cannot be read: {error.strerror}", hint="give the folder of a judged run"
        ) from error


def passphrase() -> dict[str, str]:
    """The part of the environment that opens an encrypted key of a person."""
    return {PASSPHRASE_VARIABLE: os.environ.get(PASSPHRASE_VARIABLE, "")}
