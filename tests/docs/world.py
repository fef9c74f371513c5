"""A checkout in which the documentation's commands can run: the example, under git, with a judged and signed run.

What a page takes for granted (a run, a key, a trust file) is made when its first command asks for it.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from blocks import ROOT, Command

from odoo_gate.addons import addons_listing, candidate_graph
from odoo_gate.evidence import EvidenceWriter
from odoo_gate.judgement import Prepared, prepare, read_policy
from odoo_gate.model import CheckResult, ImageIdentity, Outcome
from odoo_gate.settings import load_settings
from odoo_gate.subject import configuration_listing, release_subject

BIN = Path(sys.executable).parent
EXAMPLE = ROOT / "examples/construction"
IMAGES = tuple(
    ImageIdentity(role, f"{role}:1", "sha256:" + mark * 64, "pulled", {"libc6": "2.41"})
    for role, mark in (("odoo", "a"), ("postgres", "b"), ("redis", "c"))
)
CHECKS = ("tests.at-install", "tests.post-install", "modules.installs-alone", "run.complete", "run.snapshot")
POLICY = """
version = 1
[environments.production]
demands = ["run.complete", "run.snapshot", "modules.installs-alone", "tests.*-install"]
"""
APPROVALS = "[environments.production.approvals]\ngroups = { finance = 1 }\n"
MADE_LATER = (".odoo-gate/", "run/", "*.pem", "*.key", "*.pub", "trust.toml", "addons.sha256")
"""What pages make: it must not look like a change of the release."""
KEEP_ALL = {"ODOO_GATE_STORE__MAX_AGE_DAYS": "36500", "ODOO_GATE_STORE__MAX_SIZE_GB": "1000000"}
"""So large that no template is dropped: other tests stand on them."""
IDENTITY = ("-c", "user.name=Joost", "-c", "user.email=joost@example.org", "-c", "commit.gpgsign=false")


@dataclass
class World:
    """One page's checkout. `images` are those that were judged; real ones where an engine is asked for them."""

    root: Path
    page: str
    images: Sequence[ImageIdentity] = IMAGES
    environment: dict[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        shutil.copytree(EXAMPLE, self.root, ignore=shutil.ignore_patterns(".odoo-gate", "__pycache__", ".*_cache"))
        approvals = APPROVALS if self.page == "docs/approvals.md" else ""
        (self.root / "policy.toml").write_text(POLICY + approvals)
        (self.root / "stricter.toml").write_text(POLICY)
        (self.root / ".gitignore").write_text("\n".join(MADE_LATER))
        (self.root / "examples").mkdir()
        (self.root / "examples/construction").symlink_to("..")
        contract = self.root / "contracts/estimating-tool.yaml"
        for name in ("estimating.yaml", "estimating-2.yaml"):
            shutil.copyfile(contract, self.root / "examples" / name)
        self._git("init", "--quiet")
        self._git("add", "--all")
        self._git(*IDENTITY, "commit", "--quiet", "--message", "release")
        commit = self._git("rev-parse", "HEAD").strip()
        digests = {f"{image.role.upper()}_DIGEST": image.digest for image in self.images}
        people = {"WHO_STARTED_IT": "joost@example.org", "WHO_WROTE_IT": "joost@example.org"}
        self.environment = {"COMMIT": commit, **digests, **people, **KEEP_ALL}

    def run(self, command: Command) -> subprocess.CompletedProcess[str]:
        """Run a command as its reader does: in a shell, in the checkout, with `odoo-gate` on the path."""
        return self._shell(self._as_given(command.text), self._folder_of(command.text))

    def _as_given(self, text: str) -> str:
        """The command with what stands for something of the reader's own filled in."""
        for image in self.images:
            text = text.replace(f"--image {image.role}=sha256:…", f"--image {image.role}={image.digest}")
        text = re.sub(r"contracts/(estimating(-2)?\.yaml)", r"examples/\1", text)
        return text.replace("path/to/a/clone/of/odoo-gate", str(ROOT))

    def _folder_of(self, text: str) -> Path:
        """Where the command is typed; what it takes for granted is there afterwards."""
        if text.startswith("odoo-gate init"):
            return self._before_init()
        if text.startswith("odoo-gate judge"):
            self._shards(2)
        elif re.match(r"odoo-gate (verify|explain|approve|history)|sha256sum", text):
            self._judged(again=".odoo-gate/verdict" in text)
        if "--trust " in text:
            self._trust_file()
        return self.root

    def _before_init(self) -> Path:
        """The same checkout before anybody said `odoo-gate init`."""
        bare = self.root.parent / "bare"
        if not bare.exists():
            shutil.copytree(self.root / "addons", bare / "addons")
        return bare

    def _judged(self, *, again: bool) -> None:
        """A run in `run`, in `.odoo-gate/verdict` and as the latest one, signed with the page's own key."""
        if (self.root / "run").exists() or (again and (self.root / ".odoo-gate/verdict").exists()):
            return
        self._signing_key()
        (shard,) = self._shards(1)
        self._must(f"odoo-gate judge {shard.relative_to(self.root)} --shards 1")
        latest = (self.root / ".odoo-gate/runs/latest").resolve()
        for copy in ("run", ".odoo-gate/verdict"):
            shutil.copytree(latest, self.root / copy)
        shutil.copyfile(latest / "addons.sha256", self.root / "addons.sha256")

    def _shards(self, count: int) -> list[Path]:
        """Folders of shards whose checks all passed."""
        self._signing_key()
        settings = load_settings(self.root, {})
        policy = read_policy(settings)
        subject = release_subject(settings, candidate_graph(settings, None), self.images, policy)
        listing = addons_listing(settings.addons_roots, self.root).encode()
        folders = [self.root / ".odoo-gate/shards" / str(number) for number in range(1, count + 1)]
        for folder in folders:
            if folder.exists():
                continue
            folder.mkdir(parents=True)
            prepare(folder, Prepared(subject, listing, policy, configuration_listing(settings)))
            writer = EvidenceWriter(folder / "evidence.jsonl")
            for check in CHECKS:
                writer.write(CheckResult(check, "", Outcome.PASSED, datetime.now(UTC), 1.0))
        return folders

    def _signing_key(self) -> None:
        """The pair that gate.toml names: the page's own where it made one, else one for it."""
        own = next((self.root / name for name in ("gate.pem", "gate.key") if (self.root / name).exists()), None)
        if own is None:
            own = self.root / "gate.key"
            self._must(f"odoo-gate keys new {own.name}")
        named = self.root / ".odoo-gate/demo-key.pem"
        named.parent.mkdir(exist_ok=True)
        for end in ("", ".pub"):
            shutil.copyfile(f"{own}{end}", f"{named}{end}")
        named.chmod(0o600)

    def _trust_file(self) -> None:
        key = (self.root / "anna.pem.pub").read_text()
        (self.root / "trust.toml").write_text(
            f'version = 1\n[people.anna]\nkey = """{key}"""\ngroups = ["finance"]\nemails = ["anna@example.org"]\n'
            "valid_from = 2026-01-01T00:00:00Z\nvalid_until = 2126-01-01T00:00:00Z\n"
        )

    def _must(self, command: str) -> None:
        done = self._shell(command, self.root)
        assert done.returncode == 0, f"{command}\n{done.stdout}{done.stderr}"

    def _git(self, *arguments: str) -> str:
        return subprocess.run(["git", *arguments], cwd=self.root, check=True, capture_output=True, text=True).stdout

    def _shell(self, command: str, folder: Path) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            ["bash", "-euo", "pipefail", "-c", command],
            cwd=folder,
            env={**os.environ, **self.environment, "PATH": f"{BIN}{os.pathsep}{os.environ['PATH']}", "COLUMNS": "160"},
            capture_output=True,
            text=True,
            timeout=300,
            check=False,
        )
