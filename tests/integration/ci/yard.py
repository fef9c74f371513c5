"""A small project whose release is judged by what its configuration says: a pipeline of it takes seconds."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

from odoo_gate.attest.keys import new_signer, write_key_pair

ROOT = Path(__file__).parents[3]
BIN = Path(sys.executable).parent
EXAMPLE = ROOT / "examples" / "construction"
DEMANDS = ("run.complete", "run.snapshot", "parity.configuration", "parity.images", "parity.secrets")
GATE_TOML = """
[project]
name = "yard"
series = "19.0"
[stack]
odoo_conf = "config/odoo.conf"
[policy]
file = "policy.toml"
[parity]
definition = ["deploy/production", "config/odoo.conf"]
images_from_report = { ODOO_IMAGE = "odoo", POSTGRES_IMAGE = "postgres", REDIS_IMAGE = "redis" }
pins = { ODOO_SERIES = "series", POSTGRES_MAJOR = "postgres-major" }
[parity.accepted]
"configuration.workers" = "this machine has room for 2"
"""


def make_project(root: Path, *demands: str) -> Path:
    """The project in `root`; its policy demands `demands` besides what it can pass. Returns its key, beside it."""
    shutil.copytree(ROOT / "tests" / "defects" / "corpus" / "clean", root / "addons")
    for folder in ("config", "deploy"):
        shutil.copytree(EXAMPLE / folder, root / folder)
    (root / "gate.toml").write_text(GATE_TOML)
    (root / ".gitignore").write_text(".gitlab-ci-local/\n.odoo-gate/\n")
    listed = ", ".join(f'"{check}"' for check in (*DEMANDS, *demands))
    (root / "policy.toml").write_text(f"version = 1\n[environments.production]\ndemands = [{listed}]\n")
    key = root.parent / "gate.pem"
    write_key_pair(new_signer(), key)
    return key


def leak_a_secret(root: Path) -> None:
    """What makes the release a NO-GO: a password in the definition of production."""
    with (root / "config" / "odoo.conf").open("a") as conf:
        conf.write("smtp_password = Tr0ub4dor-and-3-more\n")


def commit(root: Path) -> None:
    identity = ("-c", "user.name=a", "-c", "user.email=a@example.org")
    for arguments in (("init", "--quiet"), ("add", "--all"), (*identity, "commit", "--quiet", "--message", "x")):
        subprocess.run(["git", *arguments], cwd=root, check=True)
