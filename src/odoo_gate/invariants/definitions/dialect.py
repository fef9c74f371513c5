"""What the series write differently in SQL."""

from __future__ import annotations

from collections.abc import Iterable

from odoo_gate.invariants.catalog import Catalog
from odoo_gate.invariants.question import Absent, Answer, Source


def account_code(catalog: Catalog, account: str, company: str) -> tuple[str, str]:
    """SQL of an account's code, and the joins it needs; `account` and `company` are columns of the query.

    Up to 17 the code is a column; from 18 it is kept by root company, and the account's id stands in for a code
    that the company does not have.
    """
    if catalog.has("account_account.code"):
        return f"coalesce(aa.code, 'id ' || {account})", f"LEFT JOIN account_account aa ON aa.id = {account}"
    code = "coalesce(aa.code_store ->> split_part(co.parent_path, '/', 1), aa.code_store ->> co.id::text, 'id ' || {})"
    joins = f"LEFT JOIN account_account aa ON aa.id = {account} LEFT JOIN res_company co ON co.id = {company}"
    return code.format(account), joins


def measured_inside(source: Source, name: str) -> Answer | Absent:
    """What was measured inside Odoo under `name`; its last row says how much was looked at."""
    if name not in source.inside:
        return Absent("it is measured inside Odoo, and no agent was given")
    *rows, (_, examined) = source.inside[name]
    return Answer([tuple(row) for row in rows], ["value"], int(examined))


def union(parts: Iterable[str]) -> str:
    """One statement of many."""
    return "\nUNION ALL\n".join(parts)
