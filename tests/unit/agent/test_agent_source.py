"""The agent must run on the oldest Python an Odoo container has, and know the series in one place only."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

import odoo_gate.odoo.agent

HERE = Path(odoo_gate.odoo.agent.__file__).parent
FILES = sorted(HERE.glob("*.py"))


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)
def test_is_python_3_8(path: Path) -> None:
    ast.parse(path.read_text("utf-8"), feature_version=(3, 8))


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)
def test_imports_only_the_standard_library_odoo_and_itself(path: Path) -> None:
    import sys

    allowed = {*sys.stdlib_module_names, "polib"}  # Odoo's own dependency
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        names = []
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom) and node.level == 0:
            names = [node.module or ""]
        assert {name.split(".")[0] for name in names} <= allowed


@pytest.mark.parametrize("path", [path for path in FILES if path.name != "series.py"], ids=lambda p: p.name)
def test_only_series_asks_which_odoo_it_is(path: Path) -> None:
    text = path.read_text("utf-8")
    assert "series.number(" not in text
    assert "version_info[0]" not in text
    assert 'import_module("odoo' not in text
