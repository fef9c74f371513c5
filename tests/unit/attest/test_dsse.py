"""The envelope: signed bytes as the DSSE specification has them."""

from __future__ import annotations

import base64
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from odoo_gate.attest import new_signer
from odoo_gate.attest.bundle import read_bundle, write_bundle
from odoo_gate.attest.dsse import PAYLOAD_TYPE, pre_authentication_encoding, read_envelope
from odoo_gate.errors import VerificationError


def test_the_encoding_is_that_of_the_specification() -> None:
    encoded = pre_authentication_encoding("http://example.com/HelloWorld", b"hello world")
    assert encoded == b"DSSEv1 29 http://example.com/HelloWorld 11 hello world"


def test_lengths_are_in_bytes_not_characters() -> None:
    assert pre_authentication_encoding("é", "é".encode()) == "DSSEv1 2 é 2 é".encode()


@given(st.text(), st.binary(), st.text(), st.binary())
def test_no_two_contents_share_an_encoding(type_a: str, a: bytes, type_b: str, b: bytes) -> None:
    same = pre_authentication_encoding(type_a, a) == pre_authentication_encoding(type_b, b)
    assert same == ((type_a, a) == (type_b, b))


@given(st.binary())
def test_a_bundle_gives_back_what_was_signed(payload: bytes) -> None:
    signer = new_signer()
    envelope = signer.sign(payload)
    assert read_bundle(write_bundle(envelope, "hint")) == envelope
    assert signer.public_key.verifies(envelope)


def test_the_bundle_has_the_members_that_cosign_reads() -> None:
    signer = new_signer()
    bundle = json.loads(write_bundle(signer.sign(b"{}"), "h"))
    assert bundle["mediaType"] == "application/vnd.dev.sigstore.bundle.v0.3+json"
    assert bundle["verificationMaterial"] == {"publicKey": {"hint": "h"}}
    envelope = bundle["dsseEnvelope"]
    assert (envelope["payload"], envelope["payloadType"]) == ("e30=", PAYLOAD_TYPE)
    assert [list(signature) for signature in envelope["signatures"]] == [["sig"]]


@pytest.mark.parametrize("sig", ["%%%%", "AA", "AAA", "AA==\n", " AAAA", "AAB=", "_-8=", "é", "AAAA=", "=AAA"])
def test_base64_has_one_spelling(sig: str) -> None:
    members = {"payload": "", "payloadType": PAYLOAD_TYPE, "signatures": [{"sig": sig}]}
    with pytest.raises(VerificationError, match="base64"):
        read_envelope(members)


def test_a_signature_holds_for_its_payload_and_key_only() -> None:
    signer, other = new_signer(), new_signer()
    envelope = signer.sign(b"payload")
    changed = read_envelope(envelope.to_members() | {"payload": base64.b64encode(b"Payload").decode()})
    assert not signer.public_key.verifies(changed)
    assert not other.public_key.verifies(envelope)
