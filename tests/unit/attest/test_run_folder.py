"""Files of a run: accounted for by digest, written whole or not at all."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from odoo_gate.attest.run_folder import SIGNED_FILES, inventory, name_fault, remove_signed, write_whole
from odoo_gate.errors import InfrastructureError


def test_every_file_but_the_signed_ones_is_listed(tmp_path: Path) -> None:
    for name in ("b.txt", "a/x.log", "a/report.html", *SIGNED_FILES):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(name)
    assert [(file.path, file.size) for file in inventory(tmp_path)] == [
        ("a/report.html", 13),
        ("a/x.log", 7),
        ("b.txt", 5),
    ]


@pytest.mark.parametrize("kind", ["link", "folder link", "dangling link", "pipe"])
def test_what_is_not_a_plain_file_cannot_be_evidence(tmp_path: Path, kind: str) -> None:
    run = tmp_path / "run"
    run.mkdir()
    odd = run / "odd"
    if kind == "pipe":
        os.mkfifo(odd)
    else:
        target = {"link": tmp_path / "file", "folder link": tmp_path, "dangling link": tmp_path / "no"}[kind]
        (tmp_path / "file").write_text("x")
        odd.symlink_to(target)
    with pytest.raises(InfrastructureError, match="cannot be evidence"):
        inventory(run)


@pytest.mark.parametrize("name", ["", "/a", "../a", "a/../b", "./a", "a//b", "a/", "a\\b", "a\nb", "a\u202eb", "C:/a"])
def test_a_name_that_could_mean_another_file(name: str) -> None:
    assert name_fault(name)


@pytest.mark.parametrize("name", ["a", "a/b.png", "logs/odoo 1.log", "é.txt", "..a", "a:b/c"[2:]])
def test_a_plain_name(name: str) -> None:
    assert not name_fault(name)


def test_a_file_is_written_whole(tmp_path: Path) -> None:
    write_whole(tmp_path / "deep" / "file", b"data")
    assert (tmp_path / "deep" / "file").read_bytes() == b"data"
    assert [path.name for path in (tmp_path / "deep").iterdir()] == ["file"]


def test_a_full_disk_leaves_the_old_file_and_no_half(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write_whole(tmp_path / "file", b"old")

    def full(_: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(InfrastructureError, match="No space left"):
        write_whole(tmp_path / "file", b"new")
    assert [path.name for path in tmp_path.iterdir()] == ["file"]
    assert (tmp_path / "file").read_bytes() == b"old"


def test_taking_back_a_judgement_starts_with_the_bundle(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in (*SIGNED_FILES, ".readiness.json.x.part", "evidence.jsonl"):
        (tmp_path / name).write_text(name)
    removed: list[str] = []
    unlink = Path.unlink
    monkeypatch.setattr(Path, "unlink", lambda self, **kw: (removed.append(self.name), unlink(self, **kw))[1])
    remove_signed(tmp_path)
    assert removed[0] == "readiness.sigstore.json"
    assert [path.name for path in tmp_path.iterdir()] == ["evidence.jsonl"]
