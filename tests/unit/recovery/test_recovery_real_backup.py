from __future__ import annotations

from types import SimpleNamespace

import pytest
from typer.testing import CliRunner

from odoo_gate.cli.app import app
from odoo_gate.cli.recovery import _print
from odoo_gate.model import Finding, Metric, Severity
from odoo_gate.recovery import DatabaseFacts, Verified
from odoo_gate.recovery.journeys import Step
from odoo_gate.recovery.real_backup import fitting_findings

ALL = ("backup", "restore", "attachments", "invariants", "journeys")
FACTS = DatabaseFacts("devries", "u", "19.0", {"base": "19.0.1.3", "jobs": "19.0.1.0.0"}, {"a": 1}, {})


def release(*modules):
    return SimpleNamespace(name="baseline", graph=SimpleNamespace(addons=dict.fromkeys(modules)))


def test_a_backup_is_sound_when_every_question_was_asked_and_none_found_an_error():
    assert Verified(dict.fromkeys(ALL, ())).is_sound


@pytest.mark.parametrize("left_out", ALL)
def test_a_question_that_was_not_asked_is_no_pass(left_out):
    assert not Verified({name: () for name in ALL if name != left_out}).is_sound


def test_a_warning_does_not_fail_and_an_error_does():
    warning = Finding("backup-too-old", "old", Severity.WARNING)
    assert Verified(dict.fromkeys(ALL, (warning,))).is_sound
    assert not Verified({**dict.fromkeys(ALL, ()), "restore": (Finding("rows-differ", "rows"),)}).is_sound


def test_nothing_asked_is_not_sound():
    assert not Verified().is_sound


def test_a_database_the_release_cannot_serve_is_told():
    assert not list(fitting_findings(FACTS, release("base", "jobs"), "19.0"))
    (unknown,) = fitting_findings(FACTS, release("base"), "19.0")
    assert unknown.rule == "unknown-modules"
    assert "jobs" in unknown.message
    (series,) = fitting_findings(FACTS, release("base", "jobs"), "18.0")
    assert series.rule == "another-series"


def test_what_is_printed_says_what_was_not_asked_and_names_few_of_many(capsys):
    errors = tuple(Finding("files", f"file {number}", remedy="look") for number in range(20))
    _print(Verified({"backup": errors, "restore": ()}, [Metric("rows", 5, "1")], (Step("log in", 0.5),)))
    printed = capsys.readouterr().out
    assert "FAILED    the backup as it lies there" in printed
    assert "ok        restored whole" in printed
    assert "not asked people can work" in printed
    assert "and 14 more" in printed
    assert "log in" in printed


def test_a_file_that_is_not_there_is_a_usage_error(tmp_path):
    result = CliRunner().invoke(app, ["recovery", "verify-backup", str(tmp_path / "none.zip")])
    assert result.exit_code == 2
    assert "does not exist" in result.output
