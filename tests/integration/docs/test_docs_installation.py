"""`pip install path/to/a/clone/of/odoo-gate` gives a command that finds what it ships as data."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[3]
SHIPPED = """
import odoo_gate
from odoo_gate.catalogue import entry
from odoo_gate.policy import default_policy
assert entry("migration.trial-balance") and default_policy()
print(odoo_gate.__file__)
"""


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the wheel's files; what it depends on is taken from here."""
    target = tmp_path_factory.mktemp("installed")
    install = [sys.executable, "-m", "pip", "install", "--quiet", "--no-deps", "--target", str(target), str(ROOT)]
    done = subprocess.run(install, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return target


def test_the_catalogue_and_the_policy_are_in_it(installed: Path) -> None:
    python = [sys.executable, "-c", SHIPPED]
    done = subprocess.run(python, env={"PYTHONPATH": str(installed)}, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith(str(installed))


def test_the_command_and_the_files_for_ci_are_in_it(installed: Path) -> None:
    assert (installed / "bin/odoo-gate").is_file()
    assert list((installed / "odoo_gate/ci-templates").rglob("*.yml"))
    assert list((installed / "odoo_gate/catalogue").glob("*.toml"))
