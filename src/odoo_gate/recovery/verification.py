"""Findings about a backup as it lies there, and about what came out of it."""

from __future__ import annotations

import zipfile
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from odoo_gate.model import Finding
from odoo_gate.recovery.encryption import BackupError
from odoo_gate.recovery.filestore import Files
from odoo_gate.recovery.manifest import Backup, DatabaseFacts, Manifest, Part
from odoo_gate.recovery.streams import read_part, sha256_of

_NAMED = 5
"""Names told of each kind of trouble; the rest is a number."""

_AGAIN = "take the backup again, and look at the disk or the transport this one went through"
_FILES = "back the filestore up together with the database: its folder is `data_dir`/filestore/<database>"


def stored_findings(backup: Backup, key: bytes | None = None) -> Iterator[Finding]:
    """`recovery.backup`: every part is there, unchanged and readable, and nothing that the rows name is missing."""
    manifest = backup.manifest
    if not manifest.parts:
        yield Finding("no-parts", "the backup has no parts", remedy="take the backup again")
    for part in manifest.parts:
        yield from _part_findings(backup, part, key)
    if manifest.facts is not None:
        yield from _content_findings(manifest, manifest.facts)


def _part_findings(backup: Backup, part: Part, key: bytes | None) -> Iterator[Finding]:
    path = backup.path(part)
    if not path.is_file():
        yield Finding("part-missing", f"{part.name} is not in the backup's folder", remedy=_AGAIN)
        return
    size = path.stat().st_size
    if size < part.size:
        message = f"{part.name} is cut off: {size:,} of {part.size:,} bytes are there"
        yield Finding("part-truncated", message, remedy=_AGAIN)
        return
    if size != part.size or sha256_of(path) != part.sha256:
        message = f"{part.name} was changed since the backup was taken: its SHA-256 is not that of the manifest"
        yield Finding("part-damaged", message, remedy=_AGAIN)
        return
    if part.encrypted:
        yield from _decryption_findings(backup, part, key)


def _decryption_findings(backup: Backup, part: Part, key: bytes | None) -> Iterator[Finding]:
    """An encrypted part is decrypted to its end: that the key fits is known only then."""
    try:
        for _ in read_part(backup, part, key):
            pass
    except BackupError as error:
        yield finding_of(error)


def _content_findings(manifest: Manifest, facts: DatabaseFacts) -> Iterator[Finding]:
    if not facts.tables or not facts.rows:
        yield Finding("no-rows", f"{facts.database} has no rows: there was nothing to back up", remedy=_AGAIN)
    if not facts.modules or not facts.uuid:
        message = f"{facts.database} has no installed modules or no database.uuid: it is no Odoo database"
        yield Finding("not-odoo", message, remedy="name the database that Odoo serves")
    if facts.attachments and not manifest.files:
        message = f"the backup holds no filestore, and {len(facts.attachments):,} files are named by attachments"
        yield Finding("no-filestore", message, remedy=_FILES)
        return
    remedy = "mend the filestore in production: Odoo cannot serve these attachments there either"
    yield from file_findings(facts.attachments, manifest.files, "the backup", remedy)


def restored_findings(expected: DatabaseFacts | None, restored: DatabaseFacts, uuid: str = "") -> Iterator[Finding]:
    """`recovery.restore`: what was restored is the database meant (`uuid`), with every table, row and module.

    `expected` None: the backup was made elsewhere and says nothing of what it should hold.
    """
    wanted = uuid or (expected.uuid if expected else "")
    if wanted and restored.uuid != wanted:
        message = f"another database was restored: its database.uuid is {restored.uuid or 'empty'}, not {wanted}"
        yield Finding("another-database", message, remedy="restore the backup of the database that was lost")
        return
    if not restored.rows:
        yield Finding("no-rows", "the restored database holds no rows", remedy=_AGAIN)
    if expected is None:
        return
    gone = sorted(expected.tables.keys() - restored.tables.keys())
    if gone:
        yield Finding("tables-missing", f"{len(gone)} tables were not restored: {_some(gone)}", remedy=_AGAIN)
    differing = [
        f"{table} ({restored.tables[table]:,} of {count:,})"
        for table, count in sorted(expected.tables.items())
        if table in restored.tables and restored.tables[table] != count
    ]
    if differing:
        yield Finding("rows-differ", f"{len(differing)} tables have other rows: {_some(differing)}", remedy=_AGAIN)
    if restored.modules != expected.modules:
        names = sorted(name for name, _ in expected.modules.items() ^ restored.modules.items())
        yield Finding("modules-differ", f"installed modules differ: {_some(list(dict.fromkeys(names)))}", remedy=_AGAIN)


def attachment_findings(restored: DatabaseFacts, files: Files) -> Iterator[Finding]:
    """`recovery.attachments`: each file that a row names is there, with the size and SHA-1 that the row has."""
    if not restored.attachments:
        message = "no attachment of the restored database names a file: nothing was compared"
        yield Finding("no-attachments", message, remedy="rehearse on data that has attachments in the filestore")
        return
    if not restored.attachments.keys() & files.keys():
        message = (
            f"none of the {len(restored.attachments):,} files that attachments name came back: there is no filestore"
        )
        yield Finding("no-filestore", message, remedy=_FILES)
        return
    yield from file_findings(restored.attachments, files, "the restored filestore", _FILES)


def file_findings(named: Mapping[str, tuple[int, str]], there: Files, where: str, remedy: str) -> Iterator[Finding]:
    """What rows name and is not in `there`, or is there with other content."""
    missing = sorted(named.keys() - there.keys())
    if missing:
        message = f"{len(missing):,} of {len(named):,} files that attachments name are not in {where}: {_some(missing)}"
        yield Finding("attachment-missing", message, remedy=remedy)
    changed = sorted(name for name in named.keys() & there.keys() if _differs(named[name], there[name]))
    if changed:
        message = f"{len(changed):,} files in {where} are not what their attachments say: {_some(changed)}"
        yield Finding("attachment-damaged", message, remedy=remedy)


def _differs(row: tuple[int, str], file: tuple[int, str]) -> bool:
    """Rows of old databases may lack a size or a checksum; a digest they do have must be the file's."""
    (size, digest), (real_size, real_digest) = row, file
    return digest != real_digest if digest else bool(size) and size != real_size


def zip_findings(path: Path) -> Iterator[Finding]:
    """A zip whose members do not have the checksums it says is damaged."""
    try:
        with zipfile.ZipFile(path) as archive:
            bad = archive.testzip()
    except (zipfile.BadZipFile, OSError, EOFError) as error:
        yield Finding("part-damaged", f"{path.name} cannot be read as a zip: {error}", remedy=_AGAIN)
        return
    if bad is not None:
        yield Finding("part-damaged", f"{bad} in {path.name} is damaged", remedy=_AGAIN)


def finding_of(error: BackupError) -> Finding:
    return Finding(error.rule, error.message, remedy=error.hint)


def _some(names: Sequence[str]) -> str:
    more = f" and {len(names) - _NAMED} more" if len(names) > _NAMED else ""
    return ", ".join(names[:_NAMED]) + more
