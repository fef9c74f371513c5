"""Signing and verifying: in-toto statements in DSSE envelopes in Sigstore bundles, by keys people hold."""

from odoo_gate.attest.deployment import Deployment, Examined, Source
from odoo_gate.attest.keys import (
    KeySigner,
    PublicKey,
    Signer,
    load_public_key,
    load_signer,
    new_signer,
    write_key_pair,
)
from odoo_gate.attest.verification import Verification, verify

__all__ = [
    "Deployment",
    "Examined",
    "KeySigner",
    "PublicKey",
    "Signer",
    "Source",
    "Verification",
    "load_public_key",
    "load_signer",
    "new_signer",
    "verify",
    "write_key_pair",
]
