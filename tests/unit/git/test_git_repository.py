"""Which repository a folder belongs to: the one that has a `.git`, and no other whatever lies or is set around it."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest

from odoo_gate.errors import InfrastructureError
from odoo_gate.git import repository_of, top_of
from odoo_gate.subject import authors_of, revision


def git(root: Path, *arguments: str) -> str:
    identity = ("-c", "user.name=t", "-c", "user.email=t@example.com", "-c", "protocol.file.allow=always")
    return subprocess.run(
        ["git", *identity, *arguments], cwd=root, check=True, capture_output=True, text=True
    ).stdout.strip()


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """A repository with one commit, its project in `erp/`."""
    root = tmp_path / "checkout"
    (root / "erp").mkdir(parents=True)
    (root / "erp/gate.toml").write_text("")
    git(root, "init", "--quiet")
    git(root, "add", ".")
    git(root, "commit", "--quiet", "--message", "one")
    return root


def test_a_folder_of_a_checkout_belongs_to_its_repository(checkout: Path) -> None:
    repository = repository_of(checkout / "erp")
    assert repository is not None
    assert (repository.top, repository.git_dir) == (checkout, checkout / ".git")
    assert repository.head() == git(checkout, "rev-parse", "HEAD")
    assert repository.git("ls-files").stdout == "gate.toml\n"
    assert revision(checkout / "erp") == (repository.head(), False)


def test_a_folder_without_a_repository_needs_no_git(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    assert repository_of(tmp_path) is None
    assert revision(tmp_path) == ("", False)
    assert authors_of(tmp_path) == frozenset()


def test_a_repository_without_git_on_the_machine_is_an_error(checkout: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(checkout))
    with pytest.raises(InfrastructureError, match="git is not installed"):
        revision(checkout)


def test_a_repository_without_a_commit_has_none(tmp_path: Path) -> None:
    git(tmp_path, "init", "--quiet")
    assert revision(tmp_path) == ("", False)
    assert authors_of(tmp_path) == frozenset()


def test_a_linked_work_tree_and_a_submodule(checkout: Path, tmp_path: Path) -> None:
    git(checkout, "worktree", "add", "--quiet", "--detach", str(tmp_path / "tree"))
    assert revision(tmp_path / "tree/erp") == revision(checkout)
    outer = tmp_path / "outer"
    outer.mkdir()
    git(outer, "init", "--quiet")
    git(outer, "submodule", "--quiet", "add", str(checkout), "vendor/sub")
    assert top_of(outer / "vendor/sub/erp") == outer / "vendor/sub"
    assert revision(outer / "vendor/sub/erp") == revision(checkout)
    (outer / "vendor/sub/erp/gate.toml").write_text("changed")
    assert revision(outer / "vendor/sub/erp")[1]


def test_a_project_reached_by_a_link(checkout: Path, tmp_path: Path) -> None:
    (tmp_path / "link").symlink_to(checkout / "erp")
    assert revision(tmp_path / "link") == revision(checkout)


def test_the_environment_names_no_other_repository(
    checkout: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    expected = revision(checkout)
    other = tmp_path / "other"
    other.mkdir()
    git(other, "init", "--quiet")
    git(other, "commit", "--quiet", "--allow-empty", "--message", "other")
    monkeypatch.setenv("GIT_DIR", str(other / ".git"))
    monkeypatch.setenv("GIT_WORK_TREE", str(other))
    monkeypatch.setenv("GIT_INDEX_FILE", str(other / ".git/index"))
    monkeypatch.setenv("GIT_LITERAL_PATHSPECS", "1")
    assert revision(checkout) == revision(checkout / "erp") == expected


@pytest.mark.parametrize("broken", ["empty", "torn"])
def test_a_repository_that_git_does_not_open_is_an_error(checkout: Path, broken: str) -> None:
    inner = checkout / "erp/vendor"
    inner.mkdir()
    if broken == "empty":
        (inner / ".git").mkdir()  # git by itself would go on upwards, to the commit of another repository
    else:
        (inner / ".git").write_text("gitdir: ../../.git/modules/gone\n")
    with pytest.raises(InfrastructureError, match=r"git does not open the repository of .*/vendor") as caught:
        revision(inner)
    assert f"git -C {inner} status" in caught.value.hint


def test_a_commit_that_cannot_be_read_is_an_error(checkout: Path) -> None:
    head = git(checkout, "rev-parse", "HEAD")
    (checkout / ".git/objects" / head[:2] / head[2:]).unlink()
    with pytest.raises(InfrastructureError, match="git status ended with status 128") as caught:
        revision(checkout)
    assert f"run it by hand: git -C {checkout} status" in caught.value.hint


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give a checkout to somebody else")
def test_the_checkout_of_somebody_else_is_an_error_until_it_is_declared_safe(
    checkout: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    expected = revision(checkout)
    for path in (checkout, *checkout.rglob("*")):
        os.chown(path, 65534, 65534)
    with pytest.raises(InfrastructureError, match="dubious ownership") as caught:
        revision(checkout / "erp")
    assert f"git config --global --add safe.directory {checkout}" in caught.value.hint
    monkeypatch.setenv("GIT_CONFIG_COUNT", "1")
    monkeypatch.setenv("GIT_CONFIG_KEY_0", "safe.directory")
    monkeypatch.setenv("GIT_CONFIG_VALUE_0", str(checkout))
    assert revision(checkout / "erp") == expected


def test_hooks_and_monitors_do_not_run(checkout: Path, tmp_path: Path) -> None:
    hook = checkout / ".husky/post-index-change"
    hook.parent.mkdir()
    hook.write_text(f"#!/bin/sh\ntouch {tmp_path}/RAN\n")
    hook.chmod(0o755)
    git(checkout, "config", "core.hooksPath", ".husky")
    git(checkout, "config", "core.fsmonitor", f"touch {tmp_path}/RAN; false")
    os.utime(checkout / "erp/gate.toml", (1, 1))  # the index is out of date
    assert revision(checkout / "erp")[1] is False
    assert not (tmp_path / "RAN").exists()
    git(checkout, "status")
    assert (tmp_path / "RAN").exists(), "git by itself runs them"
