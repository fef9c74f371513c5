"""`odoo-gate rollback`: the package that takes a release back, written before it goes out."""

from __future__ import annotations

import os
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer

from odoo_gate.attest import load_public_key
from odoo_gate.attest.bundle import MAX_BUNDLE_BYTES
from odoo_gate.attest.rollback import BackupV1, RollbackV1, open_rollback, rollback_files
from odoo_gate.attest.run_folder import BUNDLE, read_whole, write_whole
from odoo_gate.attest.signers import signer_from
from odoo_gate.cli.projects import find_project
from odoo_gate.errors import UsageError, VerificationError
from odoo_gate.report import visible

app = typer.Typer(help="The signed package that takes a release back.", no_args_is_help=True)


@app.command()
def write(
    candidate: Annotated[Path, typer.Argument(help="The run of the release that goes out: folder or bundle.")],
    previous: Annotated[Path, typer.Option(help="The run by which today's release was deployed: folder or bundle.")],
    backup: Annotated[str, typer.Option(help="Where the backup taken before the deployment is.")],
    key: Annotated[Path, typer.Option(help="The public key that both reports were signed with.")],
    sha256: Annotated[str, typer.Option(help="The backup's sha256 (hex).")] = "",
    output: Annotated[Path, typer.Option(help="A new folder for the package.")] = Path(".odoo-gate/rollback"),
    project: Annotated[Path | None, typer.Option(help="The project whose signing key is used.")] = None,
) -> None:
    """Put together what taking this release back needs, and sign it. Do it before you deploy.

    Example: odoo-gate rollback write .odoo-gate/verdict --previous deployed/readiness.sigstore.json
    --backup s3://backups/2026-11-22T06.dump --key gate.key.pub
    """
    if output.exists():
        raise UsageError(f"{output} exists already", hint="name a folder that is not there yet")
    settings = find_project(project)
    signer = signer_from(
        settings.attest.signing_key if settings else "", settings.root if settings else Path.cwd(), os.environ
    )
    if sha256 and (len(sha256) != 64 or set(sha256) - set("0123456789abcdef")):
        raise UsageError(f"{sha256!r} is no sha256", hint="64 hex digits, as sha256sum prints them")
    files = rollback_files(
        _bundle(candidate),
        _bundle(previous),
        BackupV1(reference=backup, sha256=sha256 or None),
        signer,
        load_public_key(key),
        datetime.now(UTC),
    )
    for name, data in files.items():
        write_whole(output / name, data)
    _print(open_rollback(files, signer.public_key), output)


@app.command()
def show(
    folder: Annotated[Path, typer.Argument(help="The package.")],
    key: Annotated[Path, typer.Option(help="The public key that you trust.")],
) -> None:
    """Check a package and print the way back. Exit status 5 when it is not whole or not genuine.

    Example: odoo-gate rollback show back/
    """
    try:
        files = {path.name: read_whole(path, MAX_BUNDLE_BYTES) for path in sorted(folder.iterdir())}
    except OSError as error:
        raise VerificationError(f"{folder} cannot be read: {error.strerror}", hint="name the package") from error
    _print(open_rollback(files, load_public_key(key)), folder)


def _print(package: RollbackV1, folder: Path) -> None:
    old, new = package.previous, package.candidate
    typer.echo(f"the way back of {visible(package.project)} in {package.environment}, {package.method}")
    typer.echo(f"from      run {visible(new.run)}, commit {new.commit[:12] or 'none'}")
    typer.echo(f"to        run {visible(old.run)}, commit {old.commit[:12] or 'none'}, addons {old.addons[:16]}…")
    for image in old.images:
        typer.echo(f"image     {image.role} {image.digest}")
    digest = f", sha256:{package.backup.sha256}" if package.backup.sha256 else ""
    typer.echo(f"backup    {visible(package.backup.reference)}{digest}")
    for metric in package.rehearsed:
        typer.echo(f"rehearsed {visible(metric.name)} {metric.value:g} {metric.unit}")
    typer.echo(f"package   {folder}")


def _bundle(run: Path) -> bytes:
    path = run / BUNDLE if run.is_dir() else run
    try:
        return read_whole(path, MAX_BUNDLE_BYTES)
    except OSError as error:
        raise UsageError(f"{path} cannot be read: {error.strerror}", hint="give a run folder or its bundle") from error
