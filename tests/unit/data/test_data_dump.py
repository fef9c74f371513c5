"""A dump is known by its content, and refused in plain words when it cannot be used."""

from __future__ import annotations

import gzip
import io
import json
import stat
import tarfile
import zipfile
from pathlib import Path

import pytest

from odoo_gate.data.production.dump import DumpError, open_dump
from odoo_gate.stack.dump_loader import IncomingFile, tar_of

SQL = b"-- PostgreSQL database dump\nSELECT 1;\n-- PostgreSQL database dump complete\n"
STORED = "ab/" + "ab" + "0" * 38
OTHER = "cd/" + "cd" + "1" * 38


def write_zip(path: Path, members: dict[str, bytes], links: tuple[str, ...] = ()) -> Path:
    with zipfile.ZipFile(path, "w") as archive:
        for name, content in members.items():
            info = zipfile.ZipInfo(name)
            info.external_attr = (stat.S_IFLNK if name in links else stat.S_IFREG) << 16
            archive.writestr(info, content)
    return path


def write_tar(path: Path, members: dict[str, bytes | str]) -> Path:
    """A text is the target of a symbolic link."""
    with tarfile.open(path, "w") as archive:
        for name, content in members.items():
            info = tarfile.TarInfo(name)
            if isinstance(content, str):
                info.type, info.linkname = tarfile.SYMTYPE, content
                archive.addfile(info)
            else:
                info.size = len(content)
                archive.addfile(info, io.BytesIO(content))
    return path


def contents(files: tuple[IncomingFile, ...] | None) -> dict[str, bytes]:
    found = {}
    for file in files or ():
        with file.open() as stream:
            found[file.path] = stream.read()
    return found


def test_a_zip_of_odoo_is_read_with_its_files(tmp_path):
    manifest = {"major_version": "19.0", "modules": {"base": "1"}}
    members = {"dump.sql": SQL, "manifest.json": json.dumps(manifest).encode(), f"filestore/{STORED}": b"paper"}
    dump = open_dump(write_zip(tmp_path / "a.zip", members | {"filestore/checklist/" + STORED: b""}))
    assert dump.format == "zip"
    assert dump.manifest == manifest
    assert contents(dump.files) == {STORED: b"paper"}
    with dump.sql.open() as stream:
        assert stream.read() == SQL
    assert dump.sql.size == len(SQL)


@pytest.mark.parametrize(
    ("name", "content", "form"),
    [("a.sql", SQL, "plain"), ("a.sql.gz", gzip.compress(SQL), "plain.gz"), ("a.pg", b"PGDMP" + bytes(50), "custom")],
    ids=["plain", "gzip", "custom"],
)
def test_formats_are_told_by_content(tmp_path, name, content, form):
    (tmp_path / name).write_bytes(content)
    dump = open_dump(tmp_path / name)
    assert dump.format == form
    assert dump.files is None


@pytest.mark.parametrize("prefix", ["", "production/", "./filestore/production/"])
def test_a_filestore_is_found_in_a_tar(tmp_path, prefix):
    (tmp_path / "a.sql").write_bytes(SQL)
    files = {
        prefix + STORED: b"paper",
        prefix + OTHER: b"",
        prefix + "checklist/" + STORED: b"",
        prefix + "readme": b"x",
    }
    dump = open_dump(tmp_path / "a.sql", write_tar(tmp_path / "files.tar", files))
    assert contents(dump.files) == {STORED: b"paper", OTHER: b""}


def test_a_filestore_is_found_in_a_folder(tmp_path):
    (tmp_path / "a.sql").write_bytes(SQL)
    for name in (STORED, "checklist/" + STORED):
        path = tmp_path / "files" / name
        path.parent.mkdir(parents=True)
        path.write_bytes(b"paper")
    dump = open_dump(tmp_path / "a.sql", tmp_path / "files")
    assert contents(dump.files) == {STORED: b"paper"}


def test_the_digest_covers_dump_and_files(tmp_path):
    (tmp_path / "a.sql").write_bytes(SQL)
    (tmp_path / "b.sql").write_bytes(SQL + b"\n")
    one, two = (write_tar(tmp_path / f"{name}.tar", {STORED: name.encode()}) for name in ("one", "two"))
    digests = [open_dump(tmp_path / name, files).digest for name in ("a.sql", "b.sql") for files in (None, one, two)]
    assert len(set(digests)) == 6
    assert open_dump(tmp_path / "a.sql", one).digest == digests[1]


@pytest.mark.parametrize(
    "name", ["../evil", "/etc/passwd", "filestore/../../evil", "C:/evil", "filestore\\..\\evil", "a/b/../c"]
)
def test_names_that_leave_the_archive_are_refused(tmp_path, name):
    (tmp_path / "a.sql").write_bytes(SQL)
    with pytest.raises(DumpError, match="outside of it"):
        open_dump(write_zip(tmp_path / "a.zip", {"dump.sql": SQL, name: b"x"}))
    with pytest.raises(DumpError, match="outside of it"):
        open_dump(tmp_path / "a.sql", write_tar(tmp_path / "a.tar", {name: b"x"}))


def test_links_are_refused(tmp_path):
    (tmp_path / "a.sql").write_bytes(SQL)
    with pytest.raises(DumpError, match="a link or device"):
        open_dump(write_zip(tmp_path / "a.zip", {"dump.sql": SQL, STORED: b"/etc/passwd"}, links=(STORED,)))
    with pytest.raises(DumpError, match="a link or device"):
        open_dump(tmp_path / "a.sql", write_tar(tmp_path / "a.tar", {STORED: "/etc/passwd"}))
    folder = tmp_path / "files" / STORED
    folder.parent.mkdir(parents=True)
    folder.symlink_to("/etc/passwd")
    with pytest.raises(DumpError, match="not a regular file"):
        open_dump(tmp_path / "a.sql", tmp_path / "files")


def test_a_zip_cut_short_is_refused(tmp_path):
    whole = write_zip(tmp_path / "a.zip", {"dump.sql": SQL * 1000}).read_bytes()
    (tmp_path / "cut.zip").write_bytes(whole[: len(whole) // 2])
    with pytest.raises(DumpError, match="not a whole zip") as failure:
        open_dump(tmp_path / "cut.zip")
    assert failure.value.hint


def test_a_changed_byte_in_a_zip_is_told_when_it_is_read(tmp_path):
    path = write_zip(tmp_path / "a.zip", {"dump.sql": SQL * 1000})
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 0xFF
    path.write_bytes(content)
    dump = open_dump(path)
    with pytest.raises(DumpError, match="not a whole zip"), dump.sql.open() as stream:
        stream.read()


@pytest.mark.parametrize(
    ("content", "words"), [(b"", "is empty"), (b"hello", "is no dump"), (b"\x7fELF" + bytes(99), "is no dump")]
)
def test_what_is_no_dump_is_refused(tmp_path, content, words):
    (tmp_path / "a").write_bytes(content)
    with pytest.raises(DumpError, match=words):
        open_dump(tmp_path / "a")


def test_a_zip_without_a_dump_is_refused(tmp_path):
    with pytest.raises(DumpError, match=r"holds no dump\.sql"):
        open_dump(write_zip(tmp_path / "a.zip", {"other.txt": b""}))


def test_the_stream_into_the_container_is_a_tar_owned_as_asked(tmp_path):
    (tmp_path / "a.sql").write_bytes(SQL)
    dump = open_dump(tmp_path / "a.sql", write_tar(tmp_path / "f.tar", {STORED: b"paper" * 300, OTHER: b""}))
    stream = io.BytesIO(b"".join(tar_of(dump.files or (), owner=101, root="c_x")))
    with tarfile.open(fileobj=stream) as archive:
        members = {member.name: member for member in archive.getmembers()}
        assert set(members) == {"c_x", "c_x/ab", f"c_x/{STORED}", "c_x/cd", f"c_x/{OTHER}"}
        assert {member.uid for member in members.values()} == {101}
        content = archive.extractfile(f"c_x/{STORED}")
        assert content is not None
        assert content.read() == b"paper" * 300
