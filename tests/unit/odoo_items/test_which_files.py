"""Which paths of a checkout are Odoo's tests, which pytest must not touch, and which are none of ours."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from pytest_odoo_gate.odoo_catalogue import IMAGE_TESTS
from pytest_odoo_gate.odoo_tests import ignores


@pytest.fixture
def gate(tmp_path: Path) -> Any:
    for name in ("x", "left_out"):
        for folder in ("tests/deep", "models", "static/src", "migrations/19.0.1.0.0", "migrations/tests"):
            (tmp_path / "addons" / name / folder).mkdir(parents=True)
    (tmp_path / "tests").mkdir()
    folders = {name: tmp_path / "addons" / name for name in ("x", "left_out")}
    return SimpleNamespace(
        settings=SimpleNamespace(root=tmp_path, addons_roots=(tmp_path / "addons",)),
        checkout=SimpleNamespace(folders=folders, selected=("x",)),
    )


@pytest.mark.parametrize(
    "path",
    [
        "addons/x",
        "addons/x/tests",
        "addons/x/tests/test_a.py",
        "addons/x/tests/deep",
        "addons/x/tests/deep/test_b.py",
        "addons/x/migrations",
        "addons/x/migrations/tests",
        "addons/x/migrations/tests/test_c.py",
    ],
)
def test_test_files_and_the_way_to_them_are_collected(gate: Any, path: str) -> None:
    assert ignores(gate.settings.root / path, gate) is False


@pytest.mark.parametrize(
    "path",
    [
        "addons/x/__init__.py",
        "addons/x/models",
        "addons/x/models/test_order.py",
        "addons/x/static/src/test_x.py",
        "addons/x/tests/__init__.py",
        "addons/x/tests/common.py",
        "addons/x/migrations/19.0.1.0.0",
        "addons/left_out",
        "addons/left_out/tests/test_a.py",
    ],
)
def test_everything_else_of_an_addon_is_left_alone(gate: Any, path: str) -> None:
    assert ignores(gate.settings.root / path, gate) is True


@pytest.mark.parametrize("path", ["", "addons", "tests", "tests/test_mine.py", "addons/not_an_addon/test_a.py"])
def test_what_belongs_to_no_addon_is_pytests_own(gate: Any, path: str) -> None:
    assert ignores(gate.settings.root / path, gate) is None


def test_copied_tests_of_the_image_are_collected_from_their_hidden_folder(gate: Any) -> None:
    copies = gate.settings.root / IMAGE_TESTS
    (copies / "project" / "tests").mkdir(parents=True)
    for path in (copies.parent, copies, copies / "project", copies / "project" / "tests" / "test_a.py"):
        assert ignores(path, gate) is False
    assert ignores(copies.parent / "pytest", gate) is True


def test_without_copies_the_hidden_folder_is_left_alone(gate: Any) -> None:
    assert ignores(gate.settings.root / IMAGE_TESTS.parent, gate) is True
