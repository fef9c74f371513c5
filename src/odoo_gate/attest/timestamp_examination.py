"""Looks at the time stamp of a report's signature, where the policy demands one."""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path

from odoo_gate.attest.deployment import Deployment, Examined
from odoo_gate.attest.dsse import Envelope
from odoo_gate.attest.run_folder import TIMESTAMP, read_whole
from odoo_gate.attest.statement import ReadinessV1
from odoo_gate.attest.timestamp import MAX_TOKEN_BYTES, stamped_on
from odoo_gate.errors import VerificationError

_NAME = "time stamp"
_AROUND = timedelta(minutes=10)
"""How far the signed moment of the judgement may lie from the authority's."""


def examine_timestamp(
    path: Path, envelope: Envelope, readiness: ReadinessV1, deployment: Deployment
) -> tuple[datetime | None, tuple[Examined, ...]]:
    """When the token at `path` says the signature was there, and what was found. Nothing where none is demanded."""
    rules = deployment.rules_for(readiness.release)
    if rules is None or not rules.timestamp:
        return None, ()
    if deployment.trust is None:
        return None, (Examined(_NAME, False, "you did not say whose time you trust: give --trust FILE"),)
    if not path.exists():
        return None, (Examined(_NAME, False, f"the policy demands one, and there is no {TIMESTAMP} beside its bundle"),)
    try:
        token = read_whole(path, MAX_TOKEN_BYTES)
        moment, authority = stamped_on(token, envelope.signature, deployment.trust.timestamps)
    except VerificationError as error:
        return None, (Examined(_NAME, False, error.message),)
    except OSError as error:
        return None, (Examined(_NAME, False, f"{TIMESTAMP} cannot be read: {error.strerror}"),)
    said = f"{authority} saw the signature on {moment:%Y-%m-%d %H:%M:%S} UTC"
    if abs(moment - readiness.judged_on) > _AROUND:
        claimed = f"and it was made on {readiness.judged_on:%Y-%m-%d %H:%M} UTC, it says"
        return moment, (Examined(_NAME, False, f"{said}, {claimed}"),)
    return moment, (Examined(_NAME, True, said),)
