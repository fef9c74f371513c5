"""Generates data for real: for the example's baseline, twice, and for stock modules alone; then looks at it."""

from __future__ import annotations

import os
from contextlib import contextmanager
from pathlib import Path

import psycopg
import pytest
from typed import typed

from odoo_gate.data import DataSpec, data_spec, data_template, generate
from odoo_gate.data.digest import table_digests
from odoo_gate.data.spec import INSIDE
from odoo_gate.data.statements import STATEMENTS
from odoo_gate.odoo.testbed import open_testbed
from odoo_gate.settings import load_settings
from odoo_gate.stack.run import Run, new_run_id

EXAMPLE = Path(__file__).parents[3] / "examples" / "construction"
STOCK_MODULES = ["purchase_stock", "project_purchase", "hr_timesheet", "hr_attendance", "hr_expense", "maintenance"]
OWN_ARCHETYPES = '''
"""Calendar events of jobs: a family of the project's own."""
MODULES = ("calendar",)

def documents(world):
    for job in world.jobs:
        with world.document("site-meeting", job=job, day=4):
            job.company["calendar.event"].create(
                {"name": "Site meeting " + job.number, "start": world.moment(4, 8), "stop": world.moment(4, 10)}
            )
'''


@pytest.fixture(scope="module")
def opened(tmp_path_factory):
    settings = load_settings(EXAMPLE, os.environ)
    with Run(new_run_id(), tmp_path_factory.mktemp("run"), print) as run:
        yield open_testbed(settings, run, print)


@pytest.fixture(scope="module")
def generated(opened):
    """The baseline's clone with data generated into it, and what was generated."""
    release = opened.baseline
    with opened.clone(opened.full_template(release), release) as clone:
        dsn = opened.postgres.dsn(clone.database)
        yield generate(dsn, clone.database, release.agent, DataSpec(), print), dsn


@pytest.fixture
def database(generated):
    with psycopg.connect(generated[1]) as connection:
        yield connection


def one(connection, query):
    return connection.execute(query).fetchone()[0]


def test_the_data_is_proved(generated):
    proof = generated[0].proof
    assert {"moves-balanced", "residuals", "journal-sequences", "sequences", "orphans", "attachments", "retention",
            "timesheets", "purchase-orders", "document-names", "parent-path",
            "analytic"} <= set(proof.invariants)  # fmt: skip
    assert proof.links > 100
    assert proof.values > 3000


def test_there_are_thousands_of_documents_of_several_companies_and_currencies(database):
    assert one(database, "SELECT count(*) FROM account_move WHERE state = 'posted'") > 3000
    assert one(database, "SELECT count(DISTINCT company_id) FROM account_move") == 3
    assert one(database, "SELECT count(DISTINCT currency_id) FROM account_move") == 3
    for table in (
        "purchase_order",
        "construction_subcontract",
        "construction_progress_certificate",
        "construction_retention_release",
        "hr_attendance",
        "account_bank_statement_line",
        "account_full_reconcile",
    ):
        assert one(database, f"SELECT count(*) FROM {table}") > 90, table


def test_jobs_differ_in_size_and_documents_in_amount(database):
    largest, typical = database.execute(
        "SELECT max(n), percentile_disc(0.5) WITHIN GROUP (ORDER BY n) FROM"
        " (SELECT count(*) AS n FROM purchase_order_line GROUP BY job_id) j"
    ).fetchone()
    assert largest > 5 * typical
    assert one(database, "SELECT count(DISTINCT amount_total) FROM account_move") > 100


def test_names_say_the_month_and_year_of_their_document(database):
    wrong = (
        "SELECT count(*) FROM account_move WHERE name LIKE 'BILL/%'"
        " AND name NOT LIKE to_char(date, '\"BILL/\"YYYY/MM/%')"
    )
    assert one(database, "SELECT count(*) FROM account_move WHERE name LIKE 'BILL/%'") > 300
    assert one(database, wrong) == 0
    assert one(database, "SELECT count(*) FROM account_move_line l JOIN account_move m ON m.id = l.move_id"
                         " WHERE l.move_name IS DISTINCT FROM m.name") == 0  # fmt: skip


@pytest.mark.parametrize(
    ("table", "name"),
    [("purchase_order", "name"), ("construction_subcontract", "name"), ("project_project", "name->>'en_US'")],
)
def test_what_a_sequence_numbers_has_a_number_of_its_own(database, table, name):
    rows, names = database.execute(
        f"SELECT count(*), count(DISTINCT {name}) FROM {table} WHERE {name} ~ '[0-9]{{4}}'"
    ).fetchone()
    assert rows == names > 90


def test_every_bank_line_is_on_the_statement_of_its_month(database):
    lines, months = database.execute(
        "SELECT count(*), count(DISTINCT (journal_id, left(internal_index, 6))) FROM account_bank_statement_line"
    ).fetchone()
    assert (lines > 300, one(database, "SELECT count(*) FROM account_bank_statement")) == (True, months)
    assert one(database, "SELECT count(*) FROM account_bank_statement_line WHERE statement_id IS NULL") == 0
    broken_chain = (
        "SELECT count(*) FROM (SELECT balance_start, lag(balance_end_real) OVER"
        " (PARTITION BY journal_id ORDER BY first_line_index) AS before FROM account_bank_statement) s"
        " WHERE balance_start <> coalesce(before, 0)"
    )
    assert one(database, broken_chain) == 0
    strayed = (
        "SELECT count(*) FROM account_move_line i JOIN account_bank_statement_line l ON l.id = i.statement_line_id"
        " WHERE i.statement_id IS DISTINCT FROM l.statement_id"
    )
    assert one(database, strayed) == 0


@pytest.mark.parametrize("column", ["balance_start", "balance_end"])
def test_a_statement_that_odoo_would_compute_otherwise_is_found(opened, generated, database, column):
    database.execute(f"UPDATE account_bank_statement SET {column} = {column} + 1 WHERE id % 2 = 0")
    database.commit()
    arguments = {"tables": {STATEMENTS: [0, 0]}, "share": 1, "least": 50, "most": 50, "seed": 1}
    agent, name = opened.baseline.agent, psycopg.conninfo.conninfo_to_dict(generated[1])["dbname"]
    found = agent.run_script(name, INSIDE / "recomputation.py", "recompute", arguments).result
    database.execute(f"UPDATE account_bank_statement SET {column} = {column} - 1 WHERE id % 2 = 0")
    database.commit()
    assert {model for model, *_ in found["differences"]} == {STATEMENTS.replace("_", ".")}
    assert column in {field for _, _, field, *_ in found["differences"]}


def test_bills_paid_at_another_rate_have_their_exchange_difference(database):
    assert one(database, "SELECT count(DISTINCT exchange_move_id) FROM account_partial_reconcile") > 50
    rest = "SELECT count(*) FROM account_move WHERE ref LIKE 'Rate J%' AND payment_state <> 'paid'"
    assert one(database, "SELECT count(*) FROM account_move WHERE ref LIKE 'Rate J%'") > 50
    assert one(database, rest) == 0


def test_what_is_bought_is_booked_on_a_job_and_on_a_kind_of_cost(database):
    both = "SELECT count(*) FROM account_move_line WHERE analytic_distribution::text LIKE '%,%'"
    assert one(database, both) > 1000
    kinds = one(database, "SELECT id FROM account_analytic_plan WHERE name->>'en_US' = 'Kinds of cost'")
    assert one(database, f"SELECT count(*) FROM account_analytic_line WHERE x_plan{kinds}_id IS NOT NULL") > 1000


def test_odoo_goes_on_with_the_next_number(opened, generated, tmp_path):
    script = tmp_path / "next.py"
    script.write_text(
        "def post(env, say):\n"
        "    last = env['account.move'].search([('move_type', '=', 'out_invoice'), ('state', '=', 'posted'),\n"
        "        ('company_id', '=', env.company.id)], order='date desc, sequence_number desc', limit=1)\n"
        "    new = last.copy({'invoice_date': last.invoice_date, 'date': last.date})\n"
        "    new.action_post()\n"
        "    top = env['account.move'].search([('journal_id', '=', new.journal_id.id), ('id', '!=', new.id),\n"
        "        ('sequence_prefix', '=', new.sequence_prefix)], order='sequence_number desc', limit=1)\n"
        "    found = [new.sequence_number, top.sequence_number]\n"
        "    env.cr.rollback()\n"
        "    return found\n"
    )
    release = opened.baseline
    database = psycopg.conninfo.conninfo_to_dict(generated[1])["dbname"]
    new, last = release.agent.run_script(database, script, "post").result
    assert new == last + 1


def test_the_same_seed_gives_the_same_database(opened, database):
    """Every column of every table; a clone's own uuid and secret are the two rows that differ."""
    release = opened.baseline
    with opened.clone(opened.full_template(release), release) as clone:
        dsn = opened.postgres.dsn(clone.database)
        generate(dsn, clone.database, release.agent, DataSpec(), print)
        with psycopg.connect(dsn) as again:
            for connection in (database, again):
                connection.execute("DELETE FROM ir_config_parameter WHERE key IN ('database.uuid', 'database.secret')")
            first, second = table_digests(database), table_digests(again)
            again.rollback()
    database.rollback()
    assert len(first) > 300
    assert {table for table in first if first[table] != second[table]} == set()


def site(folder, depends, settings=""):
    """A checkout with one addon of its own, which needs these modules."""
    addon = folder / "addons" / "site"
    addon.mkdir(parents=True)
    (addon / "__init__.py").touch()
    manifest = {"name": "Site", "version": "19.0.1.0.0", "license": "LGPL-3", "author": "Site", "depends": depends}
    (addon / "__manifest__.py").write_text(repr(manifest))
    (folder / "gate.toml").write_text('[project]\nname = "Site"\nseries = "19.0"\n' + settings)
    return folder


@contextmanager
def candidate_data(project, run_folder):
    """A connection to a clone of the project's data, and the key of their template."""
    settings = load_settings(project, {})
    with Run(new_run_id(), run_folder, print) as run:
        testbed = open_testbed(settings, run, print)
        template = data_template(testbed, testbed.candidate, data_spec(settings), print)
        with testbed.clone(template) as clone, psycopg.connect(testbed.postgres.dsn(clone.database)) as connection:
            yield connection, template


@pytest.fixture(scope="module")
def stock_database(tmp_path_factory):
    """Data for stock modules alone, and a family of the project's own: through the template, as users make it."""
    project = site(
        tmp_path_factory.mktemp("project"), [*STOCK_MODULES, "calendar"], '[data]\narchetypes = ["meetings.py"]\n'
    )
    (project / "meetings.py").write_text(OWN_ARCHETYPES)
    what = ("--profile", "construction", "--scale", "small", "--seed", "1", "--release", "candidate")
    key, _, told = typed("data", "generate", *what, folder=project).partition(" ")
    assert "built" in told or "there already" in told
    with candidate_data(project, tmp_path_factory.mktemp("run")) as (connection, template):
        assert (template.built, template.key) == (False, key)
        yield connection


def test_stock_modules_alone_get_receipts_and_stock_on_hand(stock_database):
    assert one(stock_database, "SELECT count(*) FROM stock_picking WHERE state = 'done'") > 300
    assert one(stock_database, "SELECT sum(quantity) FROM stock_quant WHERE quantity > 0") > 10_000
    assert one(stock_database, "SELECT count(*) FROM hr_expense") > 90


def test_equipment_is_repaired(stock_database):
    assert one(stock_database, "SELECT count(*) FROM maintenance_equipment WHERE company_id IS NOT NULL") > 90
    assert one(stock_database, "SELECT count(*) FROM maintenance_request WHERE close_date > request_date") > 90


def test_the_project_adds_archetypes_of_its_own(stock_database):
    assert (
        one(stock_database, "SELECT count(DISTINCT start) FROM calendar_event WHERE name LIKE 'Site meeting J%'") > 90
    )


def test_without_accounting_there_are_companies_jobs_and_contacts_all_the_same(tmp_path):
    project = site(tmp_path / "project", ["project", "maintenance"])
    with candidate_data(project, tmp_path / "run") as (connection, _):
        assert one(connection, "SELECT count(*) FROM res_company") == 3
        assert one(connection, "SELECT count(*) FROM res_partner WHERE function = 'Site manager'") > 90
        assert one(connection, "SELECT count(DISTINCT name) FROM project_project WHERE company_id IS NOT NULL") > 90
        assert one(connection, "SELECT count(*) FROM maintenance_equipment WHERE company_id IS NOT NULL") > 90
