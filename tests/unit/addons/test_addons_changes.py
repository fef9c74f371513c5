"""What a release changes against its baseline, from a folder and from git."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from odoo_gate.addons import baseline_root, change_notes, changed, project_changes
from odoo_gate.errors import AddonsError, SettingsError
from odoo_gate.settings import Settings, settings_from


def git(cwd: Path, *arguments: str) -> str:
    identity = ["-c", "user.name=t", "-c", "user.email=t@example.com", "-c", "commit.gpgsign=false"]
    done = subprocess.run(["git", *identity, *arguments], cwd=cwd, capture_output=True, text=True, check=True)
    return done.stdout.strip()


def project(root: Path, **baseline: object) -> Settings:
    return settings_from({"project": {"series": "19.0"}, "baseline": baseline}, root=root)


@pytest.fixture
def repository(write, tmp_path):
    write("core", files={"models/a.py": "x = 1"})
    write("top", depends=["core"])
    write("aside")
    write("leaving")
    git(tmp_path, "init", "-q")
    (tmp_path / ".gitattributes").write_text("addons/*/tests export-ignore\n")
    write("core", files={"tests/__init__.py": ""})
    git(tmp_path, "add", ".")
    git(tmp_path, "commit", "-qm", "one")
    git(tmp_path, "tag", "v1")
    return tmp_path


def test_added_removed_modified_and_what_depends_on_them(repository, write):
    write("core", files={"models/a.py": "x = 2"})
    write("fresh")
    subprocess.run(["rm", "-r", repository / "addons/leaving"], check=True)
    changes = project_changes(project(repository, git="v1"))
    assert changes.added == ("fresh",)
    assert changes.removed == ("leaving",)
    assert changes.modified == ("core",)
    assert changes.affected == ("core", "fresh", "top")
    assert not changes.image_differs


def test_what_changes_is_told_with_versions(repository, write):
    write("core", files={"models/a.py": "x = 2"}, version="19.0.2.0.0")
    write("aside", files={"models/a.py": "x = 1"})
    write("fresh")
    (repository / "addons" / "fresh" / "__manifest__.py").write_text("{")
    subprocess.run(["rm", "-r", repository / "addons/leaving"], check=True)
    told = [note.message for note in change_notes(project(repository, git="v1", requirements=["odoo-addon-x==1"]))]
    assert told == [
        "fresh is new, version unknown",
        "leaving is gone, it was at version 19.0.1.0.0",
        "aside changes at 19.0.1.0.0",
        "core changes from version 19.0.1.0.0 to 19.0.2.0.0",
        "it no longer asks for odoo-addon-x==1",
    ]
    assert list(change_notes(project(repository, git="v1").model_copy(update={"baseline": None}))) == []


def test_nothing_changed(repository):
    changes = project_changes(project(repository, git="v1"))
    assert changes.affected == changes.modified == changes.added == ()


def test_other_requirements_affect_everything(repository):
    changes = project_changes(project(repository, git="v1", requirements=["odoo-addon-x==19.0.1.0.0"]))
    assert set(changes.affected) == {"aside", "core", "leaving", "top"}
    assert changes.image_differs


def test_graphs_of_two_images_affect_everything(write, graph, image, tmp_path):
    write("ours")
    write("base", below="other", depends=[])
    changes = changed(graph(image=image), graph(image=tmp_path / "other"))
    assert changes.affected == ("ours",)


def test_without_a_baseline_there_are_no_changes(repository):
    assert project_changes(settings_from({"project": {"series": "19.0"}}, root=repository)) is None


def test_a_folder_as_baseline(repository, write, tmp_path_factory):
    old = tmp_path_factory.mktemp("production")
    subprocess.run(["cp", "-r", repository / "addons", old / "addons"], check=True)
    write("aside", summary="new")
    assert project_changes(project(repository, path=str(old))).affected == ("aside",)


def test_git_extracts_what_a_checkout_holds_and_keeps_it(repository):
    settings = project(repository, git="v1")
    before = git(repository, "status", "--porcelain")
    root = baseline_root(settings)
    assert (root / "addons/core/tests/__init__.py").is_file(), "export-ignore is not a checkout's business"
    stamp = root.stat().st_mtime_ns
    assert baseline_root(settings) == root
    assert root.stat().st_mtime_ns == stamp
    assert git(repository, "status", "--porcelain") == before
    assert not list(root.parent.glob(".*"))


def test_a_project_in_a_folder_of_the_repository(repository, write):
    write("deep", below="apps/one/addons")
    git(repository, "add", ".")
    git(repository, "commit", "-qm", "two")
    root = baseline_root(project(repository / "apps/one", git="HEAD"))
    assert [path.name for path in (root / "addons").iterdir()] == ["deep"]


def test_an_unknown_reference(repository):
    with pytest.raises(SettingsError, match=r"v9.*git does not know") as caught:
        baseline_root(project(repository, git="v9"))
    assert "git fetch --tags" in caught.value.hint


def test_outside_git(write, tmp_path):
    write("ours")
    with pytest.raises(SettingsError, match="not in a git repository"):
        baseline_root(project(tmp_path, git="v1"))


def test_a_submodule_below_the_addons_paths_is_refused(repository, tmp_path_factory):
    other = tmp_path_factory.mktemp("other")
    git(other, "init", "-q")
    git(other, "commit", "-qm", "x", "--allow-empty")
    git(
        repository,
        "-c",
        "protocol.file.allow=always",
        "submodule",
        "--quiet",
        "add",
        str(other),
        "addons/sub",
    )
    git(repository, "commit", "-qm", "sub")
    with pytest.raises(AddonsError, match="addons/sub is a git submodule"):
        baseline_root(project(repository, git="HEAD"))


def test_a_baseline_without_the_addons_folder(repository, tmp_path_factory):
    with pytest.raises(AddonsError, match="no folder addons"):
        project_changes(project(repository, path=str(tmp_path_factory.mktemp("empty"))))
