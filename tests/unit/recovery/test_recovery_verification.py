from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from odoo_gate.errors import UsageError
from odoo_gate.recovery.manifest import Backup, DatabaseFacts, Manifest, Part, read_backup, write_backup
from odoo_gate.recovery.streams import sha256_of
from odoo_gate.recovery.verification import attachment_findings, restored_findings, stored_findings

FACTS = DatabaseFacts(
    database="devries",
    uuid="u-1",
    series="19.0",
    modules={"base": "19.0.1.3"},
    tables={"res_partner": 3, "res_users": 2},
    attachments={"ab/abc": (3, "abc"), "cd/cde": (5, "cde")},
)
WHEN = datetime(2026, 11, 21, 12, tzinfo=UTC)


@pytest.fixture
def backup(tmp_path):
    (tmp_path / "database.tar").write_bytes(b"dump")
    part = Part("database.tar", "database", 4, sha256_of(tmp_path / "database.tar"))
    return write_backup(tmp_path, Manifest("pg-directory", WHEN, 1.5, "17.2", (part,), dict(FACTS.attachments), FACTS))


def rules(findings):
    found = list(findings)
    assert all(finding.message and finding.remedy for finding in found)
    return [finding.rule for finding in found]


def with_manifest(backup, **changes):
    return Backup(backup.folder, replace(backup.manifest, **changes))


def test_a_manifest_is_read_as_it_was_written(backup):
    assert read_backup(backup.folder) == backup


@pytest.mark.parametrize("text", ["", "{}", '{"format": 2}', '{"format": 1, "method": "tape"}'])
def test_what_is_no_manifest_is_refused(tmp_path, text):
    (tmp_path / "backup.json").write_text(text)
    with pytest.raises(UsageError, match="not the manifest"):
        read_backup(tmp_path)


def test_a_folder_without_a_manifest_is_no_backup(tmp_path):
    with pytest.raises(UsageError, match="holds no backup"):
        read_backup(tmp_path)


def test_a_whole_backup_has_no_findings(backup):
    assert rules(stored_findings(backup)) == []


def test_a_backup_of_nothing_fails(backup):
    assert "no-parts" in rules(stored_findings(with_manifest(backup, parts=())))
    empty = replace(FACTS, tables={}, modules={}, uuid="")
    assert {"no-rows", "not-odoo"} <= set(rules(stored_findings(with_manifest(backup, facts=empty))))


def test_parts_missing_cut_or_changed(backup):
    path = backup.folder / "database.tar"
    path.write_bytes(b"dum")
    assert rules(stored_findings(backup)) == ["part-truncated"]
    path.write_bytes(b"dumb")
    assert rules(stored_findings(backup)) == ["part-damaged"]
    path.unlink()
    assert rules(stored_findings(backup)) == ["part-missing"]


def test_a_filestore_that_was_left_out_or_has_gaps(backup):
    assert rules(stored_findings(with_manifest(backup, files={}))) == ["no-filestore"]
    assert rules(stored_findings(with_manifest(backup, files={"ab/abc": (3, "abc")}))) == ["attachment-missing"]
    other = {"ab/abc": (3, "abc"), "cd/cde": (5, "other")}
    assert rules(stored_findings(with_manifest(backup, files=other))) == ["attachment-damaged"]


def test_the_same_database_restored():
    assert rules(restored_findings(FACTS, FACTS)) == []


def test_another_database_is_told_before_anything_else():
    assert rules(restored_findings(FACTS, replace(FACTS, uuid="u-2", tables={}))) == ["another-database"]
    assert rules(restored_findings(None, FACTS, "u-2")) == ["another-database"]


def test_rows_tables_and_modules_that_differ_are_named():
    fewer = replace(FACTS, tables={"res_partner": 2}, modules={"base": "19.0.1.2"})
    found = list(restored_findings(FACTS, fewer))
    assert [finding.rule for finding in found] == ["tables-missing", "rows-differ", "modules-differ"]
    assert "res_partner (2 of 3)" in found[1].message


def test_no_rows_at_all_is_a_failure():
    assert "no-rows" in rules(restored_findings(None, replace(FACTS, tables={})))


def test_attachments():
    assert rules(attachment_findings(FACTS, FACTS.attachments)) == []
    assert rules(attachment_findings(FACTS, {})) == ["no-filestore"]
    assert rules(attachment_findings(FACTS, {"ab/abc": (3, "abc")})) == ["attachment-missing"]
    assert rules(attachment_findings(FACTS, FACTS.attachments | {"ab/abc": (3, "x")})) == ["attachment-damaged"]
    assert rules(attachment_findings(replace(FACTS, attachments={}), {})) == ["no-attachments"]


def test_a_row_without_a_checksum_is_judged_by_its_size():
    old = replace(FACTS, attachments={"ab/abc": (3, "")})
    assert rules(attachment_findings(old, {"ab/abc": (3, "abc")})) == []
    assert rules(attachment_findings(old, {"ab/abc": (2, "abc")})) == ["attachment-damaged"]
