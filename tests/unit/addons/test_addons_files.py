"""Digests and the signed listing: every byte counts, nothing else does, nothing escapes the project."""

from __future__ import annotations

import subprocess

import pytest
from hypothesis import given
from hypothesis import strategies as st

from odoo_gate.addons import addons_listing, files_below, tree_digest
from odoo_gate.errors import AddonsError


def test_the_listing_is_accepted_by_sha256sum(write, tmp_path):
    write("ours", files={"data/with space.xml": "x", "data/back\\slash.txt": "y", "data/line\nbreak": "z"})
    (tmp_path / "addons.sha256").write_text(addons_listing([tmp_path / "addons"], tmp_path))
    done = subprocess.run(
        ["sha256sum", "--check", "--strict", "addons.sha256"], cwd=tmp_path, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert len(done.stdout.splitlines()) == 5


def test_the_listing_is_sorted_and_ends_each_line(write, tmp_path):
    write("b")
    write("a", below="more")
    lines = addons_listing([tmp_path / "more", tmp_path / "addons"], tmp_path).splitlines(keepends=True)
    names = [line[66:] for line in lines]
    assert names == sorted(names)
    assert all(line.endswith("\n") for line in lines)


def test_digest_changes_with_content_and_name_only(write, tmp_path):
    folder = write("ours", files={"models/a.py": "x"})
    before = tree_digest(folder, tmp_path)
    (folder / "models/__pycache__").mkdir()
    (folder / "models/__pycache__/a.cpython-311.pyc").write_bytes(b"junk")
    (folder / "models/b.pyc").write_bytes(b"junk")
    (folder / ".git").mkdir()
    (folder / ".git/HEAD").write_text("ref")
    assert tree_digest(folder, tmp_path) == before
    (folder / "models/a.py").write_text("y")
    changed = tree_digest(folder, tmp_path)
    (folder / "models/a.py").rename(folder / "models/c.py")
    assert len({before, changed, tree_digest(folder, tmp_path)}) == 3


@given(position=st.integers(min_value=0, max_value=200), flip=st.integers(min_value=1, max_value=255))
def test_any_flipped_byte_changes_the_digest(tmp_path_factory, position, flip):
    folder = tmp_path_factory.mktemp("addon")
    data = bytearray(b"The quick brown fox jumps over the lazy dog. " * 5)[:201]
    (folder / "f").write_bytes(data)
    before = tree_digest(folder, folder)
    data[position] ^= flip
    (folder / "f").write_bytes(data)
    assert tree_digest(folder, folder) != before


def test_a_link_inside_the_project_counts_as_its_target(write, tmp_path):
    folder = write("ours", files={"a.txt": "x"})
    (folder / "b.txt").symlink_to("a.txt")
    (tmp_path / "shared").mkdir()
    (tmp_path / "shared/c.txt").write_text("c")
    (folder / "linked").symlink_to(tmp_path / "shared")
    assert {"b.txt", "linked/c.txt"} <= {name for name, _ in files_below(folder, tmp_path)}


def test_a_linked_addon_is_an_addon(write, graph, image, tmp_path):
    write("ours", below="vendor/repo")
    (tmp_path / "addons").mkdir()
    (tmp_path / "addons/ours").symlink_to(tmp_path / "vendor/repo/ours")
    release = graph(image=image)
    assert release.own == ("ours",)
    assert len(release.digest("ours")) == 64


@pytest.mark.parametrize("target", ["/etc/hostname", "../../..", "nowhere"])
def test_a_link_that_leaves_or_dangles_is_refused(write, tmp_path, target):
    folder = write("ours")
    (folder / "link").symlink_to(target)
    with pytest.raises(AddonsError, match="link"):
        tree_digest(folder, tmp_path)


def test_a_link_to_a_folder_around_itself_is_refused(write, tmp_path):
    folder = write("ours", files={"data/x": ""})
    (folder / "data/loop").symlink_to(folder)
    with pytest.raises(AddonsError, match="around itself"):
        tree_digest(folder, tmp_path)


def test_a_pipe_is_refused(write, tmp_path):
    import os

    folder = write("ours")
    os.mkfifo(folder / "pipe")
    with pytest.raises(AddonsError, match="neither a file nor a folder"):
        tree_digest(folder, tmp_path)


def test_what_stands_beside_the_addons_of_a_checkout_is_left_out(write, tmp_path):
    write("ours", below=".", files={".hidden-inside": "counts"})
    for name in (".git/HEAD", ".venv/x.py", "node_modules/x.js", "shared.py", "venv/pyvenv.cfg", "venv/lib/site.py"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text("x")
    names = [line[66:] for line in addons_listing([tmp_path], tmp_path).splitlines()]
    assert names == ["ours/.hidden-inside", "ours/__init__.py", "ours/__manifest__.py", "shared.py"]
