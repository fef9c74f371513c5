"""A database loses what it says of people, and keeps its sums and its shape."""

from __future__ import annotations

import os
import time
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import psycopg
from psycopg import sql

from odoo_gate.data.production.amounts import require_scaled, scaled_columns, scaling, sums_of
from odoo_gate.data.production.anonymise_plan import AnonymiseError, Plan, make_plan
from odoo_gate.data.production.anonymise_sql import (
    KEPT_FILES,
    SCHEMA,
    SEARCH_PATH,
    derived_key,
    functions_sql,
    special_columns,
    updates,
)
from odoo_gate.data.production.stored_columns import StoredColumn, read_columns
from odoo_gate.data.spec import INSIDE
from odoo_gate.errors import SettingsError
from odoo_gate.invariants import Declared, InvariantResult, Result, Snapshot, compare, holding, take_snapshot
from odoo_gate.model import Say, Severity
from odoo_gate.odoo.testbed import Release, Testbed
from odoo_gate.settings import AnonymiseSettings, Settings

SALT_VARIABLE = "ODOO_GATE_ANONYMISE_SALT"
_SALT_BYTES = 16
_CONNECTIONS = 2
_SCRIPT = INSIDE / "anonymise_files.py"
_REHASH = INSIDE / "rehash_moves.py"
_SHOWN = 5


@dataclass(frozen=True, slots=True)
class Anonymised:
    """What was done: columns changed, rows written, wizards' tables emptied, files replaced and removed."""

    columns: int
    rows: int
    wizards: int
    files: int
    removed_files: int
    seconds: float

    def __str__(self) -> str:
        return (
            f"{self.columns} columns, {self.rows} rows, {self.files} files anonymised"
            f" ({self.removed_files} unused files removed) in {self.seconds:.1f} s"
        )


def read_salt(settings: Settings, env: Mapping[str, str] = os.environ) -> bytes:
    """The secret that keys every disguise. Raises SettingsError when there is none, or one that can be guessed."""
    if env.get(SALT_VARIABLE):
        salt, origin = env[SALT_VARIABLE].encode(), f"environment {SALT_VARIABLE}"
    elif settings.anonymise.salt_file:
        path = settings.resolve(settings.anonymise.salt_file)
        try:
            salt, origin = path.read_bytes().strip(), str(path)
        except OSError as error:
            raise SettingsError(
                f"{path} cannot be read: {error.strerror}", hint="correct anonymise.salt_file"
            ) from error
    else:
        raise SettingsError(
            "there is no secret to anonymise with",
            hint=f"set {SALT_VARIABLE} (head -c 32 /dev/urandom | base64), or anonymise.salt_file in gate.toml",
        )
    if len(salt) < _SALT_BYTES:
        raise SettingsError(
            f"{origin} holds {len(salt)} bytes: names could be guessed from it",
            hint=f"use at least {_SALT_BYTES} random bytes: head -c 32 /dev/urandom | base64",
        )
    return salt


def plan_of(dsn: str, settings: Settings) -> tuple[Plan, tuple[StoredColumn, ...]]:
    """What is to be done to the database at `dsn`, and its columns. Raises AnonymiseError."""
    with psycopg.connect(dsn) as connection:
        columns = read_columns(connection, settings.project.series)
    return make_plan(columns, settings.anonymise, special_columns(columns)), columns


def anonymise(testbed: Testbed, release: Release, database: str, salt: bytes, say: Say) -> Anonymised:
    """Anonymise a restored, neutralised `database` of the store, in place, and prove its sums and shape.

    Raises AnonymiseError for columns nobody decided on and for invariants that changed, SettingsError.
    """
    started = time.monotonic()
    settings = testbed.settings
    dsn = testbed.postgres.dsn(database)
    plan, columns = plan_of(dsn, settings)
    say(f"anonymising {len(plan.changes)} columns of {database}")
    before = _snapshot(testbed, release, database)
    wizards = _empty_wizards(dsn, plan)
    rows = _rewrite(dsn, plan, columns, settings.anonymise, salt)
    secured = _secure_again(release, dsn, database, say)
    say("replacing the content of files")
    arguments = {"key": derived_key(salt, "files"), "kept": KEPT_FILES}
    done = release.agent.run_script(database, _SCRIPT, "anonymise_files", arguments, say=say).result
    _compact(dsn, plan)
    declared = _declared(plan, secured)
    _require_unchanged(before, _snapshot(testbed, release, database), declared, settings.anonymise)
    result = Anonymised(
        columns=len(plan.changes),
        rows=rows,
        wizards=wizards,
        files=int(done["files"]),
        removed_files=int(done["removed"]),
        seconds=time.monotonic() - started,
    )
    say(str(result))
    return result


def _snapshot(testbed: Testbed, release: Release, database: str) -> Snapshot:
    with psycopg.connect(testbed.postgres.dsn(database)) as connection:
        return take_snapshot(connection, release.agent.files_checksums(database))


def _empty_wizards(dsn: str, plan: Plan) -> int:
    """Odoo throws these rows away by itself, some hours after they were typed."""
    with psycopg.connect(dsn) as connection:
        for table in plan.wizards:
            connection.execute(sql.SQL("DELETE FROM public.{}").format(sql.Identifier(table)))
    return len(plan.wizards)


def _rewrite(dsn: str, plan: Plan, columns: tuple[StoredColumn, ...], settings: AnonymiseSettings, salt: bytes) -> int:
    """Run the updates, on a few connections at once; returns the rows written."""
    special = special_columns(columns)
    money = scaled_columns(columns, [each.column.full_name for each in plan.changes if each.kind == "wage"])
    factors = scaling(money, settings.factor) if settings.amounts == "scale" else {}
    for name in factors.keys() & special.keys():
        special[name] = f"({special[name]}) * {settings.factor}"
    with psycopg.connect(dsn) as connection:
        sums = sums_of(connection, money) if factors else {}
        connection.execute(functions_sql(salt).encode())
    try:
        with ThreadPoolExecutor(_CONNECTIONS) as pool:
            statements = updates(plan.changes, special, factors)
            rows = sum(pool.map(lambda each: _run_update(dsn, *each), statements))
    finally:
        with psycopg.connect(dsn) as connection:
            connection.execute(f"DROP SCHEMA IF EXISTS {SCHEMA} CASCADE".encode())
    if factors:
        with psycopg.connect(dsn) as connection:
            require_scaled(sums, sums_of(connection, money), settings.factor)
    return rows


def _secure_again(release: Release, dsn: str, database: str, say: Say) -> int:
    """Secured entries are hashed with their texts: returns how many got new hashes. Raises AnonymiseError."""
    with psycopg.connect(dsn) as connection:
        known = connection.execute(
            "SELECT 1 FROM information_schema.columns"
            " WHERE table_name = 'account_move' AND column_name = 'inalterable_hash'"
        ).fetchone()
        if known is None or not _any_hash(connection):
            return 0
    done = release.agent.run_script(database, _REHASH, "rehash", say=say).result
    if done["corrupted"]:
        raise AnonymiseError(
            f"the hash chain cannot be made whole again: {'; '.join(done['corrupted'][:_SHOWN])}",
            hint="look at Odoo's data inalterability report in production: was the chain whole there?",
        )
    return int(done["moves"])


def _any_hash(connection: psycopg.Connection) -> bool:
    row = connection.execute("SELECT EXISTS (SELECT FROM account_move WHERE inalterable_hash <> '')").fetchone()
    return bool(row and row[0])


def _run_update(dsn: str, table: str, statement: sql.Composed) -> int:
    try:
        with psycopg.connect(dsn) as connection:
            connection.execute(SEARCH_PATH.encode())
            return connection.execute(statement).rowcount
    except psycopg.errors.UniqueViolation as error:
        raise AnonymiseError(
            f"{table}: what must be unique would not be any more: {error.diag.message_detail}",
            hint='give the column named there the kind "label" or "token" in [anonymise.rules]',
        ) from error
    except (psycopg.errors.IntegrityError, psycopg.errors.DataError, psycopg.errors.ProgrammingError) as error:
        raise AnonymiseError(
            f"{table} cannot be anonymised as planned: {error}",
            hint="give the column named there another kind in [anonymise.rules]",
        ) from error


def _compact(dsn: str, plan: Plan) -> None:
    """Updated rows leave their old versions in the table's file, and statistics quote values: both go."""
    tables = sorted({each.column.table for each in plan.changes} | set(plan.wizards) | {"ir_attachment", "res_users"})
    with psycopg.connect(dsn, autocommit=True) as connection:
        for table in tables:
            connection.execute(sql.SQL("VACUUM (FULL, ANALYZE) public.{}").format(sql.Identifier(table)))


def _require_unchanged(
    before: Snapshot, after: Snapshot, declared: list[Declared], settings: AnonymiseSettings
) -> None:
    """Raises AnonymiseError when an invariant does not hold any more, or none could be looked at.

    Scaled amounts are proven by their own sums; of the invariants, those hold that held before.
    """
    if settings.amounts == "scale":
        broken = {result.id for result in holding(before) if result.outcome is Result.FAILED}
        results = tuple(result for result in holding(after) if result.id not in broken)
    else:
        results = compare(before, after, declared)
    if all(result.outcome is Result.NOT_APPLICABLE for result in results):
        raise AnonymiseError(
            "no invariant applies to this database: nothing proves that it is whole", hint="is it an Odoo database?"
        )
    failed = [result for result in results if result.outcome is Result.FAILED]
    if failed:
        raise AnonymiseError(
            "\n".join(["anonymising changed what must stay:", *(_told(result) for result in failed)]),
            hint="look which rule changes it; [anonymise.keep] it with a reason if it says nothing of anybody",
        )


def _declared(plan: Plan, secured: int) -> list[Declared]:
    """What was asked for: emptied columns have fewer values, texts that differ by company are others."""
    emptied = [each.column.full_name for each in plan.changes if each.kind == "clear"]
    by_company = [each.column for each in plan.changes if each.column.type == "jsonb" and each.column.model]
    return [
        *(Declared("fields-and-columns", name, "emptied") for name in (*emptied, "ir_attachment.index_content")),
        *(Declared("company-dependent", f"{each.model}.{each.name} of company *", "anonymised") for each in by_company),
        *([Declared("hash-chain", "*", "secured again, by Odoo's own computation")] if secured else []),
    ]


def _told(result: InvariantResult) -> str:
    errors = [finding.message for finding in result.findings if finding.severity is Severity.ERROR]
    return "\n    ".join([f"  {result.id}: {result.reason}", *errors[1:_SHOWN]])
