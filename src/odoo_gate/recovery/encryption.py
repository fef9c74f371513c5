"""Parts of a backup encrypted as they stream: AES-256-GCM in chunks, which can be neither reordered nor cut short.

A file is a header (magic, 32 bytes of salt, 16 bytes by which the right key is recognised) and chunks of 1 MiB, each
with its tag. Every file has a key of its own, derived from the user's key and the salt, so that the chunk number can be
the nonce; the last byte of the nonce says whether it is the last chunk.
"""

from __future__ import annotations

import hmac
import os
import secrets
from collections.abc import Iterator
from pathlib import Path
from typing import IO, Protocol

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from odoo_gate.errors import GateError, UsageError

MAGIC = b"ODOOGATE-AES256GCM-1\n"
CHUNK = 1 << 20

_SALT = 32
_CHECK = 16
_TAG = 16
_KEY_BYTES = 32
_MAKE = "make one with `openssl rand -hex 32` and keep it where the backups are not"


class BackupError(GateError):
    """A backup cannot be read or restored. `rule` names what is wrong, as a finding does."""

    def __init__(self, rule: str, message: str, *, hint: str) -> None:
        super().__init__(message, hint=hint)
        self.rule = rule


class Sink(Protocol):
    """Where bytes go."""

    def write(self, data: bytes, /) -> object: ...


def read_key(file: Path | None, variable: str) -> bytes | None:
    """The key from `file`, else from the environment variable `variable`; None when neither is given.

    Raises UsageError when what is there is not 32 bytes in hexadecimal.
    """
    if file is not None:
        try:
            return parse_key(file.read_text(encoding="ascii"), str(file))
        except (OSError, UnicodeDecodeError) as error:
            raise UsageError(f"the backup key {file} cannot be read: {error}", hint=_MAKE) from error
    text = os.environ.get(variable, "") if variable else ""
    return parse_key(text, variable) if text else None


def parse_key(text: str, origin: str) -> bytes:
    """Raises UsageError when `text` is not 64 hexadecimal digits."""
    try:
        key = bytes.fromhex(text.strip())
    except ValueError:
        key = b""
    if len(key) != _KEY_BYTES:
        raise UsageError(f"{origin} is not a backup key: a key is 64 hexadecimal digits", hint=_MAKE)
    return key


class EncryptingSink:
    """Encrypts what is written to it into `sink`; `close` writes the last chunk."""

    def __init__(self, sink: Sink, key: bytes) -> None:
        salt = secrets.token_bytes(_SALT)
        self._header = MAGIC + salt + _derived(key, salt, b"check", _CHECK)
        self._cipher = AESGCM(_derived(key, salt, b"encrypt", _KEY_BYTES))
        self._sink = sink
        self._pending = bytearray()
        self._number = 0
        sink.write(self._header)

    def write(self, data: bytes, /) -> int:
        self._pending += data
        while len(self._pending) > CHUNK:  # never the last one: that is for `close`
            self._put(bytes(self._pending[:CHUNK]), last=False)
            del self._pending[:CHUNK]
        return len(data)

    def flush(self) -> None:
        """Nothing to do: what is pending is the part of a chunk."""

    def close(self) -> None:
        """Write the last chunk; without it the file does not decrypt."""
        self._put(bytes(self._pending), last=True)

    def _put(self, data: bytes, *, last: bool) -> None:
        self._sink.write(self._cipher.encrypt(_nonce(self._number, last=last), data, self._header))
        self._number += 1


def decrypted(file: IO[bytes], key: bytes | None, name: str) -> Iterator[bytes]:
    """The plain content of an encrypted part.

    Raises BackupError: `wrong-key` without a key or with another one, `part-damaged` for anything changed or cut off.
    """
    header = file.read(len(MAGIC) + _SALT + _CHECK)
    salt, check = header[len(MAGIC) : len(MAGIC) + _SALT], header[len(MAGIC) + _SALT :]
    if not header.startswith(MAGIC) or len(check) != _CHECK:
        raise _damaged(name)
    if key is None:
        raise BackupError(
            "wrong-key", f"{name} is encrypted and no key was given", hint="give the key the backup was made with"
        )
    if not hmac.compare_digest(check, _derived(key, salt, b"check", _CHECK)):
        raise BackupError(
            "wrong-key",
            f"{name} was encrypted with another key than the one given",
            hint="give the key the backup was made with; without it the backup is lost",
        )
    cipher = AESGCM(_derived(key, salt, b"encrypt", _KEY_BYTES))
    number = 0
    block = file.read(CHUNK + _TAG)
    while True:
        following = file.read(CHUNK + _TAG)
        try:
            yield cipher.decrypt(_nonce(number, last=not following), block, header)
        except InvalidTag as error:
            raise _damaged(name) from error
        if not following:
            return
        block, number = following, number + 1


def _nonce(number: int, *, last: bool) -> bytes:
    return number.to_bytes(11, "big") + bytes([last])


def _derived(key: bytes, salt: bytes, purpose: bytes, length: int) -> bytes:
    return HKDF(SHA256(), length, salt, b"odoo-gate backup " + purpose).derive(key)


def _damaged(name: str) -> BackupError:
    return BackupError(
        "part-damaged",
        f"{name} is damaged: it was changed or cut off after it was encrypted",
        hint="take another copy of the backup, and look at the disk or the transport this one went through",
    )
