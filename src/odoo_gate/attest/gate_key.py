"""Which key a report is believed by: the caller's own, or one of the trust file's gates, and whether it is good."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from odoo_gate.attest.bundle import WrongSignature, open_bundle, read_bundle
from odoo_gate.attest.deployment import Examined
from odoo_gate.attest.dsse import Envelope
from odoo_gate.attest.keys import PublicKey
from odoo_gate.attest.statement import ReadinessV1
from odoo_gate.attest.trust import Gate, Trust
from odoo_gate.errors import VerificationError


def trusted_keys(key: PublicKey | None, trust: Trust | None) -> tuple[PublicKey, ...]:
    """The keys that may have signed: the caller's, else every gate's that is not revoked."""
    if key is not None:
        return (key,)
    gates = trust.gates.values() if trust is not None else ()
    return tuple(gate.public_key for gate in gates if gate.revoked is None)


def open_with(data: bytes, keys: Sequence[PublicKey]) -> tuple[Envelope, PublicKey]:
    """The envelope of a bundle that one of `keys` signed, and that key. Raises as `open_bundle`."""
    if not keys:
        raise VerificationError("there is no key to verify with: give --key FILE, or --trust FILE that names gates")
    envelope = read_bundle(data)
    key = next((key for key in keys if key.verifies(envelope)), None)
    if key is None:
        if len(keys) == 1:
            raise WrongSignature(f"not made by the key {keys[0].fingerprint[:16]}… that you trust")
        raise WrongSignature(f"not made by any of the {len(keys)} keys that you trust")
    return open_bundle(data, key), key


def examine_key(key: PublicKey, trust: Trust | None, readiness: ReadinessV1, stamped: datetime | None) -> Examined:
    """Whether the trust file lets this key speak for the environment, at the moment of the judgement.

    A key that was rotated since still counts for what it signed before: the report itself does not hold for long. A
    revoked one never counts. `stamped`: when somebody else saw the signature, where one was asked.
    """
    if trust is None or not trust.gates:
        return Examined("key", True, "the one that you gave")
    name, gate = next(
        ((name, gate) for name, gate in trust.gates.items() if gate.public_key.fingerprint == key.fingerprint),
        ("", None),
    )
    if gate is None:
        return Examined("key", False, "the trust file names no gate with this key")
    fault = _fault(gate, readiness, stamped)
    return Examined("key", not fault, f"the gate {name}{fault and f': {fault}'}")


def _fault(gate: Gate, readiness: ReadinessV1, stamped: datetime | None) -> str:
    environment = readiness.release.environment
    if environment not in gate.environments:
        return f"it signs for {', '.join(gate.environments)}, not for {environment}"
    if gate.revoked is not None:
        return f"its key was revoked on {gate.revoked:%Y-%m-%d %H:%M} UTC"
    for moment in (readiness.judged_on, *([stamped] if stamped else [])):
        if not gate.valid_from <= moment < gate.valid_until:
            return "its key was out of its time"
    return ""
