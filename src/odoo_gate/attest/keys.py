"""Keys: ECDSA on P-256 with SHA-256, in PEM; made, loaded, and the reason why another kind is refused."""

from __future__ import annotations

import base64
import hashlib
import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from odoo_gate.attest.dsse import PAYLOAD_TYPE, Envelope, pre_authentication_encoding
from odoo_gate.errors import SettingsError

SIGNING_KEY_VARIABLE = "ODOO_GATE_SIGNING_KEY"
PASSPHRASE_VARIABLE = "ODOO_GATE_SIGNING_KEY_PASSPHRASE"
_MAX_PEM_BYTES = 64 * 1024
_NEW_KEY = "make a pair with `odoo-gate keys new <path>`"


@dataclass(frozen=True, slots=True)
class PublicKey:
    """A key that verifies. Trust in it comes from where the caller got it, never from what it verifies."""

    _key: ec.EllipticCurvePublicKey

    def verifies(self, envelope: Envelope) -> bool:
        """Whether the envelope's signature is by this key's private half, over exactly its bytes."""
        try:
            self._key.verify(envelope.signature, envelope.signed_bytes, ec.ECDSA(hashes.SHA256()))
        except InvalidSignature:
            return False
        return True

    @property
    def pem(self) -> bytes:
        return self._key.public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)

    @property
    def fingerprint(self) -> str:
        """sha256 (hex) of the key's DER form, for people to compare."""
        return hashlib.sha256(self._der).hexdigest()

    @property
    def hint(self) -> str:
        """The same digest in base64, as cosign writes it into a bundle."""
        return base64.b64encode(hashlib.sha256(self._der).digest()).decode("ascii")

    @property
    def _der(self) -> bytes:
        return self._key.public_bytes(serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo)


class Signer(Protocol):
    """Whatever can sign: a key file here, a KMS or HSM elsewhere."""

    @property
    def public_key(self) -> PublicKey: ...

    def sign(self, payload: bytes) -> Envelope:
        """`payload`, an in-toto statement, in a signed envelope."""
        ...


@dataclass(frozen=True, slots=True)
class KeySigner:
    """Signs with a private key held in memory."""

    _key: ec.EllipticCurvePrivateKey

    @property
    def public_key(self) -> PublicKey:
        return PublicKey(self._key.public_key())

    def sign(self, payload: bytes) -> Envelope:
        signed = pre_authentication_encoding(PAYLOAD_TYPE, payload)
        return Envelope(payload, PAYLOAD_TYPE, self._key.sign(signed, ec.ECDSA(hashes.SHA256())))

    def private_pem(self, passphrase: str = "") -> bytes:
        """The private key as PKCS#8 PEM, encrypted when there is a passphrase."""
        return self._key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.BestAvailableEncryption(passphrase.encode()) if passphrase else serialization.NoEncryption(),
        )


def new_signer() -> KeySigner:
    """A fresh key, in memory only."""
    return KeySigner(ec.generate_private_key(ec.SECP256R1()))


def write_key_pair(signer: KeySigner, path: Path, passphrase: str = "") -> Path:
    """Write the private key to `path` (mode 0600) and the public one beside it; returns the latter's path.

    Raises SettingsError when either file exists: a key is never overwritten.
    """
    public = path.with_name(path.name + ".pub")
    for file in (path, public):
        if file.exists() or file.is_symlink():
            raise SettingsError(f"{file} exists; a key is never overwritten", hint="name another file")
    path.parent.mkdir(parents=True, exist_ok=True)
    _create(path, signer.private_pem(passphrase), 0o600)
    _create(public, signer.public_key.pem, 0o644)
    return public


def load_signer(configured: str, root: Path, env: Mapping[str, str]) -> KeySigner:
    """The key to sign with: `$ODOO_GATE_SIGNING_KEY` (PEM or path), else the path `configured` below `root`.

    An encrypted key is opened with `$ODOO_GATE_SIGNING_KEY_PASSPHRASE`. Raises SettingsError when there is no
    key, it cannot be opened, or it is not a P-256 key.
    """
    given = env.get(SIGNING_KEY_VARIABLE, "").strip()
    passphrase = env.get(PASSPHRASE_VARIABLE, "")
    if given.startswith("-----BEGIN"):
        return _open_private(given.encode(), f"${SIGNING_KEY_VARIABLE}", passphrase)
    if not (given or configured):
        raise SettingsError(
            "there is no key to sign the verdict with",
            hint=f"{_NEW_KEY}, then set attest.signing_key in gate.toml or ${SIGNING_KEY_VARIABLE}",
        )
    path = Path(given) if given else root / configured
    return _open_private(_read_pem(path), str(path), passphrase)


def load_public_key(path: Path) -> PublicKey:
    """The public key in a PEM file. Raises SettingsError when it is none, or not on P-256."""
    return public_key_from(_read_pem(path), str(path))


def public_key_from(pem: bytes, origin: str) -> PublicKey:
    """The public key in PEM that came from `origin`. Raises SettingsError when it is none, or not on P-256."""
    if b"PRIVATE KEY" in pem:
        raise SettingsError(f"{origin} is a private key", hint="give its public half, the file that ends in .pub")
    try:
        key = serialization.load_pem_public_key(pem)
    except (ValueError, UnsupportedAlgorithm) as error:
        raise SettingsError(f"{origin} is not a public key in PEM", hint=_NEW_KEY) from error
    if not isinstance(key, ec.EllipticCurvePublicKey) or not isinstance(key.curve, ec.SECP256R1):
        raise SettingsError(f"{origin} is not an ECDSA key on the curve P-256", hint=_NEW_KEY)
    return PublicKey(key)


def _open_private(pem: bytes, origin: str, passphrase: str) -> KeySigner:
    encrypted = b"ENCRYPTED" in pem
    if encrypted and not passphrase:
        raise SettingsError(f"the key in {origin} is encrypted", hint=f"set ${PASSPHRASE_VARIABLE}")
    try:
        key = serialization.load_pem_private_key(pem, passphrase.encode() if encrypted else None)
    except (ValueError, TypeError, UnsupportedAlgorithm) as error:
        wrong = f"or ${PASSPHRASE_VARIABLE} is wrong " if encrypted else ""
        raise SettingsError(f"{origin} is not a private key in PEM {wrong}".rstrip(), hint=_NEW_KEY) from error
    if not isinstance(key, ec.EllipticCurvePrivateKey) or not isinstance(key.curve, ec.SECP256R1):
        raise SettingsError(f"the key in {origin} is not an ECDSA key on the curve P-256", hint=_NEW_KEY)
    return KeySigner(key)


def _read_pem(path: Path) -> bytes:
    try:
        if path.stat().st_size > _MAX_PEM_BYTES:
            raise SettingsError(f"{path} is too large for a key", hint=_NEW_KEY)
        return path.read_bytes()
    except OSError as error:
        raise SettingsError(f"the key {path} cannot be read: {error.strerror}", hint=_NEW_KEY) from error


def _create(path: Path, data: bytes, mode: int) -> None:
    """A new file with `mode` from its first byte on; never one that was there."""
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode)
    with os.fdopen(descriptor, "wb") as file:
        os.fchmod(file.fileno(), mode)
        file.write(data)
