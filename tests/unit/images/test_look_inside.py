"""The script that looks into an image: run here as it is run there."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import odoo_gate.stack.images

SCRIPT = Path(odoo_gate.stack.images.__file__).with_name("look_inside.py")


def addon(folder: Path, text: str = "{'name': 'x'}") -> None:
    folder.mkdir(parents=True)
    (folder / "__manifest__.py").write_text(text)
    (folder / "__init__.py").write_text("")
    (folder / "models.py").write_text("not wanted")


def test_addons_of_every_place_in_odoos_order(tmp_path: Path) -> None:
    addon(tmp_path / "site/odoo/addons/queue_job", "{'from': 'pip'}")
    addon(tmp_path / "dist/odoo/addons/base")
    script = tmp_path / "dist/odoo/addons/base/migrations/19.0.1.1/post-look.py"
    script.parent.mkdir(parents=True)
    script.write_text("def migrate(cr, version): ...")
    addon(tmp_path / "dist/odoo/addons/queue_job", "{'from': 'package'}")
    addon(tmp_path / "extra/own")
    (tmp_path / "dist/odoo/addons/no_addon").mkdir()
    (tmp_path / "empty").mkdir()
    (tmp_path / "odoo.conf").write_text(f"[options]\naddons_path = {tmp_path}/extra, {tmp_path}/empty\n")
    env = os.environ | {
        "PYTHONPATH": f"{tmp_path}/site:{tmp_path}/dist",
        "ODOO_RC": str(tmp_path / "odoo.conf"),
    }
    seen = json.loads(subprocess.check_output([sys.executable, "-c", SCRIPT.read_text()], env=env, cwd=tmp_path))
    places = [str(tmp_path / place) for place in ("site/odoo/addons", "dist/odoo/addons", "extra")]
    assert seen["addons_paths"] == places
    assert sorted(seen["addons"]) == ["base", "own", "queue_job"]
    assert seen["addons"]["queue_job"] == {"__manifest__.py": "{'from': 'pip'}", "__init__.py": ""}
    assert seen["addons"]["base"]["migrations/19.0.1.1/post-look.py"] == "def migrate(cr, version): ..."
    assert "pip" in seen["pypi"] or "pytest" in seen["pypi"]
