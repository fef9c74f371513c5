"""The matrix of rights in a run folder: read as the check left it, and refused when it is something else."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from odoo_gate.judgement.rights import read_rights
from odoo_gate.model import CheckResult, Outcome
from odoo_gate.report import RightsMatrix, Unreadable
from odoo_gate.security.live import Matrix, Right, write_matrix


def left(*artifacts: str) -> list[CheckResult]:
    at = datetime(2026, 1, 1, tzinfo=UTC)
    return [CheckResult("security.rights", "", Outcome.PASSED, at, 1.0, artifacts=artifacts)]


def test_what_the_check_writes_is_read(tmp_path: Path):
    now = Matrix({("buyer", "po"): Right.of("crud", "-r--"), ("clerk", "po"): Right.of("-r--")})
    (tmp_path / "security-rights.csv").write_text(write_matrix(now))
    assert read_rights(tmp_path, left("security-rights.csv")) == RightsMatrix(
        {("buyer", "po"): "crud*", ("clerk", "po"): "-r--"}, None
    )
    (tmp_path / "security-rights-baseline.csv").write_text(write_matrix(Matrix({("buyer", "po"): Right.of("-r--")})))
    both = read_rights(tmp_path, left("security-rights.csv", "security-rights-baseline.csv"))
    assert isinstance(both, RightsMatrix)
    assert both.before == {("buyer", "po"): "-r--"}


def test_without_the_check_there_is_no_matrix(tmp_path: Path):
    assert read_rights(tmp_path, []) is None
    assert read_rights(tmp_path, left()) is None


@pytest.mark.parametrize("text", [None, "", "a,b\n1,2\n", "role,model,rights,limited\nx,y\n", "\x00", '"'])
def test_what_is_no_matrix_says_why(tmp_path: Path, text: str | None):
    if text is not None:
        (tmp_path / "security-rights.csv").write_text(text)
    assert isinstance(read_rights(tmp_path, left("security-rights.csv")), Unreadable)
