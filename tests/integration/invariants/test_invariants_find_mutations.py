"""Every invariant on a real database: it holds as made by Odoo, and one change by SQL is found by its name."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from odoo_gate.invariants import (
    INVARIANTS,
    Custom,
    Declared,
    InvariantResult,
    InvariantsError,
    ProjectInvariants,
    Result,
    Snapshot,
    compare,
    holding,
    measure_inside,
    observe,
    take_snapshot,
)
from odoo_gate.model import Severity, silent
from odoo_gate.odoo.store import Clone, Template
from odoo_gate.odoo.testbed import Testbed, open_testbed
from odoo_gate.settings import load_settings
from odoo_gate.stack.run import Run, new_run_id

EXAMPLE = Path(__file__).parents[3] / "examples" / "construction"
DOCUMENTS = Path(__file__).parent / "documents.py"
STOCK = ("stock_account", "purchase_stock")
"""What the example does not need and the invariants look at."""

OPEN_LINE = """(SELECT l.id FROM account_move_line l JOIN account_account a ON a.id = l.account_id
    WHERE a.reconcile AND l.parent_state = 'posted' AND l.amount_residual <> 0 ORDER BY l.id LIMIT 1)"""
INCOME_LINE = """(SELECT l.id FROM account_move_line l JOIN account_account a ON a.id = l.account_id
    JOIN account_move m ON m.id = l.move_id WHERE NOT a.reconcile AND m.move_type = 'out_invoice' LIMIT 1)"""
HASHED = "(SELECT id FROM account_move WHERE inalterable_hash IS NOT NULL ORDER BY id LIMIT 1)"
LOCATION = "(SELECT id FROM stock_location WHERE usage = 'internal' LIMIT 1)"
XMLID = "ir_model_data WHERE module = 'base' AND name = 'main_partner'"

MUTATIONS = [
    (
        "trial-balance",
        f"""UPDATE account_move_line
               SET account_id = (SELECT min(id) FROM account_account WHERE account_type = 'expense')
             WHERE id = {INCOME_LINE}""",
        set(),
    ),
    (
        "trial-balance",
        f"UPDATE account_move_line SET balance = balance - 0.01, credit = credit + 0.01 WHERE id = {INCOME_LINE}",
        {"moves-balanced"},
    ),
    ("moves-balanced", f"UPDATE account_move_line SET credit = credit + 0.01 WHERE id = {INCOME_LINE}", set()),
    ("hash-chain", f"UPDATE account_move SET inalterable_hash = '$4$0' WHERE id = {HASHED}", set()),
    ("hash-chain", f"UPDATE account_move_line SET name = 'other' WHERE move_id = {HASHED}", set()),
    (
        "residuals",
        f"UPDATE account_move_line SET amount_residual = amount_residual + 0.01 WHERE id = {OPEN_LINE}",
        set(),
    ),
    (
        "residuals",
        "DELETE FROM account_partial_reconcile WHERE id = (SELECT max(id) FROM account_partial_reconcile)",
        {"row-counts"},
    ),
    (
        "journal-sequences",
        """UPDATE account_move SET sequence_number = 9
            WHERE id = (SELECT max(id) FROM account_move WHERE name LIKE 'INV/%')""",
        set(),
    ),
    (
        "journal-sequences",
        """DROP INDEX account_move_unique_name; UPDATE account_move SET name = (SELECT min(name) FROM account_move
            WHERE name LIKE 'INV/%') WHERE id = (SELECT max(id) FROM account_move WHERE name LIKE 'INV/%')""",
        {"constraints"},
    ),
    ("sequences", "ALTER SEQUENCE res_partner_id_seq RESTART WITH 1", set()),
    (
        "sequences",
        """DO $$ DECLARE name text; BEGIN
            SELECT format('ir_sequence_%s', lpad(id::text, 3, '0')) INTO name
              FROM ir_sequence WHERE code = 'purchase.order' AND implementation = 'standard' LIMIT 1;
            EXECUTE format('ALTER SEQUENCE %I RESTART WITH 1', name); END $$""",
        set(),
    ),
    ("quants", f"UPDATE stock_quant SET quantity = quantity + 1 WHERE location_id = {LOCATION}", set()),
    (
        "quants",
        """UPDATE stock_move_line SET quantity_product_uom = quantity_product_uom + 1
            WHERE id = (SELECT min(id) FROM stock_move_line WHERE state = 'done')""",
        set(),
    ),
    (
        "valuation",
        "UPDATE stock_move SET value = value + 0.01 WHERE id = (SELECT min(id) FROM stock_move WHERE value > 0)",
        set(),
    ),
    (
        "analytic",
        """UPDATE account_analytic_line SET amount = amount + 0.01
            WHERE id = (SELECT min(id) FROM account_analytic_line WHERE project_id IS NULL)""",
        set(),
    ),
    (
        "analytic",
        f"""UPDATE account_move_line SET analytic_distribution = '{{"99999": 100}}' WHERE id = {INCOME_LINE}""",
        set(),
    ),
    (
        "purchase-orders",
        "UPDATE purchase_order_line SET qty_received = 0 WHERE id = (SELECT max(id) FROM purchase_order_line)",
        set(),
    ),
    ("purchase-orders", "UPDATE purchase_order SET invoice_status = 'no', amount_untaxed = 1", set()),
    (
        "timesheets",
        """UPDATE account_analytic_line SET unit_amount = unit_amount + 1
            WHERE id = (SELECT max(id) FROM account_analytic_line WHERE task_id IS NOT NULL)""",
        {"analytic"},
    ),
    ("timesheets", "UPDATE project_task SET effective_hours = 1 WHERE effective_hours > 1", set()),
    (
        "retention",
        "UPDATE account_move SET retention_amount = retention_amount + 0.01 WHERE retention_move_id IS NOT NULL",
        set(),
    ),
    (
        "retention",
        """UPDATE account_move_line SET partner_id = 1 WHERE id = (SELECT max(l.id) FROM account_move_line l
            JOIN res_company c ON c.retention_receivable_account_id = l.account_id)""",
        set(),
    ),
    ("document-names", "UPDATE purchase_order SET name = (SELECT max(name) FROM purchase_order)", set()),
    (
        "document-names",
        """ALTER TABLE stock_picking DROP CONSTRAINT stock_picking_name_uniq;
            UPDATE stock_picking SET name = (SELECT max(name) FROM stock_picking)""",
        {"constraints"},
    ),
    (
        "attachments",
        """UPDATE ir_attachment SET checksum = repeat('0', 40)
            WHERE id = (SELECT max(id) FROM ir_attachment WHERE res_model = 'res.partner')""",
        set(),
    ),
    (
        "attachments",
        "DELETE FROM ir_attachment WHERE id = (SELECT max(id) FROM ir_attachment WHERE res_model = 'res.partner')",
        set(),
    ),
    ("xmlids", f"DELETE FROM {XMLID}", set()),
    (
        "xmlids",
        "DELETE FROM ir_model_data WHERE module = 'base' AND name = 'view_partner_form'",
        set(),
    ),
    ("xmlids", f"UPDATE {XMLID.replace(' WHERE', ' SET res_id = 999999 WHERE')}", set()),
    ("xmlids", f"UPDATE {XMLID.replace(' WHERE', ' SET noupdate = NOT noupdate WHERE')}", set()),
    ("fields-and-columns", "ALTER TABLE product_template DROP COLUMN list_price", set()),
    ("fields-and-columns", "UPDATE product_template SET list_price = NULL", set()),
    (
        "fields-and-columns",
        """ALTER TABLE res_partner ADD COLUMN legacy varchar; UPDATE res_partner SET legacy = 'x';
            ALTER TABLE res_partner ALTER COLUMN legacy SET NOT NULL""",
        set(),
    ),
    (
        "company-dependent",
        """UPDATE res_partner SET credit_limit = jsonb_build_object('1', 7.5) WHERE credit_limit IS NOT NULL""",
        set(),
    ),
    (
        "translations",
        "UPDATE product_template SET name = jsonb_build_object('en_US', name ->> 'en_US') WHERE name ? 'fr_FR'",
        set(),
    ),
    ("translations", "UPDATE product_template SET name = name - 'en_US' WHERE name ? 'fr_FR'", set()),
    (
        "orphans",
        "SET LOCAL session_replication_role = replica; UPDATE product_template SET categ_id = 99999",
        set(),
    ),
    ("orphans", "UPDATE ir_attachment SET res_id = 99999 WHERE res_model = 'res.partner' AND res_field IS NULL", set()),
    ("constraints", "ALTER TABLE res_partner ADD CONSTRAINT positive CHECK (id > 0) NOT VALID", set()),
    ("constraints", "ALTER TABLE res_partner DROP CONSTRAINT res_partner_country_id_fkey", set()),
    ("constraints", "DROP INDEX account_move_line_partner_id_ref_idx", set()),
    ("constraints", "DROP INDEX account_move__partner_id_index", set()),
    ("parent-path", "UPDATE product_category SET parent_path = id || '/' WHERE parent_id IS NOT NULL", set()),
    (
        "messages",
        "DELETE FROM mail_message WHERE id = (SELECT max(id) FROM mail_message WHERE model = 'res.partner')",
        set(),
    ),
    (
        "messages",
        "DELETE FROM mail_followers WHERE id = (SELECT max(id) FROM mail_followers WHERE res_model = 'project.task')",
        set(),
    ),
    ("access", "UPDATE ir_model_access SET perm_write = true WHERE name = 'cost code internal'", set()),
    (
        "access",
        """INSERT INTO res_groups_users_rel (gid, uid)
            SELECT g.res_id, u.id FROM ir_model_data g, res_users u
             WHERE g.module = 'base' AND g.name = 'group_system' AND u.id = 1
               OR g.module = 'account' AND g.name = 'group_account_user' AND u.id = 2 ON CONFLICT DO NOTHING""",
        set(),
    ),
    ("access", "UPDATE ir_rule SET active = false WHERE global AND domain_force LIKE '%company_ids%'", set()),
    (
        "access",
        """UPDATE ir_rule SET domain_force = '[(1, ''='', 1)]'
            WHERE id = (SELECT min(id) FROM ir_rule WHERE global AND active AND domain_force LIKE '%company_ids%')""",
        set(),
    ),
    (
        "crons-and-modules",
        "UPDATE ir_cron SET active = true WHERE id = (SELECT min(id) FROM ir_cron WHERE NOT active)",
        set(),
    ),
    ("crons-and-modules", "UPDATE ir_module_module SET state = 'to upgrade' WHERE name = 'stock'", set()),
    ("views", "UPDATE ir_ui_view SET active = false WHERE name = 'partner form of ours'", set()),
    ("row-counts", "DELETE FROM product_tag WHERE id = (SELECT max(id) FROM product_tag)", set()),
]


@pytest.fixture(scope="module")
def testbed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Testbed]:
    with Run(new_run_id(), tmp_path_factory.mktemp("run"), silent) as run:
        yield open_testbed(load_settings(EXAMPLE, os.environ), run)


@pytest.fixture(scope="module")
def template(testbed: Testbed) -> Template:
    """The example with stock, and documents of every kind."""
    agent = testbed.candidate.agent

    def fill(database: str) -> None:
        agent.install(database, STOCK, auto_install=True)
        agent.run_script(database, DOCUMENTS, "make")

    recipe = {"modules": STOCK, "documents": hashlib.sha256(DOCUMENTS.read_bytes()).hexdigest()}
    parent = testbed.full_template(testbed.candidate)
    return testbed.store.layer(parent, recipe, "invariants", fill, agent)


@pytest.fixture(scope="module")
def clone(testbed: Testbed, template: Template) -> Iterator[Clone]:
    with testbed.clone(template) as clone:
        yield clone


@pytest.fixture(scope="module")
def files(testbed: Testbed, clone: Clone) -> dict[str, tuple[int, str]]:
    return testbed.candidate.agent.files_checksums(clone.database)


@pytest.fixture(scope="module")
def before(testbed: Testbed, clone: Clone) -> Snapshot:
    return observe(testbed.postgres.dsn(clone.database), clone.database, testbed.candidate.agent)


@pytest.fixture
def connection(testbed: Testbed, clone: Clone) -> Iterator[psycopg.Connection]:
    """Everything done over it is rolled back."""
    with psycopg.connect(testbed.postgres.dsn(clone.database)) as connection:
        yield connection
        connection.rollback()


def failed(results: tuple[InvariantResult, ...]) -> dict[str, InvariantResult]:
    return {result.id: result for result in results if result.outcome is Result.FAILED}


def test_everything_holds_and_is_applicable(before: Snapshot) -> None:
    alone, twice = holding(before), compare(before, before)
    assert not failed(alone)
    assert not failed(twice)
    assert [result.id for result in twice] == list(INVARIANTS)
    assert {result.id for result in twice if result.outcome is not Result.PASSED} == set()
    assert {result.id for result in alone if result.outcome is not Result.PASSED} == {
        "trial-balance",
        "valuation",
        "messages",
        "row-counts",
        "company-dependent",
        "access",
    }
    assert before.seconds.keys() == set(INVARIANTS)


def test_snapshot_travels_as_json(before: Snapshot) -> None:
    assert Snapshot.from_json(before.to_json()) == before


@pytest.mark.parametrize(
    ("invariant", "sql", "also"), [pytest.param(*each, id=f"{n}-{each[0]}") for n, each in enumerate(MUTATIONS)]
)
def test_mutation_is_found_by_its_invariant(
    invariant: str,
    sql: str,
    also: set[str],
    before: Snapshot,
    connection: psycopg.Connection,
    files: dict[str, tuple[int, str]],
) -> None:
    connection.execute(sql.encode())
    found = failed(compare(before, take_snapshot(connection, files)))
    assert set(found) == {invariant, *also}, {name: result.reason for name, result in found.items()}
    errors = [finding for finding in found[invariant].findings if finding.severity is Severity.ERROR]
    assert all(finding.remedy for finding in errors)


def test_every_invariant_has_a_mutation() -> None:
    assert {invariant for invariant, _, _ in MUTATIONS} == set(INVARIANTS)


def test_drilled_down_to_the_row(before: Snapshot, connection: psycopg.Connection) -> None:
    line = connection.execute(f"SELECT {INCOME_LINE}".encode()).fetchone()
    assert line is not None
    connection.execute(MUTATIONS[1][1].encode())
    found = failed(compare(before, take_snapshot(connection, None)))["trial-balance"]
    rows = [finding.message for finding in found.findings if finding.rule == "balances-rows"]
    assert len(rows) == 1
    assert f"account_move_line row {line[0]}: " in rows[0]


def test_lost_file_is_found(
    before: Snapshot, connection: psycopg.Connection, files: dict[str, tuple[int, str]]
) -> None:
    name = connection.execute("SELECT store_fname FROM ir_attachment WHERE name = 'drawing 1.txt'").fetchone()
    assert name is not None
    left = {path: facts for path, facts in files.items() if path != name[0]}
    found = failed(compare(before, take_snapshot(connection, left)))
    assert set(found) == {"attachments"}
    assert "is not in the filestore" in found["attachments"].reason


def test_without_files_attachments_do_not_pass(before: Snapshot, connection: psycopg.Connection) -> None:
    results = {result.id: result for result in compare(before, take_snapshot(connection, None))}
    assert results["attachments"].outcome is Result.NOT_APPLICABLE
    assert "the filestore is not at hand" in results["attachments"].reason
    assert results["views"].outcome is Result.NOT_APPLICABLE


def test_narrowed_rights_are_a_note(before: Snapshot, connection: psycopg.Connection) -> None:
    connection.execute("UPDATE ir_model_access SET perm_unlink = false WHERE name = 'cost code cost controller'")
    access = {result.id: result for result in compare(before, take_snapshot(connection, None))}["access"]
    assert access.outcome is Result.PASSED
    assert any("may no longer unlink" in finding.message for finding in access.findings)


def test_declared_change_is_accepted_within_its_tolerance(before: Snapshot, connection: psycopg.Connection) -> None:
    connection.execute(MUTATIONS[0][1].encode())
    after = take_snapshot(connection, None)
    meant = Declared("trial-balance", "company 1, account *", "accounts are merged")
    assert "trial-balance" not in failed(compare(before, after, [meant]))
    small = Declared("trial-balance", "company 1, account *", "rounding", tolerance=0.01)
    assert "trial-balance" in failed(compare(before, after, [small]))


def test_own_invariants_in_sql(connection: psycopg.Connection) -> None:
    tags = Custom(
        "tags", "Tags stay", "SELECT 'tag', count(*) AS tags, min(name ->> 'en_US') AS first FROM product_tag"
    )
    named = Custom("named", "Tags are named", "SELECT id, name FROM product_tag WHERE name IS NULL", holds=True)
    first = take_snapshot(connection, None, [tags, named])
    assert set(failed(compare(first, first))) == set()
    connection.execute("DELETE FROM product_tag WHERE id = (SELECT max(id) FROM product_tag)")
    assert "tags" in failed(compare(first, take_snapshot(connection, None, [tags, named])))
    broken = Custom("broken", "Cannot be asked", "SELECT nothing FROM nowhere")
    with pytest.raises(InvariantsError, match="broken"):
        take_snapshot(connection, None, [broken])


def test_what_odoo_itself_finds(testbed: Testbed, template: Template, before: Snapshot, tmp_path: Path) -> None:
    """Views and the hash chain need the ORM, and so do the project's own scripts."""
    script = tmp_path / "own.py"
    script.write_text("def measure(env, say):\n    return [['tags', env['product.tag'].search_count([])]]\n")
    own = ProjectInvariants((Custom("own-tags", "Tags stay", script=script),))
    agent = testbed.candidate.agent
    with testbed.clone(template) as clone:
        dsn = testbed.postgres.dsn(clone.database)
        with psycopg.connect(dsn, autocommit=True) as connection:
            connection.execute(
                """UPDATE ir_ui_view SET arch_db = jsonb_build_object('en_US',
                    '<field name="website" position="after"><field name="nowhere"/></field>')
                    WHERE name = 'partner form of ours'"""
            )
            connection.execute(f"UPDATE account_move SET date = date - 1 WHERE id = {HASHED}".encode())
        after = observe(dsn, clone.database, agent, own)
        inside = measure_inside(agent, clone.database)
    found = failed(compare(before, after))
    assert {"views", "hash-chain"} <= set(found)
    assert "nowhere" in found["views"].reason
    assert any(finding.rule == "integrity" for finding in found["hash-chain"].findings)
    assert after.measured["own-tags"]["rows"].rows == {"tags": "2"}
    assert set(inside.rows) == {"views", "hash-integrity"}
    unasked = failed(compare(after, before))
    assert "own-tags" in unasked, "an invariant of the project that was not measured fails"
