"""PostgreSQL's own tools, run beside the server: dump a snapshot, restore a dump, and say when either failed."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Literal

from odoo_gate.errors import StackError
from odoo_gate.recovery.encryption import BackupError
from odoo_gate.recovery.streams import send
from odoo_gate.stack.postgres import Postgres

DumpFormat = Literal["directory", "plain"]

_JOBS = 2
_WORK = "/var/tmp/odoo-gate-recovery"
_LAST_LINES = 4096
_COMPLETE = "PostgreSQL database dump complete"
_TOLD = 800


@contextmanager
def dumped(postgres: Postgres, database: str, snapshot: str, form: DumpFormat) -> Iterator[str]:
    """The dump of an exported snapshot, as a path in the server's container while the block lasts.

    Raises StackError when pg_dump ends non-zero.
    """
    path = f"{_work_folder(postgres)}/{database}.{form}"
    how = ("-Fd", f"--jobs={_JOBS}") if form == "directory" else ("-Fp",)
    try:
        _run(postgres, "pg_dump", *how, "--no-owner", f"--snapshot={snapshot}", "-f", path, database)
        yield path
    finally:
        _run(postgres, "rm", "-rf", "--", path)


def restore_archive(postgres: Postgres, database: str, name: str, tar: Iterable[bytes]) -> None:
    """pg_restore of a directory or custom dump; `tar` unpacks to `name`. The database is there and empty.

    Raises BackupError when the dump cannot be restored whole.
    """
    with _unpacked(postgres, name, tar) as path:
        jobs = f"--jobs={_JOBS}"
        _restoring(postgres, "pg_restore", "--exit-on-error", "--no-owner", "--no-acl", jobs, "-d", database, path)
    _run(postgres, "psql", "-X", "-d", database, "-qc", "ANALYZE")


def restore_plain(postgres: Postgres, database: str, name: str, tar: Iterable[bytes]) -> None:
    """psql of a plain dump, in one transaction and stopping at the first error, which Odoo's own restore does not.

    Raises BackupError when the dump is cut off or cannot be restored whole.
    """
    with _unpacked(postgres, name, tar) as path:
        end = _run(postgres, "tail", "-c", str(_LAST_LINES), path)
        if _COMPLETE not in end:
            raise BackupError(
                "dump-truncated",
                f"{name} does not end with pg_dump's last line: it was cut off",
                hint="take the backup again and look at free disk space; check the exit status of pg_dump",
            )
        once = ("-v", "ON_ERROR_STOP=1", "--single-transaction")
        _restoring(postgres, "psql", "-X", "-q", *once, "-d", database, "-f", path)
    _run(postgres, "psql", "-X", "-d", database, "-qc", "ANALYZE")


@contextmanager
def _unpacked(postgres: Postgres, name: str, tar: Iterable[bytes]) -> Iterator[str]:
    folder = _work_folder(postgres)
    path = f"{folder}/{name}"
    try:
        send(postgres.container, folder, tar)
        postgres.container.execute("chmod", "-R", "a+rX", path, user="root")
        yield path
    finally:
        postgres.container.execute("rm", "-rf", "--", path, user="root")


def _restoring(postgres: Postgres, *argv: str) -> None:
    try:
        _run(postgres, *argv)
    except StackError as error:
        told = error.message.partition(": ")[2].strip() or error.message
        raise BackupError(
            "restore-failed",
            f"{argv[0]} could not restore the dump: {told[:_TOLD]}",
            hint="take the backup again; a dump that does not restore whole is no backup",
        ) from error


def _work_folder(postgres: Postgres) -> str:
    postgres.container.execute("install", "-d", "-m", "1777", _WORK, user="root")
    return _WORK


def _run(postgres: Postgres, *argv: str) -> str:
    """As the superuser of the cluster, over the local socket; user `postgres` of the image."""
    return postgres.container.execute(
        *argv,
        user="postgres",
        environment={"PGUSER": postgres.address.user, "PGPASSWORD": postgres.address.password, "LC_ALL": "C.UTF-8"},
    )
