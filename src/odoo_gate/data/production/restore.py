"""A dump becomes a database: read in, compared with the release that shall run on it, its files complete."""

from __future__ import annotations

import re

import psycopg

from odoo_gate.data.production.dump import Dump, DumpError
from odoo_gate.errors import StackError
from odoo_gate.model import Say
from odoo_gate.odoo.agent_client import Agent
from odoo_gate.odoo.testbed import Release, Testbed
from odoo_gate.settings import Settings
from odoo_gate.stack.dump_loader import OTHER_DATABASES, DumpLoader

_SHOWN = 8
_HALF_DONE = ("to install", "to upgrade", "to remove")
_MAKE_AGAIN = "make the dump again and look at pg_dump's exit status; compare the file's size at both ends"
_HINTS = (
    (OTHER_DATABASES, "make the dump of one database, without -C: pg_dump --no-owner -f FILE DATABASE"),
    ("No space left on device", "free disk space on the Docker engine's disk (`docker system df`)"),
    ("unsupported version", "the dump's PostgreSQL is newer: name a newer image in stack.postgres_image"),
    ("unrecognized configuration parameter", "the dump's PostgreSQL is newer: name a newer stack.postgres_image"),
    ("invalid command", "the dump was made by a newer pg_dump: name a newer image in stack.postgres_image"),
    ('extension "', "add the extension to database.extensions in gate.toml, or use an image that has it"),
)


def restore(testbed: Testbed, release: Release, dump: Dump, database: str, missing_files: int, say: Say) -> None:
    """Read `dump` into the existing empty `database` of the store and give it its filestore.

    Raises DumpError for whatever makes it unfit for `release`: `missing_files` files may be missing.
    """
    check_manifest(dump, testbed.settings, release)
    loader = DumpLoader(testbed.start_files(), testbed.postgres)
    try:
        _require_space(dump, loader.free_bytes())
        _load(loader, dump, database, say)
        check_database(testbed, release, dump, database)
        if dump.files is not None:
            say(f"copying {len(dump.files)} files of the filestore")
            loader.put_filestore(database, dump.files, owner_of_files(release.agent))
    finally:
        loader.close()
    check_files(testbed, release.agent, dump, database, missing_files)


def check_manifest(dump: Dump, settings: Settings, release: Release) -> None:
    """What Odoo's own manifest tells, before anything is unpacked. Raises DumpError."""
    major = str(dump.manifest.get("major_version", ""))
    if major:
        _require_series(dump, major, settings.project.series)
    modules = dump.manifest.get("modules")
    if isinstance(modules, dict):
        _require_modules(dump, modules, release)


def check_database(testbed: Testbed, release: Release, dump: Dump, database: str) -> None:
    """Whether what was read in is an Odoo database that `release` can run on. Raises DumpError."""
    with psycopg.connect(testbed.postgres.dsn(database), autocommit=True) as connection:
        row = connection.execute("SELECT to_regclass('public.ir_module_module') IS NOT NULL").fetchone()
        if row is None or not row[0]:
            raise _not_odoo(dump)
        modules = {
            name: (state, version)
            for name, state, version in connection.execute(
                "SELECT name, state, coalesce(latest_version, '') FROM ir_module_module"
                " WHERE state NOT IN ('uninstalled', 'uninstallable')"
            )
        }
    if "base" not in modules:
        raise _not_odoo(dump)
    series = ".".join(modules["base"][1].split(".")[:2])
    _require_series(dump, series, testbed.settings.project.series)
    _require_modules(dump, modules, release)
    half = sorted(name for name, (state, _) in modules.items() if state in _HALF_DONE)
    if half:
        raise DumpError(
            f"{dump.path.name} was made in the middle of an upgrade: {_some(half)} are still to be changed",
            hint="finish the upgrade in production (odoo -u), then make the dump again",
        )


def check_files(testbed: Testbed, agent: Agent, dump: Dump, database: str, missing_files: int) -> None:
    """Every file the attachments name is there and is what its checksum says. Raises DumpError."""
    with psycopg.connect(testbed.postgres.dsn(database), autocommit=True) as connection:
        named: dict[str, str | None] = dict(
            connection.execute(
                "SELECT DISTINCT ON (store_fname) store_fname, checksum FROM ir_attachment"
                " WHERE store_fname IS NOT NULL AND store_fname <> '' ORDER BY 1, 2"
            ).fetchall()
        )
    if named and dump.files is None:
        raise DumpError(
            f"{dump.path.name} comes without its filestore, and its attachments name {len(named)} files",
            hint="give the folder or a tar of it: --filestore PATH (<data_dir>/filestore/<database>)",
        )
    there = agent.files_checksums(database)
    missing = sorted(named.keys() - there.keys())
    if len(missing) > missing_files:
        raise DumpError(
            f"the filestore of {dump.path.name} lacks {len(missing)} of {len(named)} files: {_some(missing)}",
            hint="copy the filestore after the database; if production lacks them too, set anonymise.missing_files",
        )
    changed = sorted(
        name for name, checksum in named.items() if name in there and checksum not in (None, there[name][1])
    )
    if changed:
        raise DumpError(
            f"{len(changed)} files of {dump.path.name} are not what their checksums say: {_some(changed)}",
            hint="the copy is damaged, or production's disk is: compare one of them with sha1sum there",
        )


def owner_of_files(agent: Agent) -> int:
    """The number of the user Odoo works as in its container: only an owner may move a file of the store."""
    status = agent.read_files(["/proc/self/status"])["/proc/self/status"].decode()
    found = re.search(r"^Uid:\s+(\d+)", status, re.MULTILINE)
    if found is None:
        raise StackError(
            "the Odoo container does not say which user it runs as", hint="look at /proc/self/status in the image"
        )
    return int(found[1])


def _load(loader: DumpLoader, dump: Dump, database: str, say: Say) -> None:
    say(f"restoring {dump.path.name}: {dump.sql.size / 1e6:,.0f} MB of database")
    path = loader.put_dump(dump.sql)
    compressed = dump.format == "plain.gz"
    try:
        if dump.format == "custom":
            loader.restore_custom(database, path)
        elif not loader.is_whole(path, compressed=compressed):
            raise DumpError(f"{dump.path.name} is cut short: it does not end as pg_dump ends one", hint=_MAKE_AGAIN)
        else:
            loader.restore_plain(database, path, compressed=compressed)
    except StackError as error:
        raise DumpError(
            f"{dump.path.name} does not restore: {_cause(error.message)}", hint=_hint(error.message)
        ) from error


def _cause(message: str) -> str:
    """What the client program said, without the command it was called by."""
    lines = [line.strip() for line in message.splitlines() if line.strip()]
    told = [line for line in lines if re.search(r"error|fatal|unexpected|invalid", line, re.IGNORECASE)]
    return " ".join((told or lines)[:3])


def _hint(message: str) -> str:
    return next((hint for sign, hint in _HINTS if sign in message), _MAKE_AGAIN)


def _require_space(dump: Dump, free: int) -> None:
    if dump.needed_bytes > free:
        raise DumpError(
            f"{dump.path.name} needs about {dump.needed_bytes / 1e9:.1f} GB of disk, {free / 1e9:.1f} GB are free",
            hint="free disk space on the Docker engine's disk, for example with `odoo-gate templates prune`",
        )


def _require_series(dump: Dump, found: str, wanted: str) -> None:
    if found != wanted:
        raise DumpError(
            f"{dump.path.name} is a database of Odoo {found or '(unknown)'}, the project is of {wanted}",
            hint="use a dump of that series, or correct project.series in gate.toml",
        )


def _require_modules(dump: Dump, installed: object, release: Release) -> None:
    names = set(installed) if isinstance(installed, dict) else set()
    unknown = sorted(names - release.graph.addons.keys())
    if unknown:
        raise DumpError(
            f"{dump.path.name} has modules installed that neither the image nor the {release.name}'s addons have:"
            f" {_some(unknown)}",
            hint="add their folder to addons.paths, or their packages to addons.requirements",
        )


def _not_odoo(dump: Dump) -> DumpError:
    return DumpError(
        f"{dump.path.name} is not an Odoo database: it has no installed module base",
        hint="make the dump of the database Odoo works on (db_name in its odoo.conf)",
    )


def _some(names: list[str]) -> str:
    more = f" and {len(names) - _SHOWN} more" if len(names) > _SHOWN else ""
    return ", ".join(names[:_SHOWN]) + more
