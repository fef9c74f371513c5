"""The process that holds a stack: one for each project, and what goes wrong is told to whoever started it."""

import json
import os
import subprocess
import sys

import pytest

from odoo_gate.errors import ExitCode, GateError
from odoo_gate.stack.standing import standing_lock, standings
from odoo_gate.workbench import Request, bring_up
from odoo_gate.workbench.holding import hold

NO_ENGINE = "tcp://127.0.0.1:1"


@pytest.fixture
def project(tmp_path, monkeypatch):
    monkeypatch.setenv("ODOO_GATE_CACHE", str(tmp_path / "cache"))
    monkeypatch.setenv("DOCKER_HOST", NO_ENGINE)
    root = tmp_path / "yard"
    (root / "addons").mkdir(parents=True)
    (root / "gate.toml").write_text('[project]\nname = "yard"\nseries = "19.0"\n')
    return root


def test_a_request_survives_the_way_to_its_process():
    request = Request("/yard", release="baseline", kept="k", about="load.peak", folder="/f")
    assert Request.from_json(request.to_json()) == request


@pytest.mark.parametrize(
    ("request_", "words"),
    [
        (Request("/"), "all modules of the candidate"),
        (Request("/", release="baseline", data=True), "all modules of the baseline, with production-like data"),
        (Request("/", kept="k", about="load.peak"), "the database kept of load.peak"),
    ],
    ids=["plain", "data", "kept"],
)
def test_a_request_says_what_it_holds(request_, words):
    assert request_.holds == words


def test_without_an_engine_it_ends_as_every_command_does_and_nothing_stands(project, tmp_path):
    with pytest.raises(GateError) as raised:
        bring_up(Request(str(project)), lambda _: None)
    assert raised.value.exit_code is ExitCode.INFRASTRUCTURE
    assert raised.value.hint
    assert list(standings(tmp_path / "cache")) == []


def test_two_that_come_up_at_once_are_not_two(project, tmp_path, capsys):
    with standing_lock(tmp_path / "cache", project):
        assert hold(Request(str(project), folder=str(tmp_path))) == ExitCode.USAGE
    told = json.loads(capsys.readouterr().out)
    assert "is coming up or going down" in told["error"]


def test_a_defect_of_its_own_is_told_with_its_traceback(tmp_path):
    broken = "from odoo_gate.workbench import holding; holding._hold = None; raise SystemExit(holding.hold(None))"
    done = subprocess.run(
        [sys.executable, "-c", broken], capture_output=True, text=True, check=False, env=dict(os.environ), cwd=tmp_path
    )
    assert done.returncode == 1
    assert "TypeError" in json.loads(done.stdout)["error"]
