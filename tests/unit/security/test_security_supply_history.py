"""A secret that was committed and taken out again is read from git, whatever the change says of its files."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from odoo_gate.security.supply.history import history_since_baseline
from odoo_gate.settings import load_settings

SECRET = "admin_passwd = correct-horse\n"


def git(root: Path, *arguments: str) -> None:
    who = ("-c", "user.name=dev", "-c", "user.email=dev@company.example")
    subprocess.run(["git", *who, *arguments], cwd=root, check=True, capture_output=True)


def written_and_removed(root: Path, files: dict[str, bytes]) -> dict[str, str]:
    """What is read of a history in which `files` were committed on v1 and removed but for dot files: text by path."""
    (root / "addons").mkdir()
    (root / "gate.toml").write_text('[project]\nname = "P"\nseries = "19.0"\n[baseline]\ngit = "v1"\n')
    git(root, "init", "--quiet")
    git(root, "add", "--all")
    git(root, "commit", "--quiet", "--message", "v1")
    git(root, "tag", "v1")
    for name, content in files.items():
        (root / name).write_bytes(content)
    git(root, "add", "--all")
    git(root, "commit", "--quiet", "--message", "in")
    git(root, "rm", "--quiet", *(name for name in files if not name.startswith(".")))
    git(root, "commit", "--quiet", "--message", "out")
    return {file.path: file.text for file in history_since_baseline(load_settings(root, {})).files}


HIDDEN = {
    "in plain sight": {"odoo.conf": SECRET.encode()},
    "called binary": {"odoo.conf": SECRET.encode(), ".gitattributes": b"*.conf -diff\n"},
    "called binary by macro": {"odoo.conf": SECRET.encode(), ".gitattributes": b"* binary\n"},
    "after a line like the header of a removed file": {"odoo.conf": b"++ /dev/null\n" + SECRET.encode()},
    "after a line like the header of another file": {"odoo.conf": b"++ b/notes\n" + SECRET.encode()},
}


@pytest.mark.parametrize("files", HIDDEN.values(), ids=HIDDEN)
def test_it_is_found_under_its_own_name(tmp_path: Path, files: dict[str, bytes]) -> None:
    assert SECRET.strip() in written_and_removed(tmp_path, files)["odoo.conf"]


def test_what_is_no_text_is_not_read(tmp_path: Path) -> None:
    assert written_and_removed(tmp_path, {"logo.png": b"\x89PNG\0\0" + SECRET.encode()}) == {}
