"""Signing by a program: openssl as it is, and a PKCS#11 token where SoftHSM and OpenSC are installed."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Mapping
from pathlib import Path

import pytest

from odoo_gate.attest.dsse import PAYLOAD_TYPE
from odoo_gate.attest.keys import load_public_key
from odoo_gate.attest.signers import CommandSigner, signer_from
from odoo_gate.errors import InfrastructureError, SettingsError

MODULES = ("/usr/lib/softhsm/libsofthsm2.so", "/usr/lib/x86_64-linux-gnu/softhsm/libsofthsm2.so")
MODULE = next((path for path in MODULES if Path(path).exists()), "")


def openssl(*arguments: str | Path) -> None:
    subprocess.run(["openssl", *arguments], check=True, capture_output=True)


@pytest.fixture
def key(tmp_path: Path) -> Path:
    path = tmp_path / "key.pem"
    openssl("ecparam", "-name", "prime256v1", "-genkey", "-noout", "-out", path)
    openssl("ec", "-in", path, "-pubout", "-out", f"{path}.pub")
    return path


def environment(command: str, public: Path) -> dict[str, str]:
    return {"ODOO_GATE_SIGNER_COMMAND": command, "ODOO_GATE_SIGNER_PUBLIC_KEY": str(public)}


def signs(env: Mapping[str, str]) -> None:
    signer = signer_from("", Path(), env)
    assert isinstance(signer, CommandSigner)
    for number in range(8):  # DER signatures differ in length from one to the next
        envelope = signer.sign(b'{"number": %d}' % number)
        assert envelope.payload_type == PAYLOAD_TYPE
        assert load_public_key(Path(env["ODOO_GATE_SIGNER_PUBLIC_KEY"])).verifies(envelope)


def test_openssl_signs_in_der(key: Path) -> None:
    signs(environment(f"openssl dgst -sha256 -sign {key}", Path(f"{key}.pub")))


def test_a_program_may_print_base64_as_cosign_does(key: Path) -> None:
    command = f"sh -c 'openssl dgst -sha256 -sign {key} | base64 -w0'"
    signs(environment(command, Path(f"{key}.pub")))


@pytest.mark.skipif(not MODULE or not shutil.which("pkcs11-tool"), reason="softhsm2 and opensc are not installed")
def test_a_pkcs11_token_signs_and_keeps_its_key(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "tokens").mkdir()
    (tmp_path / "softhsm2.conf").write_text(f"directories.tokendir = {tmp_path / 'tokens'}\n")
    monkeypatch.setenv("SOFTHSM2_CONF", str(tmp_path / "softhsm2.conf"))

    def run(*arguments: str) -> None:
        subprocess.run(arguments, check=True, capture_output=True, env=dict(os.environ))

    pins = ("--so-pin", "4321", "--pin", "1234")
    run("softhsm2-util", "--init-token", "--free", "--label", "gate", *pins)
    token = ("pkcs11-tool", "--module", MODULE, "--token-label", "gate", "--login", "--pin", "1234")
    run(*token, "--keypairgen", "--key-type", "EC:prime256v1", "--label", "gate", "--id", "01")
    run(*token, "--read-object", "--type", "pubkey", "--id", "01", "--output-file", str(tmp_path / "gate.der"))
    openssl("pkey", "-pubin", "-inform", "DER", "-in", tmp_path / "gate.der", "-out", tmp_path / "gate.pub")
    sign = [*token, "--sign", "--id", "01", "--mechanism", "ECDSA", "--signature-format", "openssl"]
    script = tmp_path / "sign.sh"
    script.write_text(
        '#!/bin/sh\nset -e\nwork=$(mktemp -d)\ntrap \'rm -r "$work"\' EXIT\nopenssl dgst -sha256 -binary > "$work/in"\n'
        f'{" ".join(sign)} --input-file "$work/in" --output-file "$work/out" >&2\ncat "$work/out"\n'
    )
    script.chmod(0o755)
    signs(environment(str(script), tmp_path / "gate.pub"))


@pytest.mark.parametrize(
    ("command", "sentence"),
    [
        ("true", "gave a signature that is not the key's"),
        ("echo x", "gave a signature that is not the key's"),
        ("false", "ended with status 1"),
        ("/nowhere/sign", "cannot be started"),
    ],
)
def test_a_program_that_does_not_sign(key: Path, command: str, sentence: str) -> None:
    signer = signer_from("", Path(), environment(command, Path(f"{key}.pub")))
    with pytest.raises(InfrastructureError, match=sentence):
        signer.sign(b"{}")


def test_a_program_that_signs_with_another_key(key: Path, tmp_path: Path) -> None:
    other = tmp_path / "other.pem"
    openssl("ecparam", "-name", "prime256v1", "-genkey", "-noout", "-out", other)
    signer = signer_from("", Path(), environment(f"openssl dgst -sha256 -sign {other}", Path(f"{key}.pub")))
    with pytest.raises(InfrastructureError, match="not the key's"):
        signer.sign(b"{}")


def test_a_program_without_its_public_key() -> None:
    with pytest.raises(SettingsError, match="nobody says with which key"):
        signer_from("", Path(), {"ODOO_GATE_SIGNER_COMMAND": "true"})
