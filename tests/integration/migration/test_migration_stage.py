"""The stage of a rehearsal: who locks whom is seen there, and an upgrade that fails is told.

Whole rehearsals: see `test_migration_of_bought_addons.py` beside this file, and `tests/defects/upgrades`.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from odoo_gate.migration import Stage, UpgradePlan, take_schema, upgrade_findings
from odoo_gate.migration.locks import LockWatch
from odoo_gate.migration.rehearsal import wait_for
from odoo_gate.model import Severity, silent
from odoo_gate.odoo.testbed import open_testbed
from odoo_gate.settings import settings_from
from odoo_gate.stack.run import Run, new_run_id

SCRIPT = """
def migrate(cr, version):
    raise ValueError("fragile was told to break")
"""


def write_fragile(addons: Path, version: str) -> None:
    """An addon whose script fails."""
    files = {
        "__manifest__.py": repr({"name": "Fragile", "version": version, "license": "LGPL-3", "depends": ["base"]}),
        "__init__.py": "",
        "migrations/19.0.1.1.0/post-see.py": SCRIPT,
    }
    for relative, text in files.items():
        path = addons / "fragile" / relative
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, "utf-8")


@pytest.fixture(scope="module")
def stage(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    root = tmp_path_factory.mktemp("release")
    write_fragile(root / "production/addons", "19.0.1.0.0")
    write_fragile(root / "addons", "19.0.1.1.0")
    with Run(new_run_id(), root / "run", silent) as run:
        written = {"project": {"series": "19.0"}, "baseline": {"path": "production"}}
        testbed = open_testbed(settings_from(written, root=root), run)
        baseline = testbed.baseline
        assert baseline is not None
        template = testbed.store.template(testbed.exact_spec(baseline, ["fragile"]), baseline.agent)
        opened = Stage(testbed, baseline, testbed.candidate, template, silent)
        yield opened
        opened.close()


def test_a_lock_held_by_anybody_is_seen(stage):
    with stage.connection() as connection:
        tables = frozenset(table.oid for table in take_schema(connection).tables.values())
    with LockWatch(stage.postgres.dsn(stage.database), tables) as watch, stage.connection() as holder:
        asked = time.monotonic()
        holder.execute("LOCK TABLE res_currency IN ACCESS EXCLUSIVE MODE")
        waiter = threading.Thread(target=_read_currencies, args=(stage,))
        waiter.start()
        while waiter.is_alive() and not _somebody_waits(stage):
            time.sleep(0.05)
        time.sleep(1)
        holder.rollback()
        held = time.monotonic() - asked
        waiter.join()
        time.sleep(0.1)
    longest = watch.report.longest
    assert longest is not None
    assert longest.table == "res_currency"
    assert 0.4 < longest.seconds < held + 1
    assert watch.report.blocked
    assert "res_currency" in watch.report.blocked[0].query


def _somebody_waits(stage: Stage) -> bool:
    with stage.connection() as connection:
        row = connection.execute("SELECT count(*) FROM pg_locks WHERE NOT granted").fetchone()
    return bool(row and row[0])


def _read_currencies(stage: Stage) -> None:
    with stage.connection() as connection:
        connection.execute("SELECT name FROM res_currency").fetchall()


def test_an_upgrade_that_fails_is_told(stage):
    upgraded = wait_for(stage, UpgradePlan(("fragile",), ()))
    assert not upgraded.is_done
    found = upgrade_findings(upgraded, {})
    told = [f"{each.rule}: {each.message}" for each in found if each.severity is Severity.ERROR]
    assert any("fragile was told to break" in each for each in told)
    assert any(each.startswith("upgrade-failed") for each in told)
