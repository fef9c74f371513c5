"""Analytic distributions, {"<account>[,<account>]": percent}: the accounts of a job become those of its copy."""

from __future__ import annotations

import json
from collections.abc import Mapping

from psycopg import Connection, sql

from odoo_gate.data.archetypes import Span
from odoo_gate.data.catalog import Catalog

_ACCOUNTS = "account_analytic_account"


def map_distributions(connection: Connection, catalog: Catalog, spans: Mapping[str, Span]) -> None:
    """`gate_work.distribution`: what each distribution of an archetype is for each copy of a job."""
    connection.execute("CREATE UNLOGGED TABLE gate_work.distribution (old jsonb, copy int, new jsonb)")
    found: set[str] = set()
    for table in spans:
        if catalog.column(table, "analytic_distribution"):
            rows = connection.execute(
                sql.SQL(
                    "SELECT DISTINCT analytic_distribution::text FROM {} WHERE analytic_distribution IS NOT NULL"
                ).format(sql.Identifier(table))
            )
            found.update(text for (text,) in rows)
    jobs = [job for (job,) in connection.execute("SELECT DISTINCT job FROM gate_work.plan WHERE job > 0 ORDER BY 1")]
    with connection.cursor().copy("COPY gate_work.distribution FROM STDIN") as copy:
        for text in sorted(found):
            for job in jobs:
                copy.write_row((text, job, json.dumps(_of_job(json.loads(text), job, spans.get(_ACCOUNTS)))))
    connection.execute("ANALYZE gate_work.distribution")


def _of_job(distribution: Mapping[str, float], job: int, span: Span | None) -> dict[str, float]:
    return {
        ",".join(str(_account(int(account), job, span)) for account in accounts.split(",")): percent
        for accounts, percent in distribution.items()
    }


def _account(account: int, job: int, span: Span | None) -> int:
    if span is None or not span.first < account <= span.last:
        return account
    return account + span.width * job
