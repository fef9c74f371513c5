from __future__ import annotations

import gzip
import io
import tarfile
import zipfile

import pytest

from odoo_gate.errors import UsageError
from odoo_gate.recovery.filestore import FilesArchive
from odoo_gate.recovery.foreign import open_backup
from odoo_gate.recovery.manifest import Backup
from odoo_gate.recovery.streams import ByteStream, new_part, one_file_tar, read_part

SQL = b"--\n-- PostgreSQL database dump\n--\n"
STORED = "ab/ab0123"


def test_chunks_read_as_a_file():
    stream = io.BufferedReader(ByteStream([b"one", b"", b"two", b"three"]), 4)
    assert stream.read() == b"onetwothree"


@pytest.mark.parametrize("size", [0, 1, 511, 512, 513])
def test_a_tar_of_one_file_reads_back(size):
    content = b"x" * size
    with tarfile.open(fileobj=io.BytesIO(b"".join(one_file_tar("dump.sql", size, [content])))) as archive:
        assert archive.extractfile("dump.sql").read() == content


def test_files_are_packed_with_folders_that_any_user_can_add_to():
    sink = io.BytesIO()
    archive = FilesArchive(sink)
    archive.add(STORED, 3, io.BytesIO(b"abc"))
    archive.close()
    with tarfile.open(fileobj=io.BytesIO(sink.getvalue())) as tar:
        assert tar.getmember("ab").mode == 0o777
        assert tar.extractfile(STORED).read() == b"abc"


@pytest.mark.parametrize("key", [None, b"k" * 32])
def test_a_part_says_what_lies_on_disk(tmp_path, key):
    with new_part(tmp_path, "database.tar", "database", key) as opened:
        opened.sink.write(b"content")
    part = opened.finished()
    assert part.size == (tmp_path / part.name).stat().st_size
    assert part.encrypted is (key is not None)
    assert b"".join(read_part(Backup(tmp_path, None), part, key)) == b"content"


def dump_file(folder, kind):
    path = folder / f"backup-{kind}"
    if kind == "odoo-zip":
        with zipfile.ZipFile(path, "w") as archive:
            archive.writestr("dump.sql", SQL)
    elif kind == "pg-directory":
        path.mkdir()
        (path / "toc.dat").write_bytes(b"PGDMP")
    elif kind == "pg-custom":
        path.write_bytes(b"PGDMP...")
    else:
        path.write_bytes(SQL)
    return path


@pytest.mark.parametrize("kind", ["odoo-zip", "pg-directory", "pg-custom", "pg-plain"])
def test_a_foreign_backup_is_recognised_by_its_content(tmp_path, kind):
    backup = open_backup(dump_file(tmp_path, kind), None, tmp_path)
    assert backup.manifest.method == kind
    assert all(backup.path(part).is_file() for part in backup.manifest.parts)


def test_a_gzipped_plain_dump_is_one(tmp_path):
    path = tmp_path / "dump.sql.gz"
    path.write_bytes(gzip.compress(SQL))
    assert open_backup(path, None, tmp_path).manifest.method == "pg-plain"


@pytest.mark.parametrize("content", [b"", b"%PDF-1.7", b"PK\x03\x04 cut off"])
def test_what_is_no_backup_is_refused(tmp_path, content):
    path = tmp_path / "thing.zip"
    path.write_bytes(content)
    with pytest.raises(UsageError) as caught:
        open_backup(path, None, tmp_path)
    assert caught.value.hint


def filestore(folder, kind):
    root = folder / "filestore" / "devries" / "ab"
    root.mkdir(parents=True)
    (root / "ab0123").write_bytes(b"abc")
    if kind == "folder":
        return folder / "filestore" / "devries"
    path = folder / f"files.{kind}"
    if kind == "zip":
        with zipfile.ZipFile(path, "w") as archive:
            archive.write(root / "ab0123", "devries/ab/ab0123")
    else:
        with tarfile.open(path, "w:gz") as tar:
            tar.add(folder / "filestore", "filestore")
    return path


@pytest.mark.parametrize("kind", ["folder", "zip", "tar.gz"])
def test_a_filestore_beside_the_dump_is_packed_by_stored_names(tmp_path, kind):
    work = tmp_path / "work"
    work.mkdir()
    backup = open_backup(dump_file(tmp_path, "pg-plain"), filestore(tmp_path, kind), work)
    part = backup.manifest.of_role("files")
    with tarfile.open(backup.path(part)) as archive:
        assert [info.name for info in archive if info.isfile()] == [STORED]


def test_a_filestore_without_files_is_refused(tmp_path):
    (tmp_path / "empty").mkdir()
    with pytest.raises(UsageError, match="holds no files"):
        open_backup(dump_file(tmp_path, "pg-plain"), tmp_path / "empty", tmp_path)
