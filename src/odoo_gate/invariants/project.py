"""The project's own part: what `[invariants]` of gate.toml adds, and one call that measures it all."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

import psycopg

from odoo_gate.errors import SettingsError
from odoo_gate.invariants.model import Custom, Declared, InvariantsError, Snapshot
from odoo_gate.invariants.registry import INVARIANTS
from odoo_gate.invariants.snapshot import Inside, take_snapshot
from odoo_gate.model import Say, silent
from odoo_gate.odoo.agent_client import Agent
from odoo_gate.settings import CustomInvariant, Settings

_SCRIPT = Path(__file__).parent / "inside" / "measure.py"


@dataclass(frozen=True, slots=True)
class ProjectInvariants:
    """What gate.toml says about invariants, files read."""

    customs: tuple[Custom, ...] = ()
    declared: tuple[Declared, ...] = ()
    retention_accounts: tuple[str, ...] = ()

    @classmethod
    def of(cls, settings: Settings) -> Self:
        """Raises SettingsError for a file that is not there, and for an id that does not exist or is taken."""
        section = settings.invariants
        customs = tuple(_custom(settings, each) for each in section.custom)
        known = {*INVARIANTS, *(custom.id for custom in customs)}
        for each in section.declared:
            if each.invariant not in known:
                raise SettingsError(
                    f"gate.toml: [[invariants.declared]] names {each.invariant!r}, which is no invariant",
                    hint="known: " + ", ".join(sorted(known)),
                )
        declared = tuple(Declared(each.invariant, each.key, each.reason, each.tolerance) for each in section.declared)
        return cls(customs, declared, section.retention_accounts)


def observe(
    dsn: str,
    database: str,
    agent: Agent,
    project: ProjectInvariants | None = None,
    say: Say = silent,
    *,
    alone: bool = False,
) -> Snapshot:
    """Everything that can be measured of `database`: by SQL over `dsn`, its files and its views through `agent`.

    `alone` leaves out what is only there to be compared: enough for `holding`. Raises InvariantsError, AgentError.
    """
    own = project or ProjectInvariants()
    inside = measure_inside(agent, database, own.customs, say)
    with psycopg.connect(dsn) as connection:
        connection.isolation_level, connection.read_only = psycopg.IsolationLevel.REPEATABLE_READ, True
        connection.execute("SELECT 1")  # from here on the database stands still; files are written before their rows
        files = agent.files_checksums(database)
        return take_snapshot(
            connection,
            files,
            own.customs,
            retention_accounts=own.retention_accounts,
            inside=inside,
            alone=alone,
            say=say,
        )


def measure_inside(agent: Agent, database: str, customs: Sequence[Custom] = (), say: Say = silent) -> Inside:
    """What only Odoo can measure: views, the hash chain, and the scripts among `customs`.

    A script's writes are committed by the agent: it must only read. Raises InvariantsError, AgentError.
    """
    rows = dict(agent.run_script(database, _SCRIPT, "measure", say=say).result)
    for custom in customs:
        if custom.script is not None:
            say(f"measuring {custom.id} in {database}")
            with _told_whose(custom):
                rows[custom.id] = _rows(custom, agent.run_script(database, custom.script, custom.function).result)
    return Inside(rows)


@contextmanager
def _told_whose(custom: Custom) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise InvariantsError(
            f"the script of invariant {custom.id} cannot be read: {error}", hint="correct its path in gate.toml"
        ) from error


def _rows(custom: Custom, result: Any) -> list[list[str]]:
    """What a script returned, checked: JSON rows of a key and a value."""
    is_rows = isinstance(result, list) and all(isinstance(row, list) and len(row) == 2 for row in result)
    if not is_rows:
        raise InvariantsError(
            f"{custom.function} of {custom.script} returned {type(result).__name__}, not a list of [key, value]",
            hint=f"let it return rows for the invariant {custom.id}",
        )
    return [[str(key), value] for key, value in result]


def _custom(settings: Settings, written: CustomInvariant) -> Custom:
    if written.id in INVARIANTS:
        raise SettingsError(
            f"gate.toml: [[invariants.custom]] {written.id!r} is the name of an invariant of odoo-gate",
            hint="give it another id",
        )
    sql = written.sql
    if written.sql_file:
        sql = _existing(settings, written, written.sql_file).read_text(encoding="utf-8")
    script = _existing(settings, written, written.script) if written.script else None
    return Custom(written.id, written.title, sql, script, written.function, written.holds)


def _existing(settings: Settings, written: CustomInvariant, path: str) -> Path:
    file = settings.resolve(path)
    if not file.is_file():
        raise SettingsError(
            f"gate.toml: [[invariants.custom]] {written.id!r} names {path!r}, but {file} is not a file",
            hint="correct the path, relative to the project",
        )
    return file
