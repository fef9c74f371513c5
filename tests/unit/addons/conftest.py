"""A small release on disk, written addon by addon."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest

from odoo_gate.addons import AddonGraph, Selection, load_graph

Write = Callable[..., Path]


@pytest.fixture(autouse=True)
def _own_cache(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ODOO_GATE_CACHE", str(tmp_path_factory.mktemp("cache")))


@pytest.fixture
def write(tmp_path: Path) -> Write:
    """`write("sale_x", depends=["sale"], files={"models/a.py": ""})` makes an addon below `addons/`."""

    def write_addon(name: str, *, files: dict[str, str] | None = None, below: str = "addons", **manifest: Any) -> Path:
        folder = tmp_path / below / name
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "__init__.py").touch()
        content = {
            "name": name,
            "version": "19.0.1.0.0",
            "depends": ["base"],
            "license": "LGPL-3",
            **manifest,
        }
        (folder / "__manifest__.py").write_text(repr(content))
        for relative, text in (files or {}).items():
            (folder / relative).parent.mkdir(parents=True, exist_ok=True)
            (folder / relative).write_text(text)
        return folder

    return write_addon


@pytest.fixture
def graph(tmp_path: Path) -> Callable[..., AddonGraph]:
    def load(*roots: str, image: Path | None = None, modules: Sequence[str] = (), **selection: Any) -> AddonGraph:
        chosen = Selection(**{"root": tmp_path, "series": "19.0", "modules": tuple(modules), **selection})
        return load_graph([tmp_path / root for root in roots or ("addons",)], image, chosen)

    return load


@pytest.fixture
def image(write: Write, tmp_path: Path) -> Path:
    """An image that brings base, web, and the pair sale + sale_bridge (auto-installed)."""
    write("base", below="image", depends=[])
    write("web", below="image", auto_install=["base"])
    write("sale", below="image", depends=["web"])
    write("sale_bridge", below="image", depends=["sale", "web"], auto_install=True)
    return tmp_path / "image"
