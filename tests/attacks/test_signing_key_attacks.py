"""Code of the release that goes for the signing key of the `odoo-gate run` that started it."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

KEY = "-----BEGIN PRIVATE KEY----- of this test"
UNPRIVILEGED = ("setpriv", "--bounding-set=-all", "--inh-caps=-all") if os.geteuid() == 0 else ()
"""Root may read everything. Without capabilities it may as much as any user, and reads the same files."""

CONFTEST = """\
import ctypes, os, pathlib
PR_GET_DUMPABLE = 3
def environment(pid):
    try:
        return pathlib.Path(f"/proc/{pid}/environ").read_text()
    except PermissionError as error:
        return f"refused: {error}"
pathlib.Path("parent").write_text(environment(os.getppid()))
pathlib.Path("own").write_text(environment(os.getpid()))
pathlib.Path("dumpable").write_text(str(ctypes.CDLL(None).prctl(PR_GET_DUMPABLE, 0, 0, 0, 0)))
os._exit(0)
"""
RUN = """\
import sys
from pathlib import Path
from odoo_gate.cli.phases import phases_of, run_phases
from odoo_gate.settings import load_settings
root = Path(sys.argv[1])
(root / "run").mkdir()
run_phases(phases_of("parity", ()), load_settings(root, {}), root / "run", "0")
"""
WITHOUT_THE_LOCK = "from odoo_gate.cli import phases\nphases.hide_from_own_user = lambda: None\n"


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """One with a conftest.py that looks for the key in the process that started pytest."""
    root = tmp_path / "project"
    (root / "addons").mkdir(parents=True)
    (root / "gate.toml").write_text('[project]\nname = "P"\nseries = "19.0"\n')
    (root / "conftest.py").write_text(CONFTEST)
    return root


def run_phases_in(root: Path, program: str) -> None:
    """In a process of its own that may do no more than any user, with the key in its environment."""
    command = [*UNPRIVILEGED, sys.executable, "-c", program, str(root)]
    subprocess.run(command, env={**os.environ, "ODOO_GATE_SIGNING_KEY": KEY}, check=True, timeout=120)


def test_the_environment_of_its_parent_is_closed_to_a_conftest(project: Path) -> None:
    run_phases_in(project, RUN)
    assert (project / "parent").read_text().startswith("refused: ")
    assert KEY not in (project / "own").read_text()


def test_it_is_the_lock_that_closes_it(project: Path) -> None:
    run_phases_in(project, WITHOUT_THE_LOCK + RUN)
    assert f"ODOO_GATE_SIGNING_KEY={KEY}" in (project / "parent").read_text().split("\0")


def test_the_tests_themselves_are_not_hindered(project: Path) -> None:
    """They read their own environment, can be debugged, and leave core dumps, as in any pytest."""
    run_phases_in(project, RUN)
    assert (project / "dumpable").read_text() == "1"
    assert "ODOO_GATE_POLICY__ENVIRONMENT=" in (project / "own").read_text()
