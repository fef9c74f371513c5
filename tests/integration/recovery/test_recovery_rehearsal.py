"""A small production that serves: recovered from a real backup, by Odoo's own tools, and rehearsed with as a dump."""

from __future__ import annotations

import re
import shutil
import zipfile
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
from typed import typed

from odoo_gate.data import like_production
from odoo_gate.data.production import restored_template
from odoo_gate.data.production.dump import open_dump
from odoo_gate.errors import SettingsError, UsageError
from odoo_gate.model import Severity
from odoo_gate.odoo.databases import Databases
from odoo_gate.odoo.testbed import Testbed, attach_testbed, open_testbed
from odoo_gate.recovery import Production, stand_up, stored_findings, take_backup, verify_backup
from odoo_gate.recovery.business import entered_since, lost_documents
from odoo_gate.recovery.facts import count_rows, read_facts
from odoo_gate.recovery.restore import Target, restore_backup
from odoo_gate.recovery.streams import one_file_tar, send
from odoo_gate.recovery.writes import refs_there, write_once
from odoo_gate.settings import load_settings
from odoo_gate.stack.odoo_server import FILES_MOUNT
from odoo_gate.stack.run import Run, new_run_id

GATE_TOML = """
[project]
name = "recovery tests"
series = "19.0"
[baseline]
path = "baseline"
"""
CANARY = "Jansen-van-Dijk"
MANIFEST = "{'name': 'Empty', 'version': '19.0.1.0.0', 'depends': ['base'], 'license': 'LGPL-3'}"
RESTORE = Path(__file__).with_name("restored_by_odoo.py")


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("project")
    for addons in ("addons", "baseline/addons"):
        (root / addons / "empty").mkdir(parents=True)
        (root / addons / "empty/__init__.py").touch()
        (root / addons / "empty/__manifest__.py").write_text(MANIFEST)
    (root / "gate.toml").write_text(GATE_TOML)
    return root


@pytest.fixture(scope="module")
def testbed(project: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Testbed]:
    with Run(new_run_id(), tmp_path_factory.mktemp("run"), print) as run:
        yield open_testbed(load_settings(project, {}), run, print)


@pytest.fixture(scope="module")
def production(testbed: Testbed) -> Production:
    baseline = testbed.baseline
    return stand_up(testbed, baseline, testbed.full_template(baseline), print)


@pytest.fixture(scope="module")
def odoo_zip(production: Production, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A zip as Odoo's database manager makes it, with nothing of ours beside it."""
    backup = take_backup(production.source, tmp_path_factory.mktemp("zip"), "odoo-zip")
    alone = tmp_path_factory.mktemp("alone") / "devries.zip"
    return Path(shutil.copy(backup.folder / "odoo.zip", alone))


def errors(findings):
    return [finding for finding in findings if finding.severity is Severity.ERROR]


def test_a_real_backup_is_restored_and_worked_with(project, odoo_zip):
    told = typed("recovery", "verify-backup", str(odoo_zip), folder=project)
    is_whole(told)


def test_a_real_dump_with_its_files_beside_it_is_restored_and_worked_with(project, odoo_zip, tmp_path):
    with zipfile.ZipFile(odoo_zip) as backup:
        backup.extractall(tmp_path)
    beside = ("--filestore", str(tmp_path / "filestore"), "--project", str(project))
    is_whole(typed("recovery", "verify-backup", str(tmp_path / "dump.sql"), *beside, folder=tmp_path))


def is_whole(told: str) -> None:
    assert len(re.findall(r"^ok {2,}", told, re.MULTILINE)) == 5, told
    steps = set(re.findall(r"^ +[\d.]+ s  (.+)$", told, re.MULTILINE))
    assert {"log in", "open res.partner", "draft res.partner", "download an attachment"} <= steps
    figures = dict(re.findall(r"^(\w+): ([\d.]+)", told, re.MULTILINE))
    assert float(figures["attachments"]) > 0
    assert float(figures["invariants"]) > 0


def test_a_real_backup_that_is_cut_off_is_refused(testbed, odoo_zip, tmp_path):
    cut = tmp_path / "cut.zip"
    cut.write_bytes(odoo_zip.read_bytes()[:-5000])
    with pytest.raises(UsageError, match="damaged"):
        verify_backup(testbed, testbed.baseline, cut, None, tmp_path)


def test_odoo_itself_restores_our_zip(testbed, production, odoo_zip):
    """What Odoo's database manager makes of it is what was backed up."""
    files = production.source.filestores.container
    with odoo_zip.open("rb") as file:
        send(files, FILES_MOUNT, one_file_tar("devries.zip", odoo_zip.stat().st_size, [file.read()]))
    name = testbed.store.new_database().database
    postgres = production.source.postgres
    try:
        agent = testbed.start_agent(testbed.baseline, postgres.address)
        arguments = {"name": name, "path": f"{FILES_MOUNT}/devries.zip"}
        assert agent.run_script(production.database, RESTORE, "restore", arguments, say=print).result
    finally:
        files.execute("rm", "-f", f"{FILES_MOUNT}/devries.zip", user="root")
    with (
        psycopg.connect(postgres.dsn(name)) as restored,
        psycopg.connect(postgres.dsn(production.database)) as original,
    ):
        mine, theirs = read_facts(original, production.database), read_facts(restored, name)
    assert theirs.uuid == mine.uuid
    assert theirs.tables["res_partner"] >= 1
    assert theirs.attachments == mine.attachments
    assert set(testbed.baseline.agent.files_checksums(name)) >= set(theirs.attachments)


def test_what_a_restore_loses_is_counted(testbed, production, tmp_path):
    """Contacts entered after the backup are gone, one entered before it is back as it was before it was changed."""
    session = production.session()
    postgres = production.source.postgres
    write_once(session, "kept")
    backup = take_backup(production.source, tmp_path, "pg-directory")
    with psycopg.connect(postgres.dsn(production.database)) as connection:
        since = connection.execute("SELECT clock_timestamp() AT TIME ZONE 'UTC'").fetchone()[0]
    for name in ("first", "second"):
        write_once(session, name)
    kept = session.env["res.partner"].search([("ref", "=", "kept")])
    session.env["res.partner"].write(kept, {"phone": "1"})
    with psycopg.connect(postgres.dsn(production.database)) as connection:
        entered = entered_since(connection, since)
    name = testbed.store.new_database().database
    restore_backup(backup, Target(postgres, name, production.source.filestores, testbed.settings.database.extensions))
    with psycopg.connect(postgres.dsn(name)) as connection:
        lost = {loss.kind.name: loss for loss in lost_documents(entered, connection)}
    assert lost["contacts"].gone == 2
    assert lost["contacts"].reverted == 1
    assert not errors(stored_findings(backup))


@pytest.fixture
def on_a_dump(
    testbed: Testbed, production: Production, project: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Testbed]:
    """The testbed of a project whose `[data]` names a dump of production, in which somebody is known by name."""
    write_once(production.session(), CANARY)
    backup = take_backup(production.source, tmp_path / "dump", "odoo-zip")
    monkeypatch.setenv("ODOO_GATE_ANONYMISE_SALT", "a secret of these tests only")
    dump = {"ODOO_GATE_DATA__DUMP": str(backup.folder / "odoo.zip")}
    yield attach_testbed(load_settings(project, dump), testbed.address)
    for stored in testbed.store.templates():
        if "(odoo.zip)" in stored.label:
            Databases(testbed.postgres).drop(stored.database)
            testbed.candidate.agent.files_drop(stored.database)


def test_a_dump_of_production_is_what_is_rehearsed_with(testbed, production, on_a_dump, project):
    """The first template is the one that the command makes of the dump, and the command finds nothing left in it."""
    dump = str(on_a_dump.settings.resolve(on_a_dump.settings.data.dump))
    assert ", built in " in typed("data", "anonymise", dump, folder=project)
    with psycopg.connect(production.source.postgres.dsn(production.database)) as connection:
        assert refs_there(connection, [CANARY]) == {CANARY}
        partners = count_rows(connection)["res_partner"]
    for release in (on_a_dump.baseline, on_a_dump.candidate):
        template = like_production(on_a_dump, release, print)
        assert template.built is (release is on_a_dump.candidate)
        assert template.label.startswith("production, anonymised")
        assert ("upgraded" in template.label) is (release is on_a_dump.candidate)
        with testbed.clone(template, release) as clone, psycopg.connect(testbed.postgres.dsn(clone.database)) as copy:
            assert count_rows(copy)["res_partner"] == partners
            row = copy.execute("SELECT count(*) FROM res_partner WHERE name LIKE %s", [f"%{CANARY}%"]).fetchone()
            assert row == (0,)
    assert not like_production(on_a_dump, on_a_dump.candidate, print).built
    assert re.match(r"0 hits in \d{2,} tables", typed("data", "scan", dump, CANARY, folder=project))
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("ODOO_GATE_DATA__DUMP", dump)
        assert re.match(r"\d{2,} lines written", typed("security", "rights", "--write", "rights.csv", folder=project))
        patch.setenv("ODOO_GATE_SECURITY__RIGHTS", "rights.csv")
        assert "nobody was given more than was approved" in typed("security", "rights", folder=project)


def test_a_dump_is_restored_as_it_is_and_its_plan_shown(testbed, on_a_dump, project):
    dump = str(on_a_dump.settings.resolve(on_a_dump.settings.data.dump))
    assert "production as it is (odoo.zip), built in " in typed("data", "restore", dump, folder=project)
    template = restored_template(testbed, testbed.baseline, open_dump(Path(dump)), print)
    assert not template.built
    with (
        testbed.clone(template, testbed.baseline) as clone,
        psycopg.connect(testbed.postgres.dsn(clone.database)) as connection,
    ):
        assert refs_there(connection, [CANARY]) == {CANARY}
    plan = typed("data", "anonymise", dump, "--plan", folder=project)
    assert re.search(r"res_partner\.name .* name ", plan)
    changed = re.search(r"^(\d+) columns change", plan, re.MULTILINE)
    assert changed is not None
    assert int(changed[1]) > 20


def test_a_dump_has_but_its_own_scale(on_a_dump):
    with pytest.raises(SettingsError, match="second_scale"):
        like_production(on_a_dump, on_a_dump.baseline, print, scale="large")
