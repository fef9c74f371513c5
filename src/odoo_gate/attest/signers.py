"""Which signer a job has: a key in a file or a variable, or a program that reaches an HSM, a KMS or a vault."""

from __future__ import annotations

import base64
import binascii
import shlex
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from odoo_gate.attest.dsse import PAYLOAD_TYPE, Envelope, pre_authentication_encoding
from odoo_gate.attest.keys import PublicKey, Signer, load_public_key, load_signer
from odoo_gate.errors import InfrastructureError, SettingsError

COMMAND_VARIABLE = "ODOO_GATE_SIGNER_COMMAND"
COMMAND_KEY_VARIABLE = "ODOO_GATE_SIGNER_PUBLIC_KEY"
_SECONDS = 120.0
_MAX_SIGNATURE = 1024


@dataclass(frozen=True, slots=True)
class CommandSigner:
    """Signs by running a program: bytes on its standard input, their ECDSA signature (DER or base64) on its output.

    `cosign sign-blob --key KMS -`, `openssl dgst -sha256 -sign KEY` and `pkcs11-tool --sign` behave so. The private
    key stays where the program reaches it; every signature is verified before it is used.
    """

    argv: tuple[str, ...]
    public_key: PublicKey

    def sign(self, payload: bytes) -> Envelope:
        """Raises InfrastructureError when the program fails, or what it gives is not this key's signature."""
        signed = pre_authentication_encoding(PAYLOAD_TYPE, payload)
        envelope = Envelope(payload, PAYLOAD_TYPE, _signature(self._run(signed)))
        if not self.public_key.verifies(envelope):
            raise InfrastructureError(
                f"{self.argv[0]} gave a signature that is not the key's {self.public_key.fingerprint[:16]}…",
                hint=f"${COMMAND_KEY_VARIABLE} must be the public half of the key that it signs with (ECDSA P-256)",
            )
        return envelope

    def _run(self, data: bytes) -> bytes:
        hint = f"run it by hand: {shlex.join(self.argv)}"
        try:
            done = subprocess.run(list(self.argv), input=data, capture_output=True, timeout=_SECONDS, check=False)
        except OSError as error:
            raise InfrastructureError(f"{self.argv[0]} cannot be started: {error.strerror}", hint=hint) from error
        except subprocess.TimeoutExpired as error:
            raise InfrastructureError(f"{self.argv[0]} did not sign within {_SECONDS:g} s", hint=hint) from error
        if done.returncode != 0:
            said = done.stderr.decode("utf-8", "replace").strip()[-500:]
            raise InfrastructureError(f"{self.argv[0]} ended with status {done.returncode}: {said}", hint=hint)
        return done.stdout


def signer_from(configured: str, root: Path, env: Mapping[str, str]) -> Signer:
    """The job's signer: the program in `$ODOO_GATE_SIGNER_COMMAND`, else a key as `load_signer` finds it.

    The program comes from the environment alone: gate.toml is part of the change under test. Raises SettingsError.
    """
    command = env.get(COMMAND_VARIABLE, "").strip()
    if not command:
        return load_signer(configured, root, env)
    key = env.get(COMMAND_KEY_VARIABLE, "").strip()
    if not key:
        raise SettingsError(
            f"${COMMAND_VARIABLE} signs, and nobody says with which key",
            hint=f"set ${COMMAND_KEY_VARIABLE} to the path of its public half (PEM)",
        )
    try:
        argv = tuple(shlex.split(command))
    except ValueError as error:
        raise SettingsError(f"${COMMAND_VARIABLE} is no command: {error}", hint="quote it as for a shell") from error
    return CommandSigner(argv, load_public_key(Path(key)))


def _signature(output: bytes) -> bytes:
    """The DER signature in what a program printed: as it is, or in base64, as cosign prints it."""
    if output.startswith(b"\x30") and len(output) <= _MAX_SIGNATURE and output[1:2] == bytes([len(output) - 2]):
        return output
    try:
        return base64.b64decode(output.strip(), validate=True)
    except (binascii.Error, ValueError):
        return output
