"""Which versions an advisory applies to, as OSV defines it, and what data is refused."""

from __future__ import annotations

import json
import zipfile
from datetime import UTC, datetime

import pytest
from packaging.version import Version

from odoo_gate.errors import InfrastructureError
from odoo_gate.security.supply.advisories import read_advisories


def record(name="lxml", events=(), versions=(), **more):
    affected = {"package": {"ecosystem": "PyPI", "name": name}, "versions": list(versions)}
    if events:
        affected["ranges"] = [{"type": "ECOSYSTEM", "events": list(events)}]
    return {"id": "X-1", "modified": "2026-01-02T03:04:05.5Z", "affected": [affected], **more}


def write(folder, *records):
    for number, each in enumerate(records):
        (folder / f"{number}.json").write_text(json.dumps(each))
    return read_advisories(folder)


@pytest.mark.parametrize(
    ("events", "inside", "outside"),
    [
        ([{"introduced": "0"}, {"fixed": "2.0"}], ["1.9", "2.0rc1", "0.1"], ["2.0", "2.0.post1", "3"]),
        ([{"introduced": "1.5"}, {"last_affected": "2.0"}], ["1.5", "2.0"], ["1.4", "2.0.1"]),
        (
            [{"introduced": "1"}, {"fixed": "1.2"}, {"introduced": "2"}, {"fixed": "2.2"}],
            ["1.1", "2.1"],
            ["1.3", "2.2"],
        ),
        ([{"fixed": "2.0"}, {"introduced": "0"}], ["1.0"], ["2.0"]),
        ([{"introduced": "0"}], ["1", "99"], []),
    ],
)
def test_a_range_is_evaluated_as_osv_says(tmp_path, events, inside, outside):
    advisories = write(tmp_path, record(events=events))
    assert [v for v in inside if not advisories.affecting("lxml", Version(v))] == []
    assert [v for v in outside if advisories.affecting("lxml", Version(v))] == []


def test_a_listed_version_counts_however_it_and_the_name_are_written(tmp_path):
    advisories = write(tmp_path, record("Some_Package", versions=["1.0"]))
    assert advisories.affecting("some-package", Version("1.0.0"))
    assert not advisories.affecting("some-package", Version("1.0.1"))


def test_a_bound_that_is_no_version_makes_nothing_safe(tmp_path):
    advisories = write(tmp_path, record(events=[{"introduced": "0"}, {"fixed": "the next one"}]))
    assert advisories.affecting("lxml", Version("5"))


def test_the_date_is_that_of_the_export_or_of_the_newest_record(tmp_path):
    assert write(tmp_path, record()).date == datetime(2026, 1, 2, 3, 4, 5, 500_000, tzinfo=UTC)
    (tmp_path / "export.json").write_text('{"exported": "2026-03-01T00:00:00Z"}')
    assert read_advisories(tmp_path).date == datetime(2026, 3, 1, tzinfo=UTC)


def test_a_zip_and_a_file_of_lines_are_read_like_a_folder(tmp_path):
    archive, lines = tmp_path / "all.zip", tmp_path / "pypi.jsonl"
    with zipfile.ZipFile(archive, "w") as file:
        file.writestr("a.json", json.dumps(record(versions=["1"])))
    lines.write_text(json.dumps(record(versions=["1"])) + "\n")
    assert read_advisories(archive).records == read_advisories(lines).records


@pytest.mark.parametrize(
    "content",
    ["", "not json", "[]", '{"id": "X"}', json.dumps(record(schema_version="2.0.0")),
     json.dumps({**record(), "modified": "?"}),
     json.dumps({**record(), "affected": [{"package": {"ecosystem": "npm", "name": "x"}}]})],
)  # fmt: skip
def test_data_that_cannot_be_relied_on_is_refused(tmp_path, content):
    (tmp_path / "a.json").write_text(content)
    with pytest.raises(InfrastructureError):
        read_advisories(tmp_path)
