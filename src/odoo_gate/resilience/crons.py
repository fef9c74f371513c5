"""Degraded mode: scheduled actions paused but for the essential ones, and exactly those resumed."""

from __future__ import annotations

import json
from collections.abc import Collection

import psycopg

from odoo_gate.errors import GateError, UsageError

_KEPT_IN = "odoo_gate.paused_crons"
"""The system parameter that remembers which scheduled actions were paused."""
LOCK_TIMEOUT = "30s"
"""How long a job may run on while its scheduled action is to be changed."""


class NotPaused(UsageError):
    """Nothing is paused, so there is nothing to resume."""


def pause_crons(connection: psycopg.Connection, essential: Collection[str] = ()) -> tuple[str, ...]:
    """Deactivate every active scheduled action but `essential` (external ids); returns the names of the paused.

    A second call pauses what became active meanwhile and forgets nothing. Waits for jobs that run. One transaction.
    Raises UsageError for an external id that is none, GateError when a job does not end.
    """
    try:
        with connection.transaction():
            connection.execute(f"SET LOCAL lock_timeout = '{LOCK_TIMEOUT}'")
            keep = [_cron_of(connection, name) for name in essential]
            rows = connection.execute(
                "UPDATE ir_cron SET active = false WHERE active AND NOT id = ANY(%s) RETURNING id, cron_name", [keep]
            ).fetchall()
            _remember(connection, sorted({*(_paused(connection) or ()), *(number for number, _ in rows)}))
    except psycopg.errors.LockNotAvailable as error:
        raise GateError(
            f"a scheduled action runs for more than {LOCK_TIMEOUT}, and cannot be paused meanwhile",
            hint="wait for it or end it (`SELECT * FROM pg_stat_activity`), then pause again",
        ) from error
    return tuple(sorted(name for _, name in rows))


def resume_crons(connection: psycopg.Connection) -> tuple[str, ...]:
    """Activate what `pause_crons` paused, and nothing else; returns their names. Raises NotPaused."""
    with connection.transaction():
        paused = _paused(connection)
        if paused is None:
            raise NotPaused("no scheduled action is paused", hint="`odoo-gate crons pause` comes first")
        rows = connection.execute(
            "UPDATE ir_cron SET active = true WHERE id = ANY(%s) RETURNING cron_name", [paused]
        ).fetchall()
        forget_paused(connection)
    return tuple(sorted(name for (name,) in rows))


def forget_paused(connection: psycopg.Connection) -> None:
    """From now on nothing counts as paused, whatever is active."""
    connection.execute("DELETE FROM ir_config_parameter WHERE key = %s", [_KEPT_IN])


def _cron_of(connection: psycopg.Connection, name: str) -> int:
    row = connection.execute(
        "SELECT res_id FROM ir_model_data WHERE model = 'ir.cron' AND module || '.' || name = %s", [name]
    ).fetchone()
    if row is None:
        raise UsageError(
            f"there is no scheduled action {name}", hint="give external ids, such as mail.ir_cron_mail_scheduler_action"
        )
    return int(row[0])


def _paused(connection: psycopg.Connection) -> list[int] | None:
    """None where nobody has paused, be it that there was nothing to pause."""
    row = connection.execute("SELECT value FROM ir_config_parameter WHERE key = %s", [_KEPT_IN]).fetchone()
    return [int(each) for each in json.loads(row[0])] if row else None


def _remember(connection: psycopg.Connection, paused: list[int]) -> None:
    connection.execute(
        "INSERT INTO ir_config_parameter (key, value, create_date, write_date) VALUES (%s, %s, now(), now())"
        " ON CONFLICT (key) DO UPDATE SET value = excluded.value, write_date = now()",
        [_KEPT_IN, json.dumps(paused)],
    )
