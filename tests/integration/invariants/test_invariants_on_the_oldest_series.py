"""The same questions on Odoo 14, whose tables differ: account codes, properties, translations, quantities, layers."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from odoo_gate.invariants import Result, Snapshot, compare, holding, observe
from odoo_gate.model import silent
from odoo_gate.odoo.testbed import open_testbed
from odoo_gate.settings import settings_from
from odoo_gate.stack.run import Run, new_run_id

DOCUMENTS = Path(__file__).parent / "documents_14.py"
MANIFEST = {
    "name": "every",
    "version": "14.0.1.0.0",
    "license": "LGPL-3",
    "depends": ["l10n_generic_coa", "purchase_stock", "hr_timesheet"],
    "data": [],
}
MUTATIONS = [
    "UPDATE stock_quant SET quantity = quantity + 1",
    "UPDATE stock_valuation_layer SET value = value + 0.01",
    """UPDATE account_move_line SET credit = credit + 0.01, balance = balance - 0.01,
        amount_currency = amount_currency - 0.01 WHERE credit > 500""",
    "UPDATE ir_property SET value_reference = 'account.payment.term,2' WHERE res_id LIKE 'res.partner,%'",
    "DELETE FROM ir_translation WHERE lang = 'fr_FR' AND name = 'product.template,name'",
]


@pytest.fixture(scope="module")
def snapshots(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Snapshot, Snapshot]]:
    """The database as Odoo made it, and after all mutations."""
    root = tmp_path_factory.mktemp("release")
    (root / "addons/every").mkdir(parents=True)
    (root / "addons/every/__init__.py").write_text("")
    (root / "addons/every/__manifest__.py").write_text(repr(MANIFEST))
    languages = {"languages": ["en_US", "fr_FR"]}
    settings = settings_from({"project": {"series": "14.0"}, "database": languages}, root=root)
    with Run(new_run_id(), root / "run", silent) as run:
        testbed = open_testbed(settings, run)
        agent = testbed.candidate.agent
        with testbed.clone(testbed.full_template(testbed.candidate)) as clone:
            agent.run_script(clone.database, DOCUMENTS, "make")
            dsn = testbed.postgres.dsn(clone.database)
            before = observe(dsn, clone.database, agent)
            with psycopg.connect(dsn, autocommit=True) as connection:
                for mutation in MUTATIONS:
                    assert connection.execute(mutation.encode()).rowcount > 0, mutation
            yield before, observe(dsn, clone.database, agent)


def test_everything_holds(snapshots: tuple[Snapshot, Snapshot]) -> None:
    before, _ = snapshots
    assert before.series == "14.0"
    assert {result.id: result.reason for result in holding(before) if result.outcome is Result.FAILED} == {}
    asked = compare(before, before)
    not_asked = {result.id for result in asked if result.outcome is Result.NOT_APPLICABLE}
    assert not_asked == {"hash-chain", "retention"}
    assert {result.id for result in asked if result.outcome is Result.FAILED} == set()


def test_mutations_are_found(snapshots: tuple[Snapshot, Snapshot]) -> None:
    found = {result.id for result in compare(*snapshots) if result.outcome is Result.FAILED}
    assert found == {
        "quants",
        "valuation",
        "trial-balance",
        "moves-balanced",
        "company-dependent",
        "translations",
    }
