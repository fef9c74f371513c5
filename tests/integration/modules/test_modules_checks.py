"""The module checks against real Odoo, on the main series and on the oldest one: good modules pass, bad ones do not."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from odoo_gate.model import Finding, Severity, silent
from odoo_gate.modules import (
    install_log_findings,
    installed_alone,
    translation_findings,
    uninstall_findings,
    update_findings,
    view_findings,
)
from odoo_gate.odoo.testbed import Testbed, open_testbed
from odoo_gate.settings import settings_from
from odoo_gate.stack.run import Run, new_run_id

HOOKS = """
from . import models

def make(*arguments):
    cursor = getattr(arguments[0], "cr", arguments[0])
    cursor.execute("CREATE TABLE IF NOT EXISTS {name}_log (said text)")

def drop(*arguments):
    cursor = getattr(arguments[0], "cr", arguments[0])
    cursor.execute("DROP TABLE {name}_log")
"""
MODEL = """
from odoo import fields, models

class Thing(models.Model):
    _name = "{name}.thing"
    _description = "Thing"

    name = fields.Char(required=True)
    partner_id = fields.Many2one("res.partner")
"""
ACCESS = (
    "id,name,model_id:id,group_id:id,perm_read,perm_write,perm_create,perm_unlink\n"
    "access_thing,thing,model_{name}_thing,base.group_user,1,1,1,1\n"
)
DATA = """
<odoo>
  <record id="first" model="{name}.thing"><field name="name">First</field></record>
  <record id="form" model="ir.ui.view">
    <field name="name">form</field>
    <field name="model">{name}.thing</field>
    <field name="arch" type="xml"><form><field name="name"/><field name="partner_id"/></form></field>
  </record>
  {more}
</odoo>
"""
AGAIN = """<function model="{name}.thing" name="create"><value eval="[{{'name': 'Again'}}]"/></function>"""
PO = """
msgid ""
msgstr ""
"Content-Type: text/plain; charset=UTF-8\\n"

#. module: {name}
#: code:addons/{name}/models/thing.py:0
#, python-format
msgid "Hello %(who)s"
msgstr "Bonjour %({who})s"
"""


def write_module(root: Path, series: str, name: str, *, good: bool) -> None:
    manifest = {
        "name": name,
        "version": f"{series}.1.0.0",
        "license": "LGPL-3",
        "depends": ["base"],
        "data": ["data.xml", *(["ir.model.access.csv"] if good else [])],
        "post_init_hook": "make",
        **({"uninstall_hook": "drop"} if good else {}),
    }
    files = {
        "__manifest__.py": repr(manifest),
        "__init__.py": HOOKS.format(name=name),
        "models/__init__.py": "from . import thing",
        "models/thing.py": MODEL.format(name=name),
        "ir.model.access.csv": ACCESS.format(name=name),
        "data.xml": DATA.format(name=name, more="" if good else AGAIN.format(name=name)),
        "i18n/fr.po": PO.format(name=name, who="who" if good else "qui"),
    }
    for relative, text in files.items():
        path = root / name / relative
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text.lstrip(), "utf-8")


@pytest.fixture(scope="module", params=["19.0", "14.0"])
def testbed(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Testbed]:
    """A candidate with a good and a bad module; in the baseline, the bad one already lacked access rules."""
    root = tmp_path_factory.mktemp("release")
    for folder in ("addons", "production/addons"):
        write_module(root / folder, request.param, "good", good=True)
        write_module(root / folder, request.param, "bad", good=False)
    (root / "addons/good/README.rst").write_text("new")
    settings = settings_from({"project": {"series": request.param}, "baseline": {"path": "production"}}, root=root)
    with Run(new_run_id(), root / "run", silent) as run:
        yield open_testbed(settings, run)


def errors(findings: object) -> set[str]:
    assert isinstance(findings, (list, tuple))
    assert all(isinstance(finding, Finding) for finding in findings)
    return {finding.rule for finding in findings if finding.severity is Severity.ERROR}


def test_good_and_bad_modules(testbed: Testbed) -> None:
    candidate = testbed.candidate
    told: dict[str, dict[str, set[str]]] = {}
    logs = {}
    for module in ("good", "bad"):
        logs[module] = list(install_log_findings(testbed, candidate, module))
        told[module] = {
            "alone": errors(installed_alone(testbed, candidate, module)[0]),
            "log": errors(logs[module]),
            "update": errors(list(update_findings(testbed, candidate, module))),
            "uninstall": errors(list(uninstall_findings(testbed, candidate, module))),
        }
    with (
        testbed.clone(testbed.full_template(candidate)) as clone,
        candidate.agent.session(clone.database, http=False) as session,
    ):
        for module in ("good", "bad"):
            views = view_findings(candidate.graph, session.validate_views([module]))
            translations = translation_findings(candidate.graph, session.check_translations([module]))
            told[module] |= {"views": errors(views[0]), "translations": errors(translations[0])}
            assert views[1][0].value == 1
            assert translations[1][0].value == 1
    assert not any(told["good"].values()), told["good"]
    assert told["bad"] == {
        "alone": set(),
        "log": set(),  # no access rules, but production has none either
        "update": {"update-changes-data"},
        "uninstall": {"table-left"},
        "views": set(),
        "translations": {"translation-broken"},
    }
    assert "no-access-rules" in {finding.rule for finding in logs["bad"]}
