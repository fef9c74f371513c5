"""`odoo-gate keys`: the pair of keys that signs and verifies verdicts."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Annotated

import typer

from odoo_gate.attest import PublicKey, load_public_key, load_signer, new_signer, write_key_pair
from odoo_gate.attest.keys import PASSPHRASE_VARIABLE, SIGNING_KEY_VARIABLE
from odoo_gate.errors import SettingsError

app = typer.Typer(help="Make and show the keys that sign verdicts.", no_args_is_help=True)


@app.command()
def new(
    path: Annotated[Path, typer.Argument(help="Where the private key goes; the public one gets .pub added.")],
) -> None:
    """Make a key pair (ECDSA P-256). Encrypted when $ODOO_GATE_SIGNING_KEY_PASSPHRASE is set.

    Example: odoo-gate keys new gate.key
    """
    signer = new_signer()
    passphrase = os.environ.get(PASSPHRASE_VARIABLE, "")
    public = write_key_pair(signer, path, passphrase)
    protection = "encrypted" if passphrase else "not encrypted"
    typer.echo(f"private key   {path} ({protection}, readable by you alone)")
    typer.echo(f"public key    {public}")
    typer.echo(f"fingerprint   sha256:{signer.public_key.fingerprint}")
    typer.echo(f"Next: hand the private key to the job that signs (${SIGNING_KEY_VARIABLE}) and to nothing else,")
    typer.echo("keep it out of the repository, and give the public key to whoever runs `odoo-gate verify`.")


@app.command()
def show(
    path: Annotated[Path, typer.Argument(help="A private or a public key in PEM.")],
) -> None:
    """Print a key's fingerprint and its public half, never the private one.

    Example: odoo-gate keys show gate.key.pub
    """
    kind, key = _open(path)
    typer.echo(f"{kind}, ECDSA P-256")
    typer.echo(f"fingerprint   sha256:{key.fingerprint}")
    typer.echo(key.pem.decode("ascii").rstrip())


def _open(path: Path) -> tuple[str, PublicKey]:
    """The public half of whatever key lies at `path`. Raises SettingsError."""
    try:
        private = b"PRIVATE KEY" in path.read_bytes()
    except OSError as error:
        raise SettingsError(f"the key {path} cannot be read: {error.strerror}", hint="name a key file") from error
    if not private:
        return "public key", load_public_key(path)
    passphrase = os.environ.get(PASSPHRASE_VARIABLE, "")
    signer = load_signer(str(path.absolute()), Path("/"), {PASSPHRASE_VARIABLE: passphrase})
    return "private key", signer.public_key
