"""A dump of production becomes a template that says nothing of anybody; an unfit one is refused in plain words."""

from __future__ import annotations

import io
import json
import tarfile
import tomllib
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import psycopg
import pytest

from odoo_gate.data.production import anonymised_template
from odoo_gate.data.production.anonymise import anonymise
from odoo_gate.data.production.anonymise_plan import AnonymiseError
from odoo_gate.data.production.dump import DumpError, open_dump
from odoo_gate.data.production.neutralise import neutralise, require_neutral
from odoo_gate.data.production.restore import check_database, check_files, check_manifest, restore
from odoo_gate.data.production.scan import scan
from odoo_gate.model import silent
from odoo_gate.odoo.databases import Databases
from odoo_gate.odoo.store import Clone
from odoo_gate.odoo.testbed import Release, Testbed, open_testbed
from odoo_gate.settings import Settings, settings_from
from odoo_gate.stack.odoo_server import FILES_MOUNT
from odoo_gate.stack.run import Run, new_run_id

EXAMPLE = Path(__file__).parents[3] / "examples" / "construction"
SAMPLE = Path(__file__).with_name("production_sample.py")
SALT = b"a secret of these tests only"
RULES = {
    "construction_*.*": "words",
    "date_range*.*": "words",
    "tier_*.*": "words",
    "res_company.payroll_code": "code",
}
REAL_WORDS = (
    "Jansen",
    "Henk Jansen",
    "Ingrid de Boer",
    "ingrid@devries",
    "Keizersgracht",
    "jansen-zonen",
    "0417164300",
    "sk-live-production",
)


@dataclass(frozen=True)
class Dumped:
    """One database in every format, its filestore, and what was in it."""

    zip: Path
    custom: Path
    plain: Path
    filestore: Path
    ids: dict[str, Any]
    database: str
    settings: Settings


def settings_with(**anonymise: object) -> Settings:
    written = tomllib.loads((EXAMPLE / "gate.toml").read_text())
    return settings_from({**written, "anonymise": {"rules": RULES, **anonymise}}, root=EXAMPLE)


@pytest.fixture(scope="module")
def testbed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Testbed]:
    with Run(new_run_id(), tmp_path_factory.mktemp("run")) as run:
        testbed = open_testbed(settings_with(), run)
        yield testbed
        for stored in testbed.store.templates():
            if stored.label.startswith("production, anonymised (made-by-a-test"):
                Databases(testbed.postgres).drop(stored.database)
                testbed.candidate.agent.files_drop(stored.database)


@pytest.fixture(scope="module")
def release(testbed: Testbed) -> Release:
    baseline = testbed.baseline
    assert baseline is not None
    return baseline


@pytest.fixture(scope="module")
def dumped(testbed: Testbed, release: Release, tmp_path_factory: pytest.TempPathFactory) -> Dumped:
    """The example's baseline with people and money in it, dumped as production is."""
    folder = tmp_path_factory.mktemp("dumps")
    clone = testbed.store.clone(testbed.full_template(release), release.agent)
    ids = release.agent.run_script(clone.database, SAMPLE, "fill").result
    container = testbed.start_files()
    address = testbed.postgres
    access = {"PGHOST": address.alias, "PGUSER": address.user, "PGPASSWORD": address.password}
    for form, name in (("-Fc", "made-by-a-test.pg"), ("-Fp", "made-by-a-test.sql")):
        container.execute("pg_dump", form, "-f", f"/var/tmp/{name}", clone.database, environment=access)
        (folder / name).write_bytes(fetched(container.docker, f"/var/tmp/{name}"))
    stream, _ = container.docker.get_archive(f"{FILES_MOUNT}/filestore/{clone.database}")
    (folder / "filestore.tar").write_bytes(b"".join(stream))
    pack(folder / "made-by-a-test.zip", folder / "made-by-a-test.sql", folder / "filestore.tar")
    return Dumped(
        zip=folder / "made-by-a-test.zip",
        custom=folder / "made-by-a-test.pg",
        plain=folder / "made-by-a-test.sql",
        filestore=folder / "filestore.tar",
        ids=ids,
        database=clone.database,
        settings=testbed.settings,
    )


def fetched(container: Any, path: str) -> bytes:
    stream, _ = container.get_archive(path)
    with tarfile.open(fileobj=io.BytesIO(b"".join(stream))) as archive:
        member = archive.extractfile(Path(path).name)
        assert member is not None
        return member.read()


def pack(target: Path, sql: Path, filestore: Path) -> None:
    """As Odoo's database manager writes it."""
    manifest = {"odoo_dump": "1", "db_name": "production", "major_version": "19.0", "modules": {"base": "19.0.1.3"}}
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive, tarfile.open(filestore) as files:
        archive.write(sql, "dump.sql")
        archive.writestr("manifest.json", json.dumps(manifest))
        for member in files.getmembers():
            content = files.extractfile(member) if member.isfile() else None
            if content is not None:
                archive.writestr(f"filestore/{member.name.partition('/')[2]}", content.read())


@contextmanager
def empty_database(testbed: Testbed, release: Release) -> Iterator[Clone]:
    database = testbed.store.new_database()
    Databases(testbed.postgres).create_empty(database.database, testbed.settings.database.extensions)
    try:
        yield database
    finally:
        testbed.store.drop(database, release.agent)


def rows(testbed: Testbed, database: str, query: str) -> list[Any]:
    with psycopg.connect(testbed.postgres.dsn(database)) as connection:
        return connection.execute(query.encode()).fetchall()


@pytest.fixture(scope="module")
def anonymised(testbed: Testbed, release: Release, dumped: Dumped) -> Iterator[Clone]:
    """A clone of the template that the zip becomes."""
    dump = open_dump(dumped.zip)
    template = anonymised_template(testbed, release, dump, SALT, silent)
    assert template.built
    assert not anonymised_template(testbed, release, dump, SALT, silent).built
    with testbed.clone(template, release) as clone:
        yield clone


def test_nothing_that_production_says_is_left(testbed, release, dumped, anonymised):
    before = scan(testbed, release, dumped.database, REAL_WORDS, silent)
    assert {"res_partner.name", "res_users.login", "ir_config_parameter.value"} <= {hit.place for hit in before.hits}
    assert any(hit.place.startswith("file ") for hit in before.hits)
    after = scan(testbed, release, anonymised.database, REAL_WORDS, silent)
    assert after.hits == ()
    assert after.tables > 300
    assert after.files > 10


def test_what_was_equal_stays_equal(testbed, dumped, anonymised):
    ids = dumped.ids
    ((name, email, normalised, phone, sanitised, vat),) = rows(
        testbed,
        anonymised.database,
        "SELECT name, email, email_normalized, phone, phone_sanitized, vat FROM res_partner"
        f" WHERE id = {ids['supplier']}",
    )
    assert email == normalised
    assert "".join(sign for sign in phone if sign in "+0123456789") == sanitised
    assert vat.startswith("NL")
    assert (len(vat), vat[11]) == (14, vat[11].upper())
    ((complete, company),) = rows(
        testbed,
        anonymised.database,
        f"SELECT complete_name, commercial_company_name FROM res_partner WHERE id = {ids['contact']}",
    )
    assert (company, complete.partition(", ")[0]) == (name, name)
    ((on_bill,),) = rows(
        testbed, anonymised.database, f"SELECT invoice_partner_display_name FROM account_move WHERE id = {ids['bill']}"
    )
    assert on_bill == name
    ((login, mail, partner, employee, resource),) = rows(
        testbed,
        anonymised.database,
        "SELECT u.login, p.email, p.name, e.name, r.name FROM res_users u JOIN res_partner p ON p.id = u.partner_id"
        " JOIN hr_employee e ON e.user_id = u.id JOIN resource_resource r ON r.id = e.resource_id"
        f" WHERE u.id = {ids['user']}",
    )
    assert login == mail
    assert partner == employee == resource


def test_account_numbers_keep_their_country_and_are_right(testbed, dumped, anonymised):
    ((number, bare),) = rows(
        testbed,
        anonymised.database,
        f"SELECT acc_number, sanitized_acc_number FROM res_partner_bank WHERE id = {dumped.ids['bank']}",
    )
    assert number.replace(" ", "") == bare
    assert number[:2] == "NL"
    assert len(number) == len("NL91 ABNA 0417 1643 00")
    digits = "".join(str(int(sign, 36)) for sign in bare[4:] + bare[:4])
    assert int(digits) % 97 == 1


def test_closed_books_are_secured_again(testbed, dumped, anonymised):
    query = "SELECT name, inalterable_hash FROM account_move WHERE inalterable_hash <> '' ORDER BY name"
    before, after = rows(testbed, dumped.database, query), rows(testbed, anonymised.database, query)
    assert len(after) == 2
    assert [name for name, _ in after] == [name for name, _ in before]
    assert {hashed for _, hashed in after}.isdisjoint(hashed for _, hashed in before)


def test_papers_are_of_the_same_kind_and_size(testbed, release, dumped, anonymised):
    files = release.agent.files_checksums(anonymised.database)
    for paper, ending in (("Contract Jansen.txt", ".txt"), ("Plan.pdf", ".pdf"), ("photo.png", ".png")):
        query = "SELECT name, store_fname, checksum, file_size, index_content FROM ir_attachment WHERE id = {}"
        ((old_name, _, _, old_size, _),) = rows(testbed, dumped.database, query.format(dumped.ids["papers"][paper]))
        ((name, stored, checksum, size, index),) = rows(
            testbed, anonymised.database, query.format(dumped.ids["papers"][paper])
        )
        assert old_name == paper
        assert name.endswith(ending)
        assert files[stored] == (size, checksum)
        assert size >= old_size
        assert index is None


def test_nothing_reaches_out(testbed, anonymised):
    dsn = testbed.postgres.dsn(anonymised.database)
    with psycopg.connect(dsn) as connection:
        require_neutral(connection)
        connection.execute("UPDATE ir_cron SET active = true WHERE id = (SELECT max(id) FROM ir_cron)")
        with pytest.raises(DumpError, match="1 x scheduled action"):
            require_neutral(connection)
        connection.rollback()
    ((mails,),) = rows(testbed, anonymised.database, "SELECT count(*) FROM mail_mail WHERE state = 'outgoing'")
    assert mails == 0


def test_odoo_opens_it_and_its_administrator_can_log_in(release, anonymised, tmp_path):
    script = tmp_path / "log_in.py"
    script.write_text(
        "def log_in(env, say):\n"
        "    admin = env['res.users'].browse(env.ref('base.user_admin').id)\n"
        "    valid, _ = admin._crypt_context().verify_and_update('admin', PASSWORD(env, admin.id))\n"
        "    return [admin.login, valid]\n"
        "def PASSWORD(env, user):\n"
        "    env.cr.execute('SELECT password FROM res_users WHERE id = %s', [user])\n"
        "    return env.cr.fetchone()[0]\n"
    )
    assert release.agent.run_script(anonymised.database, script, "log_in").result == ["admin", True]


@pytest.mark.parametrize("form", ["custom", "plain"])
def test_other_formats_restore_with_a_filestore_beside_them(testbed, release, dumped, form):
    dump = open_dump(getattr(dumped, form), dumped.filestore)
    with empty_database(testbed, release) as database:
        restore(testbed, release, dump, database.database, 0, silent)
        query = (
            "SELECT (SELECT count(*) FROM mail_message), (SELECT count(*) FROM ir_attachment),"
            " (SELECT sum(balance) FROM account_move_line WHERE balance > 0)"
        )
        assert rows(testbed, database.database, query) == rows(testbed, dumped.database, query)
        neutralise(testbed, release, database.database, silent)


def test_amounts_can_be_scaled(testbed, release, dumped):
    scaled = Testbed(
        settings_with(amounts="scale", factor=13), testbed._host, testbed._facts, testbed._releases, silent
    )
    with copy_of(testbed, release, dumped) as clone:
        query = f"SELECT amount_total, amount_residual FROM account_move WHERE id = {dumped.ids['bill']}"
        ((total, residual),) = rows(testbed, clone.database, query)
        price = (
            "SELECT (standard_price ->> '1')::numeric FROM product_product"
            f" WHERE product_tmpl_id = {dumped.ids['product']}"
        )
        ((standard,),) = rows(testbed, clone.database, price)
        anonymise(scaled, release, clone.database, SALT, silent)
        assert rows(testbed, clone.database, query) == [(total * 13, residual * 13)]
        assert rows(testbed, clone.database, price) == [(standard * 13,)]
        assert total > 0


def test_a_column_nobody_decided_on_is_named(testbed, release, dumped):
    undecided = Testbed(settings_with(rules={}), testbed._host, testbed._facts, testbed._releases, silent)
    with copy_of(testbed, release, dumped) as clone, pytest.raises(AnonymiseError) as failure:
        anonymise(undecided, release, clone.database, SALT, silent)
    assert "construction_subcontract.description" in failure.value.message
    assert "[anonymise.rules]" in failure.value.hint


@contextmanager
def copy_of(testbed: Testbed, release: Release, dumped: Dumped) -> Iterator[Clone]:
    clone = testbed.store.new_database()
    Databases(testbed.postgres).copy(dumped.database, clone.database)
    release.agent.files_copy(dumped.database, clone.database)
    try:
        yield clone
    finally:
        testbed.store.drop(clone, release.agent)


@pytest.mark.parametrize(("form", "words"), [("custom", "does not restore"), ("plain", "cut short")])
def test_a_dump_that_was_cut_short_is_refused(testbed, release, dumped, tmp_path, form, words):
    whole = getattr(dumped, form).read_bytes()
    cut = tmp_path / f"cut-{form}"
    cut.write_bytes(whole[: len(whole) * 2 // 3])
    with empty_database(testbed, release) as database, pytest.raises(DumpError, match=words) as failure:
        restore(testbed, release, open_dump(cut, dumped.filestore), database.database, 0, silent)
    assert failure.value.hint


def test_a_dump_that_speaks_of_other_databases_is_refused(testbed, release, dumped, tmp_path):
    other = tmp_path / "all.sql"
    other.write_bytes(b"-- PostgreSQL database dump\nCREATE DATABASE stray;\n-- PostgreSQL database dump complete\n")
    with empty_database(testbed, release) as database, pytest.raises(DumpError, match="other databases or roles"):
        restore(testbed, release, open_dump(other, dumped.filestore), database.database, 0, silent)
    assert not Databases(testbed.postgres).exists("stray")


def test_what_is_no_odoo_database_is_refused(testbed, release, dumped, tmp_path):
    other = tmp_path / "other.sql"
    other.write_bytes(b"-- PostgreSQL database dump\nCREATE TABLE a (b int);\n-- PostgreSQL database dump complete\n")
    with empty_database(testbed, release) as database, pytest.raises(DumpError, match="not an Odoo database"):
        restore(testbed, release, open_dump(other, dumped.filestore), database.database, 0, silent)


@pytest.mark.parametrize(
    ("statement", "words"),
    [
        ("UPDATE ir_module_module SET latest_version = '17.0.1.3' WHERE name = 'base'", "database of Odoo 17.0"),
        ("INSERT INTO ir_module_module (name, state) VALUES ('our_secret_sauce', 'installed')", "our_secret_sauce"),
        ("UPDATE ir_module_module SET state = 'to upgrade' WHERE name = 'project'", "middle of an upgrade: project"),
    ],
)
def test_a_database_the_release_cannot_run_on_is_refused(testbed, release, dumped, statement, words):
    dump = open_dump(dumped.custom, dumped.filestore)
    with copy_of(testbed, release, dumped) as clone:
        with psycopg.connect(testbed.postgres.dsn(clone.database)) as connection:
            connection.execute(statement.encode())
        with pytest.raises(DumpError, match=words) as failure:
            check_database(testbed, release, dump, clone.database)
    assert failure.value.hint


def test_the_manifest_is_believed_before_anything_is_unpacked(testbed, release, dumped):
    dump = open_dump(dumped.zip)
    with pytest.raises(DumpError, match=r"database of Odoo 16\.0"):
        check_manifest(replace(dump, manifest={"major_version": "16.0"}), testbed.settings, release)
    with pytest.raises(DumpError, match="our_secret_sauce"):
        check_manifest(replace(dump, manifest={"modules": {"our_secret_sauce": "1"}}), testbed.settings, release)


def test_missing_and_changed_files_are_counted_and_named(testbed, release, dumped):
    dump = open_dump(dumped.custom, dumped.filestore)
    with copy_of(testbed, release, dumped) as clone:
        ((stored,),) = rows(
            testbed,
            clone.database,
            f"SELECT store_fname FROM ir_attachment WHERE id = {dumped.ids['papers']['Contract Jansen.txt']}",
        )
        container = testbed.start_files()
        path = f"{FILES_MOUNT}/filestore/{clone.database}/{stored}"
        container.execute("rm", path)
        with pytest.raises(DumpError, match=f"lacks 1 of .* files: {stored}"):
            check_files(testbed, release.agent, dump, clone.database, 0)
        check_files(testbed, release.agent, dump, clone.database, 1)
        container.execute("bash", "-c", f"echo changed > {path}")
        with pytest.raises(DumpError, match=f"1 files .* are not what their checksums say: {stored}"):
            check_files(testbed, release.agent, dump, clone.database, 0)
        with pytest.raises(DumpError, match="comes without its filestore"):
            check_files(testbed, release.agent, open_dump(dumped.custom), clone.database, 0)


def test_too_little_disk_is_told_before_it_is_full(testbed, release, dumped):
    dump = open_dump(dumped.custom, dumped.filestore)
    huge = replace(dump, sql=replace(dump.sql, size=1 << 60))
    with pytest.raises(DumpError, match="GB of disk"):
        restore(testbed, release, huge, "never_made", 0, silent)
