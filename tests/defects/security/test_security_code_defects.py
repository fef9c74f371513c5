"""Every hole planted in code is found by its rule through the function the suite calls; the sound twin passes.

A case's `expect.toml` holds both, laid over one small addon: `planted` and `clean`, file by file.
"""

from __future__ import annotations

import tomllib
from pathlib import Path

import pytest

from odoo_gate.addons import AddonGraph, Selection, load_graph
from odoo_gate.model import Finding, Severity
from odoo_gate.security.code import RULES, code_findings, lint_findings

CASES = {
    path.parent.name: tomllib.loads(path.read_text("utf-8"))
    for path in sorted((Path(__file__).parent / "code").glob("*/expect.toml"))
}
CHECKS = {"security.code": code_findings, "security.lint": lint_findings}
ADDON = {
    "__manifest__.py": "{'name': 'Planted', 'version': '19.0.1.0.0', 'license': 'LGPL-3', 'depends': ['base'], "
    "'data': ['security/ir.model.access.csv', 'data/more.xml']}\n",
    "__init__.py": "from . import controllers, models\n",
    "controllers.py": "",
    "models/__init__.py": "from . import more, thing\n",
    "models/more.py": "",
    "models/thing.py": "from odoo import fields, models\n\n\nclass PlantedThing(models.Model):\n"
    "    _name = 'planted.thing'\n    _description = 'Thing'\n\n    name = fields.Char()\n",
    "security/ir.model.access.csv": "id,name,model_id:id,group_id:id,perm_read,perm_write,perm_create,perm_unlink\n"
    "access_planted_thing,thing,model_planted_thing,base.group_user,1,1,1,1\n",
    "data/more.xml": "<odoo/>\n",
}


def test_every_rule_has_a_defect():
    assert {rule.name for rule in RULES} <= {case["rule"] for case in CASES.values()}


@pytest.mark.parametrize("name", CASES)
def test_the_hole_is_found(name, tmp_path):
    case = CASES[name]
    found = [each for each in findings(case, release(tmp_path, case["planted"])) if each.rule == case["rule"]]
    assert found, f"{case['rule']} does not see: {case['defect']}"
    assert {each.severity for each in found} == {Severity(case.get("severity", "error"))}
    assert all(each.place and each.place.line and each.remedy for each in found)


@pytest.mark.parametrize("name", CASES)
def test_the_sound_twin_passes(name, tmp_path):
    case = CASES[name]
    found = findings(case, release(tmp_path, case["clean"]))
    assert [each for each in found if each.severity is Severity.ERROR or each.rule == case["rule"]] == []


def test_what_production_has_too_is_a_warning(tmp_path):
    case = CASES["sql_fstring"]
    candidate, baseline = (release(tmp_path / name, case["planted"]) for name in ("candidate", "baseline"))
    found = findings(case, candidate, baseline)
    assert [(each.rule, each.severity) for each in found] == [(case["rule"], Severity.WARNING)]
    assert found[0].message.endswith("(already in the baseline)")


def test_a_rule_mended_in_noupdate_never_arrives(tmp_path):
    """rule-change-lost: only the two releases together show it."""
    case = CASES["rule_noupdate"]
    old = {
        **case["planted"],
        "data/more.xml": case["planted"]["data/more.xml"].replace("in', company_ids", "!=', False"),
    }
    candidate, baseline = release(tmp_path / "candidate", case["planted"]), release(tmp_path / "baseline", old)
    assert "rule-change-lost" in {each.rule for each in findings(case, candidate, baseline)}
    script = {"migrations/19.0.1.0.1/post-rule.py": "# writes planted.other_rule\n"}
    migrated = release(tmp_path / "migrated", {**case["planted"], **script})
    assert "rule-change-lost" not in {each.rule for each in findings(case, migrated, baseline)}


@pytest.mark.parametrize("check", CHECKS)
def test_nothing_to_look_at_is_an_error(check, tmp_path):
    (tmp_path / "addons").mkdir()
    found = findings({"check": check}, graph(tmp_path), graph(tmp_path))
    assert any(each.severity is Severity.ERROR for each in found)


def test_a_release_is_not_its_own_judge(tmp_path):
    """The linters do not run what lies in the project, whatever it is called."""
    for name in ("bandit.py", "pylint.py", "pylint_odoo.py", "yaml.py"):
        (tmp_path / name).write_text("raise SystemExit(0)\n")
    case = CASES["shell"]
    found = {each.rule for each in findings(case, release(tmp_path, case["planted"]))}
    assert case["rule"] in found
    assert "not-linted" not in found


def findings(case: dict, candidate: AddonGraph, baseline: AddonGraph | None = None) -> list[Finding]:
    return list(CHECKS[case["check"]](candidate, baseline).findings)


def release(root: Path, files: dict[str, str]) -> AddonGraph:
    for name, text in {**ADDON, **files}.items():
        path = root / "addons" / "planted" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, "utf-8")
    return graph(root)


def graph(root: Path) -> AddonGraph:
    return load_graph([root / "addons"], None, Selection(root=root, series="19.0"))
