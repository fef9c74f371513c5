"""Where an exception in code must stand to be one."""

from __future__ import annotations

import pytest

from odoo_gate.addons import Selection, load_graph
from odoo_gate.model import Severity
from odoo_gate.security.code import analyse

EXECUTE = "self.env.cr.execute(\n            \"SELECT id FROM thing WHERE name = '%s'\"\n            % name\n        )"
MARK = "# odoo-gate: ignore[sql-built-from-strings] the names come from our own list"
HEAD = "from odoo import models\n\n\nclass Thing(models.Model):\n    _inherit = 'thing'\n\n    def find(self, name):\n"
INSIDE = EXECUTE.replace("% name", f"% name  {MARK}")


def seen(root, body):
    addon = root / "addons" / "thing"
    addon.mkdir(parents=True)
    (addon / "__manifest__.py").write_text("{'name': 'Thing', 'version': '19.0.1.0.0'}")
    (addon / "__init__.py").write_text(f"{HEAD}{body}\n")
    graph = load_graph([root / "addons"], None, Selection(root=root, series="19.0"))
    return {each.finding.rule: each.finding for each in analyse(graph).sightings}


@pytest.mark.parametrize(
    "body",
    [
        f"        {MARK}\n        {EXECUTE}",
        f"        {EXECUTE}  {MARK}",
        f"        {INSIDE}",
    ],
    ids=["above", "behind", "inside"],
)
def test_an_exception_with_a_reason_makes_a_note_that_tells_it(body, tmp_path):
    (finding,) = seen(tmp_path, body).values()
    assert finding.severity is Severity.NOTE
    assert finding.message.endswith("(accepted: the names come from our own list)")


def test_an_exception_for_another_rule_changes_nothing(tmp_path):
    found = seen(tmp_path, f"        {MARK.replace('sql-built-from-strings', 'code-from-data')}\n        {EXECUTE}")
    assert found["sql-built-from-strings"].severity is Severity.ERROR
    assert found["suppression-unused"].severity is Severity.WARNING


def test_an_exception_two_lines_above_is_none(tmp_path):
    found = seen(tmp_path, f"        {MARK}\n\n\n        {EXECUTE}")
    assert found["sql-built-from-strings"].severity is Severity.ERROR


def test_the_words_in_a_string_are_no_exception(tmp_path):
    found = seen(tmp_path, f"        text = '{MARK}'\n        {EXECUTE}")
    assert list(found) == ["sql-built-from-strings"]
    assert found["sql-built-from-strings"].severity is Severity.ERROR
