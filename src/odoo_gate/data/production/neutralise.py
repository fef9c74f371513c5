"""A copy of production that can do nothing to the outside world, by Odoo's own `neutralize`, and proven by query."""

from __future__ import annotations

from dataclasses import dataclass

import psycopg
from psycopg import sql

from odoo_gate.data.production.dump import DumpError
from odoo_gate.errors import StackError
from odoo_gate.model import Say
from odoo_gate.odoo.testbed import Release, Testbed

_FIRST_SERIES = 16.0
"""Odoo has `neutralize` since 16.0."""

_AUTOVACUUM = "SELECT res_id FROM ir_model_data WHERE module = 'base' AND model = 'ir.cron' AND name = 'autovacuum_job'"


@dataclass(frozen=True, slots=True)
class Effect:
    """Something that reaches out: rows of `table` where `live` holds; `still` (SQL) makes them not.

    `needs` are columns without which there is no such thing in this database.
    """

    what: str
    table: str
    needs: tuple[str, ...]
    live: str
    still: str


EFFECTS = (
    # the one Odoo adds itself sends to the host `invalid`: without any, servers of odoo.conf would be used
    Effect("outgoing mail server", "ir_mail_server", ("active", "smtp_host"), "active AND smtp_host <> 'invalid'",
           "active = false"),
    Effect("incoming mail server", "fetchmail_server", ("active",), "active", "active = false"),
    Effect("scheduled action", "ir_cron", ("active",), f"active AND id NOT IN ({_AUTOVACUUM})", "active = false"),
    Effect("payment provider", "payment_provider", ("state",), "state NOT IN ('test', 'disabled')",
           "state = 'disabled'"),
    Effect("payment acquirer", "payment_acquirer", ("state",), "state NOT IN ('test', 'disabled')",
           "state = 'disabled'"),
    Effect("webhook", "ir_act_server", ("webhook_url",), "state = 'webhook' AND webhook_url ~ '^https?:'",
           "webhook_url = NULL"),
    Effect("carrier", "delivery_carrier", ("prod_environment",), "prod_environment", "prod_environment = false"),
    Effect("sign-in provider", "auth_oauth_provider", ("enabled",), "enabled", "enabled = false"),
    Effect("queued mail", "mail_mail", ("state",), "state = 'outgoing'", "state = 'cancel'"),
    Effect("queued text message", "sms_sms", ("state",), "state = 'outgoing'", "state = 'canceled'"),
    Effect("queued letter", "snailmail_letter", ("state",), "state = 'pending'", "state = 'canceled'"),
    Effect("push device", "mail_push_device", ("endpoint",), "endpoint ~ '^https?:'",
           "endpoint = 'neutralised-' || id::text"),
)  # fmt: skip


def neutralise(testbed: Testbed, release: Release, database: str, say: Say) -> None:
    """Switch off what reaches out, and look that it is off. Raises StackError, DumpError."""
    say("neutralising")
    if float(testbed.settings.project.series) >= _FIRST_SERIES:
        _by_odoo(testbed, release, database)
    with psycopg.connect(testbed.postgres.dsn(database)) as connection:
        for effect in effects_of(connection):
            connection.execute(_update(effect))
    with psycopg.connect(testbed.postgres.dsn(database)) as connection:
        require_neutral(connection)


def effects_of(connection: psycopg.Connection) -> tuple[Effect, ...]:
    """Those that this database can have."""
    columns = set(
        connection.execute(
            "SELECT table_name, column_name FROM information_schema.columns WHERE table_schema = 'public'"
        ).fetchall()
    )
    return tuple(each for each in EFFECTS if all((each.table, column) in columns for column in each.needs))


def require_neutral(connection: psycopg.Connection) -> None:
    """Raises DumpError naming every kind of effect that is still live, and when there was nothing to look at."""
    known = effects_of(connection)
    if not known:
        raise DumpError(
            f"{connection.info.dbname} has none of the tables that reach out: nothing could be verified",
            hint="is it an Odoo database?",
        )
    live = []
    for effect in known:
        row = connection.execute(
            sql.SQL("SELECT count(*) FROM {} WHERE {}").format(
                sql.Identifier(effect.table),
                sql.SQL(effect.live),
            )
        ).fetchone()
        if row is not None and row[0]:
            live.append(f"{row[0]} x {effect.what}")
    if live:
        raise DumpError(
            f"{connection.info.dbname} is not neutral: {', '.join(live)} still on",
            hint="a trigger or rule of the database switches it on again: look at the table's triggers",
        )


def _by_odoo(testbed: Testbed, release: Release, database: str) -> None:
    end = testbed.start_command(release, database, ["neutralize", "-d", database]).wait()
    if end.status != 0:
        tail = "\n".join(end.log.read_text(encoding="utf-8", errors="replace").splitlines()[-8:])
        raise StackError(f"odoo neutralize ended with status {end.status}:\n{tail}", hint=f"read its log: {end.log}")


def _update(effect: Effect) -> sql.Composed:
    return sql.SQL("UPDATE {} SET {} WHERE {}").format(
        sql.Identifier(effect.table),
        sql.SQL(effect.still),
        sql.SQL(effect.live),
    )
