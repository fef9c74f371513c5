"""A checkout bent: files that lead git astray, and files that production runs though nobody judged them.

The real `odoo-gate verify --project erp`, in a fresh clone of a repository whose project is a subfolder.
"""

from __future__ import annotations

import importlib.util
import py_compile
import subprocess
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import pytest
import typer

from odoo_gate.addons import addons_listing, candidate_graph
from odoo_gate.attest import KeySigner, new_signer, write_key_pair
from odoo_gate.attest.statement import sha256
from odoo_gate.cli.verify import verify
from odoo_gate.errors import AddonsError
from odoo_gate.evidence import EvidenceWriter
from odoo_gate.judgement import assemble
from odoo_gate.model import CheckResult, ImageIdentity, Outcome, ReleaseSubject
from odoo_gate.settings import load_settings
from odoo_gate.subject import authors_of, configuration_listing, release_subject, revision

DIGEST = "sha256:" + "a" * 64
POLICY = b'version = 1\n[environments.production]\ndemands = ["run.complete"]\n'
FILES = {
    ".gitignore": "__pycache__/\n*.pyc\nnode_modules/\nvenv/\n",
    "erp/gate.toml": '[project]\nname = "Hollander Bouw"\nseries = "19.0"\n',
    "erp/addons/job_costing/__manifest__.py": '{"name": "Job costing", "version": "19.0.1.0.0"}\n',
    "erp/addons/job_costing/__init__.py": "from . import cost\n",
    "erp/addons/job_costing/cost.py": "def approve(user):\n    return user == 'director'\n",
}

app = typer.Typer()
app.command()(verify)


def git(root: Path, *arguments: str, by: str = "author@example.org", stdin: str | None = None) -> str:
    identity = ("-c", "user.name=t", "-c", f"user.email={by}")
    done = subprocess.run(
        ["git", *identity, *arguments], cwd=root, check=True, capture_output=True, text=True, input=stdin
    )
    return done.stdout.strip()


def write(root: Path, files: dict[str, str]) -> None:
    for name, text in files.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(text)


@dataclass(frozen=True)
class World:
    """The author's repository, and what the deploying job has: a key, a policy, and room for a clone."""

    folder: Path
    signer: KeySigner

    @property
    def origin(self) -> Path:
        return self.folder / "origin"

    @property
    def erp(self) -> Path:
        """The project in the deploying job's clone."""
        return self.folder / "clone" / "erp"

    def commit(self) -> None:
        git(self.origin, "add", "--force", "--all")
        git(self.origin, "commit", "--quiet", "--message", "release")

    def clone(self) -> None:
        git(self.folder, "clone", "--quiet", str(self.origin), "clone")

    def judge(self, commit: str = "") -> None:
        """A genuine GO for the files of the clone, and its commit or the one given."""
        settings = load_settings(self.erp, {})
        now = datetime.now(UTC)
        run = self.folder / "run"
        EvidenceWriter(run / "evidence.jsonl").write(CheckResult("run.complete", "", Outcome.PASSED, now, 1.0))
        subject = ReleaseSubject(
            project=settings.project.name,
            series="19.0",
            environment="production",
            commit=commit or git(self.erp, "rev-parse", "HEAD"),
            dirty=False,
            addons={"job_costing": "d" * 64},
            images=(ImageIdentity("odoo", "odoo:19.0", DIGEST, "pulled"),),
            policy_digest=sha256(POLICY),
        )
        listing = addons_listing(settings.addons_roots, self.erp).encode()
        configuration = configuration_listing(settings)
        assemble(run, subject, listing, POLICY, self.signer, now, configuration=configuration)

    def verify(self) -> int:
        arguments = [
            *(str(self.folder / "run"), "--project", str(self.erp), "--environment", "production"),
            *("--key", str(self.folder / "gate.key.pub"), "--policy", str(self.folder / "policy.toml")),
            *("--image", f"odoo={DIGEST}"),
        ]
        return int(typer.main.get_command(app).main(arguments, standalone_mode=False))


@pytest.fixture
def world(tmp_path: Path) -> World:
    made = World(tmp_path, new_signer())
    write_key_pair(made.signer, tmp_path / "gate.key")
    (tmp_path / "policy.toml").write_bytes(POLICY)
    write(made.origin, FILES)
    git(made.origin, "init", "--quiet")
    return made


@pytest.fixture
def deployed(world: World) -> World:
    """An honest release: judged, and checked out by the deploying job."""
    world.commit()
    world.clone()
    world.judge()
    return world


def bare_repository_in(folder: Path, work: Path) -> str:
    """Make `folder` a bare repository of ordinary files, with a program and with a commit of the director: its id."""
    inner = work / "inner"
    inner.mkdir()
    git(inner, "init", "--quiet", "--bare")
    tree = git(inner, "mktree", stdin="")
    commit = git(inner, "commit-tree", tree, "-m", "x", by="director@example.org")
    config = f"""
    [core]
        repositoryformatversion = 0
        bare = false
        worktree = .
        fsmonitor = "echo it ran > {work}/RAN; false"
        hooksPath = .
    [status]
        showUntrackedFiles = no
    """
    write(folder, {"HEAD": f"{commit}\n", "config": config, "refs/keep": ""})
    (inner / "objects").rename(folder / "objects")
    for each in [path for path in (folder / "objects").rglob("*") if path.is_dir()]:
        (each / "keep").touch()
    return commit


def test_an_honest_release_in_a_subfolder_is_a_go(deployed: World) -> None:
    assert deployed.verify() == 0
    assert authors_of(deployed.erp) == {"author@example.org"}


def test_a_commit_whose_project_folder_is_a_bare_repository(world: World, capsys: pytest.CaptureFixture[str]) -> None:
    inner = bare_repository_in(world.origin / "erp", world.folder)
    world.commit()
    world.clone()
    world.judge(inner)  # a genuine GO for a commit that they can forge at will
    assert world.verify() == 5
    assert f"✗ source         judged: commit {inner[:12]}; you deploy" in capsys.readouterr().out
    assert not (world.folder / "RAN").exists()
    assert revision(world.erp) == (git(world.origin, "rev-parse", "HEAD"), False)
    assert authors_of(world.erp) == {"author@example.org"}
    (world.erp / "addons/job_costing/more.py").write_text("added afterwards")
    assert revision(world.erp)[1]


def stale_byte_code(addons: Path) -> None:
    """Byte code that approves of everybody; Python does not look at the source (PEP 552, unchecked hash)."""
    source = addons / "job_costing/cost.py"
    honest = source.read_text()
    source.write_text("def approve(user):\n    return True\n")
    py_compile.compile(str(source), invalidation_mode=py_compile.PycInvalidationMode.UNCHECKED_HASH)
    source.write_text(honest)
    assert Path(importlib.util.cache_from_source(str(source))).is_file()


def byte_code_without_source(addons: Path) -> None:
    write(addons, {"job_costing/extra.pyc": "x"})


def byte_code_of_a_linked_folder(addons: Path) -> None:
    write(addons, {"../../elsewhere/cost.cpython-311.pyc": "x"})
    (addons / "job_costing/__pycache__").symlink_to("../../../elsewhere")


def an_addon_called_pycache(addons: Path) -> None:
    write(addons, {"__pycache__/__init__.py": "", "__pycache__/__manifest__.py": "{'auto_install': True}"})


@pytest.mark.parametrize(
    "add", [stale_byte_code, byte_code_without_source, byte_code_of_a_linked_folder, an_addon_called_pycache]
)
def test_byte_code_among_the_deployed_addons(
    deployed: World, add: Callable[[Path], None], capsys: pytest.CaptureFixture[str]
) -> None:
    add(deployed.erp / "addons")
    assert deployed.verify() == 5
    out = capsys.readouterr().out
    assert "✗ addons         Python would run byte code in place of the files that were judged: addons/" in out
    assert "-prune -exec rm -r {} +" in out


def test_the_next_step_it_names_makes_it_a_go(deployed: World, capsys: pytest.CaptureFixture[str]) -> None:
    stale_byte_code(deployed.erp / "addons")
    byte_code_without_source(deployed.erp / "addons")
    assert deployed.verify() == 5
    command = next(line for line in capsys.readouterr().out.splitlines() if "✗ addons" in line).partition("remove it: ")
    subprocess.run(["sh", "-c", command[2]], cwd=deployed.erp, check=True)
    assert deployed.verify() == 0


def test_byte_code_at_the_top_of_a_project_that_is_an_addons_path(
    deployed: World, capsys: pytest.CaptureFixture[str]
) -> None:
    toml = deployed.erp / "gate.toml"
    toml.write_text(toml.read_text() + '[addons]\npaths = ["."]\n')
    git(deployed.erp, "commit", "--quiet", "--all", "--message", "more")
    deployed.judge()
    assert deployed.verify() == 0
    write(deployed.erp, {"extra.pyc": "x"})
    assert deployed.verify() == 5
    assert "judged: extra.pyc; deploy from a clean checkout, or remove it: find . " in capsys.readouterr().out


def test_byte_code_that_no_addons_path_holds_is_no_matter(deployed: World) -> None:
    write(deployed.erp, {"tools/__pycache__/release.cpython-311.pyc": "x", "tools/old.pyc": "x"})
    write(deployed.erp, {"addons/venv/pyvenv.cfg": "", "addons/venv/lib/site.pyc": "x", "addons/node_modules/a.js": ""})
    (deployed.erp / "addons/job_costing/__pycache__").mkdir()
    assert deployed.verify() == 0


@pytest.mark.parametrize(
    "files",
    [
        {"evil/pyvenv.cfg": "", "evil/__manifest__.py": "{'auto_install': True}"},
        {"node_modules/__manifest__.py": "{'auto_install': True}"},
        {"node_modules/__openerp__.py": "{'auto_install': True}"},
        {".evil/__init__.py": "print('evil')"},
        {"venv/pyvenv.cfg": "", "venv/__init__.so": "evil"},
    ],
    ids=lambda files: next(iter(files)).partition("/")[0],
)
def test_an_addon_dressed_up_as_what_stands_beside_addons(
    deployed: World, files: dict[str, str], capsys: pytest.CaptureFixture[str]
) -> None:
    (deployed.erp.parent / ".git/info/exclude").write_text("*\n")
    write(deployed.erp / "addons", files)
    assert deployed.verify() == 5
    assert f"the files that were judged: addons/{min(files)}" in capsys.readouterr().out


@pytest.mark.parametrize(
    "files",
    [
        {"job_costing/__pycache__/cost.cpython-311.pyc": "x"},
        {"job_costing/extra.pyc": "x"},
        {"job_costing/extra.pyo": "x"},
        {"__pycache__/__manifest__.py": "{}"},
        {"job_costing/static/.svn/evil.js": "x"},
    ],
    ids=lambda files: next(iter(files)),
)
def test_a_commit_that_holds_what_the_gate_leaves_out(world: World, files: dict[str, str]) -> None:
    write(world.origin / "erp/addons", files)
    settings = load_settings(world.origin / "erp", {})
    graph = candidate_graph(settings, None)
    release_subject(settings, graph, (), POLICY)  # of this machine only: no matter
    world.commit()
    with pytest.raises(AddonsError, match="git tracks erp/addons/") as caught:
        release_subject(settings, graph, (), POLICY)
    assert "rm -r --cached erp/addons/" in caught.value.hint
    subprocess.run(["sh", "-c", caught.value.hint.partition(": ")[2]], cwd=settings.root, check=True)
    release_subject(settings, graph, (), POLICY)


@pytest.mark.parametrize(
    ("link", "target", "named"),
    [
        ("job_costing/__pycache__", "../../../elsewhere", "addons/job_costing/__pycache__"),
        ("lib", "../vendor/lib", "vendor/lib/__pycache__"),
    ],
)
def test_byte_code_that_a_link_of_the_commit_brings(world: World, link: str, target: str, named: str) -> None:
    write(world.origin, {"elsewhere/cost.cpython-311.pyc": "x", "erp/vendor/lib/__pycache__/a.pyc": "x"})
    (world.origin / "erp/addons" / link).symlink_to(target)
    settings = load_settings(world.origin / "erp", {})
    world.commit()
    with pytest.raises(AddonsError, match=f"git tracks erp/{named}:"):
        release_subject(settings, candidate_graph(settings, None), (), POLICY)


def test_byte_code_that_a_submodule_tracks(world: World) -> None:
    write(world.folder, {"lib/__pycache__/a.pyc": "x"})
    git(world.folder / "lib", "init", "--quiet")
    git(world.folder / "lib", "add", "--all")
    git(world.folder / "lib", "commit", "--quiet", "--message", "lib")
    allowed = ("-c", "protocol.file.allow=always")
    git(world.origin, *allowed, "submodule", "--quiet", "add", str(world.folder / "lib"), "erp/addons/lib")
    settings = load_settings(world.origin / "erp", {})
    with pytest.raises(AddonsError, match="git tracks __pycache__:") as caught:
        release_subject(settings, candidate_graph(settings, None), (), POLICY)
    assert f"git -C {settings.root}/addons/lib rm" in caught.value.hint
