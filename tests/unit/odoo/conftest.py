from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from odoo_gate.addons import AddonGraph, Selection, load_graph

GraphOf = Callable[..., AddonGraph]

STOCK = {
    "base": "{'name': 'Base', 'version': '19.0.1.0'}",
    "web": "{'name': 'Web', 'version': '19.0.1.0', 'depends': ['base'], 'auto_install': True}",
    "project": "{'name': 'Project', 'version': '19.0.1.0', 'depends': ['web']}",
    "sale": "{'name': 'Sale', 'version': '19.0.1.0', 'depends': ['web']}",
    "sale_project": "{'name': 'Both', 'version': '19.0.1.0', 'depends': ['sale', 'project'], 'auto_install': True}",
}


@pytest.fixture
def graph_of(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> GraphOf:
    """Makes a graph from the checkout's addons, `name=[dependencies]`, on a few stock ones; `extra` is a file."""
    monkeypatch.setenv("ODOO_GATE_CACHE", str(tmp_path / "cache"))
    image = tmp_path / "image"
    for name, manifest in STOCK.items():
        write(image / name / "__manifest__.py", manifest)

    def build(extra: dict[str, str] | None = None, **own: list[str]) -> AddonGraph:
        root = tmp_path / "checkout"
        (root / "addons").mkdir(parents=True, exist_ok=True)
        for name, depends in own.items():
            write(
                root / "addons" / name / "__manifest__.py",
                f"{{'name': '{name}', 'version': '19.0.1.0.0', 'depends': {depends}, 'license': 'LGPL-3'}}",
            )
            write(root / "addons" / name / "__init__.py", "")
        for name, text in (extra or {}).items():
            write(root / "addons" / name, text)
        return load_graph([root / "addons"], image, Selection(root=root, series="19.0"))

    return build


def write(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
