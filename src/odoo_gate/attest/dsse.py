"""DSSE, the envelope that signs bytes and their type together: https://github.com/secure-systems-lab/dsse"""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Mapping
from dataclasses import dataclass

from odoo_gate.errors import VerificationError

PAYLOAD_TYPE = "application/vnd.in-toto+json"


@dataclass(frozen=True, slots=True)
class Envelope:
    """Signed bytes: the payload exactly as signed, its media type, and one DER-encoded ECDSA signature."""

    payload: bytes
    payload_type: str
    signature: bytes

    @property
    def signed_bytes(self) -> bytes:
        """What the signature is over."""
        return pre_authentication_encoding(self.payload_type, self.payload)

    def to_members(self) -> dict[str, object]:
        """The envelope in JSON. Without a keyid: nothing authenticates it, and cosign trips over it."""
        return {
            "payload": base64.b64encode(self.payload).decode("ascii"),
            "payloadType": self.payload_type,
            "signatures": [{"sig": base64.b64encode(self.signature).decode("ascii")}],
        }

    def to_json(self) -> bytes:
        return json.dumps(self.to_members(), separators=(",", ":")).encode("ascii") + b"\n"


def pre_authentication_encoding(payload_type: str, payload: bytes) -> bytes:
    """PAE: type and payload, each with its length in bytes, so that neither can be taken for the other."""
    kind = payload_type.encode("utf-8")
    return b"DSSEv1 %d %b %d %b" % (len(kind), kind, len(payload), payload)


def read_envelope(members: object) -> Envelope:
    """The envelope in parsed JSON. Raises VerificationError unless it is as `to_members` writes it."""
    envelope = exact_object(members, {"payload", "payloadType", "signatures"}, "the DSSE envelope")
    if envelope["payloadType"] != PAYLOAD_TYPE:
        raise VerificationError(f"the envelope's payload type is not {PAYLOAD_TYPE}")
    signatures = envelope["signatures"]
    if not isinstance(signatures, list) or len(signatures) != 1:
        raise VerificationError("the envelope does not hold exactly one signature")
    signature = exact_object(signatures[0], {"sig"}, "the signature")
    return Envelope(
        payload=_decode(envelope["payload"], "payload"),
        payload_type=PAYLOAD_TYPE,
        signature=_decode(signature["sig"], "signature"),
    )


def exact_object(value: object, keys: set[str], name: str) -> Mapping[str, object]:
    """`value` as a JSON object with exactly `keys`. Raises VerificationError."""
    if not isinstance(value, dict):
        raise VerificationError(f"{name} is not a JSON object")
    surplus, missing = sorted(value.keys() - keys), sorted(keys - value.keys())
    if surplus:
        raise VerificationError(f"{name} holds {', '.join(surplus)}, which odoo-gate never writes")
    if missing:
        raise VerificationError(f"{name} lacks {', '.join(missing)}")
    return value


def _decode(value: object, name: str) -> bytes:
    """Standard base64, in its one canonical spelling."""
    if not isinstance(value, str):
        raise VerificationError(f"the {name} is not a string")
    try:
        data = base64.b64decode(value.encode("ascii"), validate=True)
    except (binascii.Error, UnicodeEncodeError) as error:
        raise VerificationError(f"the {name} is not base64") from error
    if base64.b64encode(data).decode("ascii") != value:
        raise VerificationError(f"the {name} is not canonical base64")
    return data
