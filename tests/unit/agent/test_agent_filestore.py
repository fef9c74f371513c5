from __future__ import annotations

from pathlib import Path

import pytest

from odoo_gate.odoo.agent.errors import AgentFailure
from odoo_gate.odoo.agent.filestore import Filestore


@pytest.fixture
def store(tmp_path: Path) -> Filestore:
    file = tmp_path / "filestore" / "one" / "ab" / "abcd"
    file.parent.mkdir(parents=True)
    file.write_bytes(b"content")
    return Filestore(str(tmp_path))


def test_a_copy_has_the_files_and_outlives_the_original(store: Filestore, tmp_path: Path) -> None:
    store.copy("one", "two")
    store.drop("one")
    assert (tmp_path / "filestore" / "two" / "ab" / "abcd").read_bytes() == b"content"
    assert not (tmp_path / "filestore" / "one").exists()


def test_deleting_in_a_copy_leaves_the_original(store: Filestore, tmp_path: Path) -> None:
    store.copy("one", "two")
    (tmp_path / "filestore" / "two" / "ab" / "abcd").unlink()
    assert (tmp_path / "filestore" / "one" / "ab" / "abcd").exists()


def test_an_absent_source_makes_an_empty_copy(store: Filestore) -> None:
    store.copy("none", "two")
    assert store.size("two") == {"bytes": 0, "files": 0}


def test_a_copy_onto_an_existing_one_is_refused(store: Filestore) -> None:
    store.copy("one", "two")
    with pytest.raises(AgentFailure, match="exists already"):
        store.copy("one", "two")


def test_size_counts_bytes(store: Filestore) -> None:
    assert store.size("one") == {"bytes": 7, "files": 1}


def test_move(store: Filestore) -> None:
    store.move("one", "three")
    assert store.size("three")["files"] == 1
    assert store.size("one")["files"] == 0


@pytest.mark.parametrize("name", ["", "../etc", "a/b", ".hidden"])
def test_a_name_that_leaves_the_folder_is_refused(store: Filestore, name: str) -> None:
    with pytest.raises(AgentFailure):
        store.drop(name)
