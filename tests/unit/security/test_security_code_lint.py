"""A linter that did not look is never taken for one that found nothing."""

from __future__ import annotations

import json

import pytest

from odoo_gate.addons import Selection, load_graph
from odoo_gate.model import Finding, Place, Severity
from odoo_gate.process import Completed
from odoo_gate.security.code import compared, lint_bandit, lint_pylint
from odoo_gate.security.code.lint import failure
from odoo_gate.security.code.rule import Sighting

NOTHING_LINTED = json.dumps({"messages": [], "statistics": {"modulesLinted": 0}})
NOTHING_READ = json.dumps({"errors": [], "metrics": {"_totals": {}}, "results": []})


@pytest.fixture
def graph(tmp_path):
    addon = tmp_path / "addons" / "thing"
    addon.mkdir(parents=True)
    (addon / "__manifest__.py").write_text("{'name': 'Thing', 'version': '19.0.1.0.0'}")
    (addon / "__init__.py").write_text("")
    return load_graph([tmp_path / "addons"], None, Selection(root=tmp_path, series="19.0"))


@pytest.mark.parametrize(
    ("module", "linter", "answer"),
    [
        (lint_bandit, "bandit", Completed(2, "", "Traceback: broken")),
        (lint_bandit, "bandit", Completed(0, "", "")),
        (lint_bandit, "bandit", Completed(0, NOTHING_READ, "")),
        (lint_pylint, "pylint_odoo", Completed(32, "", "usage: pylint")),
        (lint_pylint, "pylint_odoo", Completed(1, NOTHING_LINTED, "")),
        (lint_pylint, "pylint_odoo", Completed(0, NOTHING_LINTED, "")),
    ],
)
def test_a_linter_that_did_not_look_is_an_error(module, linter, answer, graph, monkeypatch):
    monkeypatch.setattr(module, "run", lambda *_, **__: answer)
    said = getattr(module, linter)(graph)
    assert {(each.finding.rule, each.finding.severity) for each in said.sightings} == {("not-linted", Severity.ERROR)}
    assert said.files == 0


def test_not_looked_at_in_the_baseline_either_is_still_an_error():
    crash = failure("bandit", "ended with status 2")
    assert [each.severity for each in compared([crash], [crash])] == [Severity.ERROR]


def test_the_second_of_a_kind_is_new():
    def hole(line: int) -> Sighting:
        finding = Finding("sql-injection", "the same", Severity.ERROR, Place("a.py", line), "mend it")
        return Sighting("thing", finding, line, line)

    found = compared([hole(1), hole(9)], [hole(5)])
    assert [each.severity for each in found] == [Severity.WARNING, Severity.ERROR]
