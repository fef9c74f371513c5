"""What is left of measured coverage: a line counts as run when a test of any session ran it."""

from __future__ import annotations

import json
from pathlib import Path
from xml.etree import ElementTree

from pytest_odoo_gate.odoo_coverage import report
from pytest_odoo_gate.odoo_places import Places


def test_all_sessions_are_one_report_by_file_and_line(tmp_path: Path) -> None:
    root, run = tmp_path / "erp", tmp_path / "run"
    (run / "coverage").mkdir(parents=True)
    for session, missing in (("gw0", [3, 4]), ("gw1", [2, 3])):
        measured = {"/mnt/addons/crane/models/crane.py": {"statements": [1, 2, 3, 4], "missing": missing}}
        (run / "coverage" / f"{session}.json").write_text(json.dumps(measured))
    lines = report(run, Places({"/mnt/addons": root / "addons"}, root), root)
    assert lines == [" 75.0 %  addons/crane/models/crane.py", " 75.0 %  of all statements of the addons"]
    assert json.loads((run / "coverage.json").read_text())["files"]["addons/crane/models/crane.py"]["missing"] == [3]
    (file,) = ElementTree.parse(run / "coverage.cobertura.xml").iterfind("packages/package/classes/class")
    assert file.get("filename") == "addons/crane/models/crane.py"
    assert [line.get("hits") for line in file.iterfind("lines/line")] == ["1", "1", "0", "1"]


def test_nothing_measured_leaves_nothing(tmp_path: Path) -> None:
    assert report(tmp_path, Places({}, tmp_path), tmp_path) == []
    assert list(tmp_path.iterdir()) == []
