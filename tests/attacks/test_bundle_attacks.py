"""Bundles built to be misread: keys, types, signatures, JSON that two parsers would read differently."""

from __future__ import annotations

import base64
import json
from typing import Any

import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from odoo_gate.attest import new_signer
from odoo_gate.attest.bundle import MAX_BUNDLE_BYTES
from odoo_gate.errors import ExitCode

BUNDLE = "readiness.sigstore.json"


def refused_for(verification: Any) -> list[str]:
    assert verification.exit_code is ExitCode.INVALID
    return [examined.name for examined in verification.examined if not examined.held]


def test_signed_by_another_key(go: Any) -> None:
    go.put_statement(go.statement(), new_signer())
    assert refused_for(go.verify()) == ["signature"]


def test_nothing_of_an_unsigned_statement_is_believed(no_go: Any) -> None:
    statement = no_go.statement()
    statement["predicate"]["verdict"] = "GO"
    no_go.put_statement(statement, new_signer())
    verification = no_go.verify()
    assert refused_for(verification) == ["signature"]
    assert verification.readiness is None


def test_the_signature_of_another_genuine_statement(go: Any, inconclusive: Any) -> None:
    other = json.loads(inconclusive.file(BUNDLE).read_bytes())["dsseEnvelope"]["signatures"]
    go.edit_bundle(lambda bundle: bundle["dsseEnvelope"].update(signatures=other))
    assert refused_for(go.verify()) == ["signature"]


def twice(bundle: Any) -> None:
    bundle["dsseEnvelope"]["signatures"] *= 2


def unsigned(bundle: Any) -> None:
    bundle["dsseEnvelope"]["signatures"] = []


def with_keyid(bundle: Any) -> None:
    bundle["dsseEnvelope"]["signatures"][0]["keyid"] = "SHA256:whatever"


def with_empty_keyid(bundle: Any) -> None:
    bundle["dsseEnvelope"]["signatures"][0]["keyid"] = ""


def with_own_key(bundle: Any) -> None:
    bundle["verificationMaterial"]["publicKey"]["rawBytes"] = base64.b64encode(new_signer().public_key.pem).decode()


def with_certificate(bundle: Any) -> None:
    bundle["verificationMaterial"] = {"certificate": {"rawBytes": ""}}


def of_another_version(bundle: Any) -> None:
    bundle["mediaType"] = "application/vnd.dev.sigstore.bundle.v0.1+json"


def of_another_payload_type(bundle: Any) -> None:
    bundle["dsseEnvelope"]["payloadType"] = "text/plain"


def with_second_payload(bundle: Any) -> None:
    bundle["dsseEnvelope"]["payloads"] = [bundle["dsseEnvelope"]["payload"]]


def message_signature(bundle: Any) -> None:
    bundle["messageSignature"] = bundle.pop("dsseEnvelope")


def url_safe_base64(bundle: Any) -> None:
    bundle["dsseEnvelope"]["payload"] = bundle["dsseEnvelope"]["payload"].replace("/", "_").replace("+", "-") + "_"


def base64_with_line_ends(bundle: Any) -> None:
    bundle["dsseEnvelope"]["payload"] = (
        bundle["dsseEnvelope"]["payload"][:4] + "\n" + bundle["dsseEnvelope"]["payload"][4:]
    )


def base64_with_loose_bits(bundle: Any) -> None:
    bundle["dsseEnvelope"]["payload"] = "e31="


def numbers_for_strings(bundle: Any) -> None:
    bundle["dsseEnvelope"]["signatures"][0]["sig"] = 7


def signature_of_nothing(bundle: Any) -> None:
    bundle["dsseEnvelope"]["signatures"][0]["sig"] = ""


def signature_of_zeros(bundle: Any) -> None:
    """r = s = 0, which careless implementations accept for every message."""
    bundle["dsseEnvelope"]["signatures"][0]["sig"] = base64.b64encode(bytes.fromhex("3006020100020100")).decode()


@pytest.mark.parametrize(
    "change",
    [
        twice,
        unsigned,
        with_keyid,
        with_empty_keyid,
        with_own_key,
        with_certificate,
        of_another_version,
        of_another_payload_type,
        with_second_payload,
        message_signature,
        url_safe_base64,
        base64_with_line_ends,
        base64_with_loose_bits,
        numbers_for_strings,
        signature_of_nothing,
        signature_of_zeros,
    ],
)
def test_a_bundle_of_another_shape(go: Any, change: Any) -> None:
    go.edit_bundle(change)
    assert refused_for(go.verify()) in (["bundle"], ["signature"])


def test_white_space_and_hint_are_not_free_either(go: Any) -> None:
    genuine = go.file(BUNDLE).read_bytes()
    for bundle in (genuine + b" ", genuine.replace(b'"hint":"', b'"hint":"x')):
        go.file(BUNDLE).write_bytes(bundle)
        assert refused_for(go.verify(BUNDLE)) == ["bundle"]


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"{",
        b"null",
        b"[]",
        b"[" * 100_000,
        b'{"mediaType":' * 100_000,
        b'{"a": NaN}',
        b"\xff\xfe",
        b"\xef\xbb\xbf{}",
        b"<html>GO</html>",
    ],
)
def test_something_else_in_place_of_the_bundle(go: Any, data: bytes) -> None:
    go.file(BUNDLE).write_bytes(data)
    assert refused_for(go.verify()) == ["bundle"]


def test_a_key_twice_in_the_bundle(go: Any) -> None:
    genuine = go.file(BUNDLE).read_bytes()
    evil = genuine.replace(b'"payloadType"', b'"payload":"e30=","payloadType"', 1)
    go.file(BUNDLE).write_bytes(evil)
    assert refused_for(go.verify()) == ["bundle"]


def test_a_bundle_too_large_to_read(go: Any) -> None:
    with go.file(BUNDLE).open("r+b") as file:
        file.truncate(MAX_BUNDLE_BYTES + 1)
    assert refused_for(go.verify()) == ["bundle"]


@settings(max_examples=300, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(st.data())
def test_any_mutation_of_the_bundle_is_refused_without_a_crash(go: Any, data: st.DataObject) -> None:
    bundle = go.file(BUNDLE).read_bytes()
    start = data.draw(st.integers(0, len(bundle) - 1))
    end = data.draw(st.integers(start, min(len(bundle), start + 40)))
    put = data.draw(st.binary(max_size=12))
    mutant = bundle[:start] + put + bundle[end:]
    assume(mutant != bundle)
    target = go.folder.parent / "mutant.json"
    target.write_bytes(mutant)
    assert go.verify("../mutant.json").exit_code is ExitCode.INVALID
