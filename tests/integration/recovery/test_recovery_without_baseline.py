"""A project without a baseline has no production to lose: every check says so, and none passes."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest_odoo_gate
from odoo_gate.evidence import read_evidence
from odoo_gate.model import Outcome

SUITE = Path(pytest_odoo_gate.__file__).parent / "suite" / "test_recovery.py"
MANIFEST = "{'name': 'Empty', 'version': '19.0.1.0.0', 'depends': ['base'], 'license': 'LGPL-3'}"


def test_every_check_fails_with_the_next_step(tmp_path):
    (tmp_path / "addons/empty").mkdir(parents=True)
    (tmp_path / "addons/empty/__init__.py").touch()
    (tmp_path / "addons/empty/__manifest__.py").write_text(MANIFEST)
    (tmp_path / "gate.toml").write_text('[project]\nname = "no baseline"\nseries = "19.0"\n')
    command = [
        *(sys.executable, "-m", "pytest", "--override-ini", "addopts=", "--rootdir", str(tmp_path)),
        *("-p", "no:cacheprovider", "-p", "no:xdist", str(SUITE)),
        *("--odoo-gate-project", str(tmp_path), "--odoo-gate-run", str(tmp_path / "run")),
    ]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False, timeout=300)
    evidence = tmp_path / "run/evidence.jsonl"
    assert evidence.is_file(), done.stdout[-4000:] + done.stderr[-4000:]
    results = [result for result in read_evidence([evidence]) if result.family == "recovery"]
    assert len(results) == 9
    for result in results:
        assert result.outcome is Outcome.FAILED, result
        assert [finding.rule for finding in result.findings] == ["no-baseline"]
        assert "[baseline]" in result.findings[0].remedy
