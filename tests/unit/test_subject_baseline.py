"""What a release is compared with is signed by content, whatever gate.toml calls it."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

import pytest

from odoo_gate.addons import addons_listing
from odoo_gate.attest.statement import sha256
from odoo_gate.settings import load_settings
from odoo_gate.subject import baseline_facts, revision

MANIFEST = '{"name": "x", "version": "19.0.1.0.0", "license": "LGPL-3", "depends": ["base"]}'


def git(root: Path, *arguments: str) -> str:
    who = ("-c", "user.name=dev", "-c", "user.email=dev@company.example")
    return subprocess.run(
        ["git", *who, *arguments], cwd=root, check=True, capture_output=True, text=True
    ).stdout.strip()


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """A project of one addon whose tag v1 is what production runs, with one more commit on top."""
    for root in (tmp_path, tmp_path / "releases" / "1.0"):
        (root / "addons" / "x").mkdir(parents=True)
        (root / "addons" / "x" / "__manifest__.py").write_text(MANIFEST)
        (root / "addons" / "x" / "__init__.py").touch()
    git(tmp_path, "init", "--quiet")
    git(tmp_path, "add", "--all")
    git(tmp_path, "commit", "--quiet", "--message", "v1")
    git(tmp_path, "tag", "v1")
    (tmp_path / "addons" / "x" / "models.py").write_text("HOLE = True\n")
    return tmp_path


def facts(checkout: Path, baseline: str) -> dict[str, object]:
    """The facts of the checkout, committed whole, with `baseline` in gate.toml."""
    (checkout / "gate.toml").write_text(f'[project]\nname = "P"\nseries = "19.0"\n[baseline]\n{baseline}\n')
    git(checkout, "add", "--all")
    git(checkout, "commit", "--quiet", "--message", "candidate")
    commit, dirty = revision(checkout)
    found = baseline_facts(load_settings(checkout, {}), commit, dirty=dirty)
    return {key: json.loads(value) for key, value in found.items()}


def test_a_tag_is_signed_as_its_commit(checkout: Path) -> None:
    v1 = git(checkout, "rev-parse", "v1")
    assert facts(checkout, 'git = "v1"') == {"baseline.content": v1, "baseline.same": False}


@pytest.mark.parametrize("reference", ["HEAD", "@"])
def test_the_candidate_is_seen_behind_any_name(checkout: Path, reference: str) -> None:
    assert facts(checkout, f'git = "{reference}"')["baseline.same"] is True


def test_uncommitted_work_is_no_longer_the_commit_it_stands_on(checkout: Path) -> None:
    facts(checkout, 'git = "HEAD"')
    (checkout / "addons" / "x" / "models.py").write_text("HOLE = False\n")
    commit, dirty = revision(checkout)
    assert baseline_facts(load_settings(checkout, {}), commit, dirty=dirty)["baseline.same"] == "false"


def test_a_folder_is_signed_by_its_addons(checkout: Path) -> None:
    folder = checkout / "releases" / "1.0"
    listing = addons_listing([folder / "addons"], folder)
    expected = {"baseline.content": f"sha256:{sha256(listing.encode())}", "baseline.same": False}
    assert facts(checkout, 'path = "releases/1.0"') == expected
    (folder / "addons" / "x" / "models.py").write_text("HOLE = True\n")
    assert facts(checkout, 'path = "releases/1.0"')["baseline.content"] != expected["baseline.content"]


def test_the_project_itself_as_folder_is_the_candidate(checkout: Path) -> None:
    assert facts(checkout, 'path = "."')["baseline.same"] is True


def test_without_a_baseline_there_is_nothing_to_say(checkout: Path) -> None:
    (checkout / "gate.toml").write_text('[project]\nname = "P"\nseries = "19.0"\n')
    assert baseline_facts(load_settings(checkout, {}), "", dirty=False) == {}
