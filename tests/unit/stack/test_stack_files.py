"""What travels into containers, and where their ports are reached."""

from __future__ import annotations

import tarfile
from pathlib import Path

import pytest

from odoo_gate.errors import StackError
from odoo_gate.stack.addons_source import AddonsSource
from odoo_gate.stack.archive import Upload, tar_stream
from odoo_gate.stack.identity import cache_identity
from odoo_gate.stack.publishing import published_on


def add(folder: Path, files: dict[str, str]) -> Path:
    for name, text in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return folder


def test_everything_arrives_readable_whatever_its_mode_here(tmp_path: Path) -> None:
    secret = tmp_path / "a.py"
    secret.write_text("x = 1\n")
    secret.chmod(0o600)
    upload = Upload((("/mnt/odoo-gate/a.py", secret), ("/mnt/odoo-gate/b", b"bytes")))
    with tar_stream(upload) as stream, tarfile.open(fileobj=stream) as archive:
        members = {member.name: member for member in archive}
    assert oct(members["mnt/odoo-gate/a.py"].mode) == "0o644"
    assert oct(members["mnt/odoo-gate"].mode) == "0o755"
    assert members["mnt/odoo-gate/b"].size == 5
    assert "mnt" not in members, "the image's own folders keep their modes"


def test_a_file_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    with pytest.raises(StackError, match="gone"):
        tar_stream(Upload((("/mnt/x", tmp_path / "gone"),)))


def test_addons_keep_the_order_of_their_folders_and_come_before_the_images(tmp_path: Path) -> None:
    first = add(tmp_path / "one", {"m1/__manifest__.py": "{}", "m1/.git/config": "", "m1/__pycache__/x.pyc": ""})
    second = add(tmp_path / "two", {"m2/__manifest__.py": "{}"})
    source = AddonsSource(tmp_path, (first, second), ("/usr/lib/odoo/addons",))
    assert source.addons_path == ("/mnt/odoo-gate/addons/0", "/mnt/odoo-gate/addons/1", "/usr/lib/odoo/addons")
    assert [name for name, _ in source.upload().files] == [
        "/mnt/odoo-gate/addons/0/m1/__manifest__.py",
        "/mnt/odoo-gate/addons/1/m2/__manifest__.py",
    ]


def test_a_folder_without_addons_is_no_addons_path(tmp_path: Path) -> None:
    empty = add(tmp_path / "empty", {"README": ""})
    assert AddonsSource(tmp_path, (empty,)).addons_path == ()


@pytest.mark.parametrize(
    "docker_host", ["", "unix:///var/run/docker.sock", "npipe:////./pipe/x", "tcp://localhost:2375"]
)
def test_a_local_engine_publishes_on_loopback_only(docker_host: str) -> None:
    assert published_on(docker_host) == "127.0.0.1"


def test_an_engine_elsewhere_publishes_where_it_is_reached() -> None:
    assert published_on("tcp://10.1.2.3:2376") == "10.1.2.3"


def test_an_engine_that_does_not_resolve_is_named() -> None:
    with pytest.raises(StackError, match=r"does not resolve"):
        published_on("tcp://no-such-host.invalid:2375")


def test_a_cache_keeps_its_identity(tmp_path: Path) -> None:
    assert cache_identity(tmp_path / "a") == cache_identity(tmp_path / "a")
    assert cache_identity(tmp_path / "a") != cache_identity(tmp_path / "b")


def test_a_damaged_identity_is_named(tmp_path: Path) -> None:
    (tmp_path / "id").write_text("")
    with pytest.raises(StackError, match="does not hold eight hex digits"):
        cache_identity(tmp_path)
