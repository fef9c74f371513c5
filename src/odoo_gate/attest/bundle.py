"""The Sigstore bundle v0.3 around one envelope: what stock cosign 3 verifies offline with a public key."""

from __future__ import annotations

import json

from odoo_gate.attest.dsse import Envelope, exact_object, read_envelope
from odoo_gate.attest.keys import PublicKey
from odoo_gate.errors import VerificationError
from odoo_gate.strict_json import NotStrictJson, read_json

MEDIA_TYPE = "application/vnd.dev.sigstore.bundle.v0.3+json"
MAX_PAYLOAD_BYTES = 64 * 1024 * 1024
MAX_BUNDLE_BYTES = 96 * 1024 * 1024
"""A payload of the largest size in base64, and what stands around it."""


class WrongSignature(VerificationError):
    """A bundle is in order but for its signature."""


def write_bundle(envelope: Envelope, hint: str) -> bytes:
    """The bundle as JSON. `hint` names the public key to people; no verifier may trust it."""
    bundle = {
        "mediaType": MEDIA_TYPE,
        "verificationMaterial": {"publicKey": {"hint": hint}},
        "dsseEnvelope": envelope.to_members(),
    }
    return json.dumps(bundle, separators=(",", ":")).encode("ascii") + b"\n"


def open_bundle(data: bytes, key: PublicKey) -> Envelope:
    """The envelope of a bundle that `key` signed, in exactly the bytes that `write_bundle` gives it.

    The hint and white space are not signed: that every byte is as written leaves nothing to play with. Raises
    VerificationError when the bundle cannot be read or differs, WrongSignature when another key signed it.
    """
    envelope = read_bundle(data)
    if not key.verifies(envelope):
        raise WrongSignature(f"not made by the key {key.fingerprint[:16]}… that you trust")
    if data != write_bundle(envelope, key.hint):
        raise VerificationError("the bundle is not written as odoo-gate writes it")
    return envelope


def read_bundle(data: bytes) -> Envelope:
    """The envelope of a bundle. Nothing in it is believed yet: check the signature next.

    Raises VerificationError unless the bundle is exactly of the shape `write_bundle` gives it.
    """
    try:
        document = read_json(data, max_bytes=MAX_BUNDLE_BYTES, max_depth=8)
    except NotStrictJson as error:
        raise VerificationError(f"the bundle cannot be read: {error}") from error
    bundle = exact_object(document, {"mediaType", "verificationMaterial", "dsseEnvelope"}, "the bundle")
    if bundle["mediaType"] != MEDIA_TYPE:
        raise VerificationError(f"the bundle's media type is not {MEDIA_TYPE}")
    material = exact_object(bundle["verificationMaterial"], {"publicKey"}, "the verification material")
    public_key = exact_object(material["publicKey"], {"hint"}, "the public key hint")
    if not isinstance(public_key["hint"], str):
        raise VerificationError("the public key hint is not a string")
    envelope = read_envelope(bundle["dsseEnvelope"])
    if len(envelope.payload) > MAX_PAYLOAD_BYTES:
        raise VerificationError(f"the payload is longer than {MAX_PAYLOAD_BYTES} bytes")
    return envelope
