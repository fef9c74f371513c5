"""Keys: made once, never overwritten, and refused with a reason when they are of another kind."""

from __future__ import annotations

import stat
from pathlib import Path

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa

from odoo_gate.attest import load_public_key, load_signer, new_signer, write_key_pair
from odoo_gate.errors import ExitCode, SettingsError

PEM, PKCS8 = serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8
SPKI, PLAIN = serialization.PublicFormat.SubjectPublicKeyInfo, serialization.NoEncryption()

OTHER_KEYS = {
    "P-384": ec.generate_private_key(ec.SECP384R1()),
    "secp256k1": ec.generate_private_key(ec.SECP256K1()),
    "Ed25519": ed25519.Ed25519PrivateKey.generate(),
    "RSA": rsa.generate_private_key(65537, 2048),
}


def test_a_new_pair_signs_and_verifies(tmp_path: Path) -> None:
    public = write_key_pair(new_signer(), tmp_path / "keys" / "gate.key")
    signer = load_signer("keys/gate.key", tmp_path, {})
    assert load_public_key(public).verifies(signer.sign(b"payload"))
    assert load_public_key(public).fingerprint == signer.public_key.fingerprint


def test_the_private_key_is_its_owners_alone(tmp_path: Path) -> None:
    public = write_key_pair(new_signer(), tmp_path / "gate.key")
    assert stat.S_IMODE((tmp_path / "gate.key").stat().st_mode) == 0o600
    assert stat.S_IMODE(public.stat().st_mode) == 0o644


@pytest.mark.parametrize("existing", ["gate.key", "gate.key.pub"])
def test_no_key_is_ever_overwritten(tmp_path: Path, existing: str) -> None:
    (tmp_path / existing).write_text("precious")
    with pytest.raises(SettingsError, match="never overwritten"):
        write_key_pair(new_signer(), tmp_path / "gate.key")
    assert [path.name for path in tmp_path.iterdir()] == [existing]
    assert (tmp_path / existing).read_text() == "precious"


def test_a_dangling_link_is_not_written_through(tmp_path: Path) -> None:
    (tmp_path / "gate.key").symlink_to(tmp_path / "elsewhere")
    with pytest.raises(SettingsError):
        write_key_pair(new_signer(), tmp_path / "gate.key")
    assert not (tmp_path / "elsewhere").exists()


def test_the_environment_holds_the_key_or_its_path_and_beats_the_settings(tmp_path: Path) -> None:
    signer = new_signer()
    write_key_pair(signer, tmp_path / "gate.key")
    for value in (signer.private_pem().decode(), f"\n{signer.private_pem().decode()}", str(tmp_path / "gate.key")):
        loaded = load_signer("other.key", tmp_path, {"ODOO_GATE_SIGNING_KEY": value})
        assert loaded.public_key.fingerprint == signer.public_key.fingerprint


def test_an_encrypted_key_opens_with_its_passphrase_only(tmp_path: Path) -> None:
    write_key_pair(new_signer(), tmp_path / "gate.key", "correct horse")
    assert b"ENCRYPTED" in (tmp_path / "gate.key").read_bytes()
    load_signer("gate.key", tmp_path, {"ODOO_GATE_SIGNING_KEY_PASSPHRASE": "correct horse"})
    with pytest.raises(SettingsError, match="PASSPHRASE is wrong"):
        load_signer("gate.key", tmp_path, {"ODOO_GATE_SIGNING_KEY_PASSPHRASE": "wrong"})
    with pytest.raises(SettingsError, match="is encrypted"):
        load_signer("gate.key", tmp_path, {})


def test_a_passphrase_that_is_not_needed_does_no_harm(tmp_path: Path) -> None:
    write_key_pair(new_signer(), tmp_path / "gate.key")
    load_signer("gate.key", tmp_path, {"ODOO_GATE_SIGNING_KEY_PASSPHRASE": "unused"})


@pytest.mark.parametrize("kind", OTHER_KEYS)
def test_a_key_of_another_kind_is_refused(tmp_path: Path, kind: str) -> None:
    key = OTHER_KEYS[kind]
    (tmp_path / "gate.key").write_bytes(key.private_bytes(PEM, PKCS8, PLAIN))
    (tmp_path / "gate.key.pub").write_bytes(key.public_key().public_bytes(PEM, SPKI))
    with pytest.raises(SettingsError, match="not an ECDSA key on the curve P-256"):
        load_signer("gate.key", tmp_path, {})
    with pytest.raises(SettingsError, match="not an ECDSA key on the curve P-256") as caught:
        load_public_key(tmp_path / "gate.key.pub")
    assert caught.value.exit_code is ExitCode.USAGE
    assert "odoo-gate keys new" in caught.value.hint


def test_a_private_key_is_not_taken_for_a_public_one(tmp_path: Path) -> None:
    write_key_pair(new_signer(), tmp_path / "gate.key")
    with pytest.raises(SettingsError, match="is a private key"):
        load_public_key(tmp_path / "gate.key")


@pytest.mark.parametrize("content", [b"", b"not a key", b"-----BEGIN PUBLIC KEY-----\nAAAA\n", b"x" * 100_000])
def test_a_file_that_is_no_key(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "k").write_bytes(content)
    with pytest.raises(SettingsError):
        load_public_key(tmp_path / "k")
    with pytest.raises(SettingsError):
        load_signer("k", tmp_path, {})


def test_a_key_that_is_not_there_says_how_to_make_one(tmp_path: Path) -> None:
    for configured in ("", "gate.key"):
        with pytest.raises(SettingsError) as caught:
            load_signer(configured, tmp_path, {})
        assert "odoo-gate keys new" in caught.value.hint


def test_no_key_shows_itself_in_a_traceback() -> None:
    signer = new_signer()
    assert signer.private_pem().decode()[40:80] not in repr(signer)
