"""The drill that fills the disk of the filestore: uploads are refused cleanly, and no row stays without its file."""

from __future__ import annotations

import base64
import hashlib
import secrets
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial

import odoorpc
from odoorpc.error import RPCError

from odoo_gate.errors import StackError
from odoo_gate.model import Finding, Metric, Severity
from odoo_gate.odoo.rpc import login
from odoo_gate.resilience.drill import Fault, Hit
from odoo_gate.resilience.stage import SMALL_DISK, Stage
from odoo_gate.stack.odoo_server import FILES_MOUNT

_FULL_SECONDS = 3.0
_UPLOAD_BYTES = 256 * 1024
_UPLOADS_AFTER = 3
_FILLER = f"{SMALL_DISK}/filler"
_DISK = f"{SMALL_DISK}/filestore"
_PAUSE = 0.1
_REMEDY = (
    "let the transaction fail when its file cannot be written: raise, and write to a name of its own before renaming"
)


@dataclass(frozen=True, slots=True)
class _Upload:
    """One upload: `id` of the attachment Odoo acknowledged, None when it refused."""

    content: bytes
    id: int | None
    error: str = ""


def disk_full() -> Fault:
    """The file system of the database's filestore filled to the last block, then freed."""
    return Fault("disk-full", _struck, setting=_on_small_disk)


@contextmanager
def _on_small_disk(stage: Stage) -> Iterator[None]:
    """The database's filestore moved to a file system that can be filled, and back with all that came meanwhile."""
    home = f"{FILES_MOUNT}/filestore/{stage.database}"
    run = partial(stage.server.container.execute, "sh", "-ec", user="root")
    back = f"rm -f {home}; mv {home}.aside {home}; cp -a {_DISK}/. {home}/"
    try:
        run(f"mkdir -p {home}; cp -a {home} {_DISK}; mv {home} {home}.aside; ln -s {_DISK} {home}")
        yield
    finally:
        run(f"rm -f {_FILLER}; if [ -d {home}.aside ]; then {back}; fi; rm -rf {_DISK}")


@contextmanager
def _struck(stage: Stage) -> Iterator[Hit]:
    hit = Hit("the disk of the filestore full")
    container = stage.server.container
    session = login(stage.server)
    if _upload(session).id is None:
        raise StackError("no file can be uploaded even before the disk is full", hint="read Odoo's log (logs/)")
    refused: list[_Upload] = []
    hit.struck = time.time()
    try:
        _fill(stage)
        yield hit
        until = time.monotonic() + _FULL_SECONDS
        while time.monotonic() < until:
            refused.append(_upload(session))
            time.sleep(_PAUSE)
    finally:
        container.execute("rm", "-f", _FILLER, user="root")
        hit.end()
    hit.findings.extend(_refusals(refused))
    hit.findings.extend(_afterwards(session, [each for each in refused if each.id is None]))
    hit.findings.extend(_dangling(stage))
    _clear(stage, refused)
    hit.metrics.append(Metric("uploads_refused", sum(each.id is None for each in refused), "1"))


def _fill(stage: Stage) -> None:
    """To the last block. Raises StackError when there still is room."""
    free = f"$(df --output=avail -B1 {SMALL_DISK} | tail -n 1)"
    rest = f"cat /dev/zero >> {_FILLER} 2> /dev/null || true"  # people upload meanwhile: what was free is not any more
    fill = f"fallocate -l {free} {_FILLER} || true; {rest}; test {free} -eq 0"
    stage.server.container.execute("sh", "-ec", fill, user="root")


def _upload(session: odoorpc.ODOO, content: bytes = b"") -> _Upload:
    content = content or secrets.token_bytes(_UPLOAD_BYTES)
    values = {
        "name": f"odoo-gate {hashlib.sha256(content).hexdigest()[:12]}",
        "datas": base64.b64encode(content).decode(),
    }
    try:
        return _Upload(content, int(session.execute("ir.attachment", "create", values)))
    except (RPCError, OSError) as error:  # refused, or no answer at all: either way nobody was told that it is kept
        return _Upload(content, None, str(error).strip().rpartition("\n")[2])


def _clear(stage: Stage, tried: Sequence[_Upload]) -> None:
    """Take away the torn files of refused uploads: no attachment knows them, and the next drill shall not see them."""
    with stage.connected() as connection:
        known = {row[0] for row in connection.execute("SELECT store_fname FROM ir_attachment").fetchall()}
    names = [f"{digest[:2]}/{digest}" for digest in (hashlib.sha1(each.content).hexdigest() for each in tried)]
    torn = [f"{_DISK}/{name}" for name in names if name not in known]
    if torn:
        stage.server.container.execute("rm", "-f", *torn, user="root")


def _refusals(tried: Sequence[_Upload]) -> Iterator[Finding]:
    taken = sum(each.id is not None for each in tried)
    if taken == len(tried):
        message = f"{taken} files were uploaded while the disk was full: the filestore is not where the disk was filled"
        remedy = (
            "see where the addons keep attachments (ir_attachment.location); a full disk must be felt to be drilled"
        )
        yield Finding("no-effect", message, remedy=remedy)


def _afterwards(session: odoorpc.ODOO, refused: Sequence[_Upload]) -> Iterator[Finding]:
    failed = [each for each in (_upload(session) for _ in range(_UPLOADS_AFTER)) if each.id is None]
    if failed:
        message = f"{len(failed)} of {_UPLOADS_AFTER} uploads failed when there was room again: {failed[0].error}"
        yield Finding(
            "uploads-stay-broken", message, remedy="see Odoo's log; nothing may remember that the disk was full"
        )
    again = [each for each in (_upload(session, each.content) for each in refused[:_UPLOADS_AFTER]) if each.id is None]
    if again:
        message = f"the very files that were refused cannot be uploaded when there is room again: {again[0].error}"
        remedy = (
            "Odoo leaves the torn file, and takes the next of that content for a collision; write to a temporary name"
        )
        yield Finding("torn-file-stays", message, Severity.WARNING, remedy=remedy)


def _dangling(stage: Stage) -> Iterator[Finding]:
    """Rows whose file is not there, or not whole."""
    listed = stage.server.container.execute("find", _DISK, "-type", "f", "-printf", "%P %s\\n", user="root")
    files = {name: int(size) for name, _, size in (line.rpartition(" ") for line in listed.splitlines())}
    with stage.connected() as connection:
        rows = connection.execute(
            "SELECT id, name, store_fname, file_size FROM ir_attachment WHERE store_fname IS NOT NULL ORDER BY id"
        ).fetchall()
    bad = [(number, name) for number, name, file, size in rows if files.get(file) != size]
    if not rows:
        yield Finding(
            "nothing-read-back", "there is not one attachment with a file: nothing was proven", remedy=_REMEDY
        )
    if bad:
        named = ", ".join(f"{number} ({name})" for number, name in bad[:5])
        message = f"{len(bad)} of {len(rows)} attachments have no whole file after the disk was full: {named}"
        yield Finding("dangling-attachment", message, remedy=_REMEDY)
