"""Which lines of an install log count against a module."""

from __future__ import annotations

from pathlib import Path

import pytest

from odoo_gate.addons import AddonGraph, Selection, load_graph
from odoo_gate.model import Severity
from odoo_gate.modules.install import judged_log
from odoo_gate.odoo.agent_client import LogRecord


def line(message: str, *, level: str = "WARNING", logger: str = "odoo.modules.loading", file: str = "") -> LogRecord:
    number = {"WARNING": 30, "ERROR": 40, "CRITICAL": 50}[level]
    return LogRecord(level, number, logger, message, file, 7, 0.0)


@pytest.fixture
def graph(tmp_path: Path) -> AddonGraph:
    folder = tmp_path / "addons/ours"
    folder.mkdir(parents=True)
    (folder / "__manifest__.py").write_text("{'name': 'ours', 'version': '1.0'}")
    return load_graph([tmp_path / "addons"], None, Selection(root=tmp_path, series="19.0"))


def judged(graph, log, before=()):
    return [(f.rule, f.severity) for f in judged_log(graph, "ours", log, lambda: before)]


def test_a_clean_log_asks_nothing_of_the_baseline(graph):
    def never():
        raise AssertionError("not needed")

    assert list(judged_log(graph, "ours", [], never)) == []


@pytest.mark.parametrize("level", ["ERROR", "CRITICAL"])
def test_errors_fail_even_when_the_baseline_has_them(graph, level):
    log = [line("boom", level=level)]
    assert judged(graph, log, log) == [("error-in-log", Severity.ERROR)]


@pytest.mark.parametrize(
    ("message", "logger", "rule"),
    [
        ("The models ['ours.thing'] have no access rules in module ours", "odoo.modules.loading", "no-access-rules"),
        ("The model ours.thing has no access rules, consider adding one", "odoo.modules.loading", "no-access-rules"),
        ("x.py:3: DeprecationWarning: read_group is deprecated", "py.warnings", "deprecation"),
        ("unknown parameter 'states'", "odoo.fields", "warning"),
    ],
)
def test_warnings_count_when_they_are_new(graph, message, logger, rule):
    now = [line(message, logger=logger)]
    new, old = judged(graph, now), judged(graph, now, now)
    assert new == [(rule, Severity.WARNING if rule == "warning" else Severity.ERROR)]
    assert old == [(rule, Severity.WARNING)]


def test_numbers_and_addresses_do_not_make_a_line_new(graph):
    now = [line("x.py:42: DeprecationWarning at 0x7fe1", logger="py.warnings")]
    before = [line("x.py:17: DeprecationWarning at 0xabc0", logger="py.warnings")]
    assert judged(graph, now, before) == [("deprecation", Severity.WARNING)]


def test_a_repeated_line_is_told_once(graph):
    assert len(judged(graph, [line("boom", level="ERROR")] * 5)) == 1


def test_the_place_is_the_projects_own_file(graph):
    log = [line("boom", level="ERROR", file="/mnt/odoo-gate/addons/0/ours/models/thing.py")]
    (finding,) = judged_log(graph, "ours", log, list)
    assert str(finding.place) == "addons/ours/models/thing.py:7"


def test_files_of_the_image_have_no_place(graph):
    log = [line("boom", level="ERROR", file="/usr/lib/python3/dist-packages/odoo/models.py")]
    (finding,) = judged_log(graph, "ours", log, list)
    assert finding.place is None
