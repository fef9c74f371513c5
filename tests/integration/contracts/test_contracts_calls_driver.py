"""The driver with the real counterpart and the real proxy on 127.0.0.1; only Odoo is a stand-in, one dictionary."""

from __future__ import annotations

import importlib.util
import json
import os
import subprocess
import sys
from contextlib import contextmanager
from types import SimpleNamespace

import pytest

from odoo_gate.contracts.calls import call_findings, fault_findings, recorded
from odoo_gate.contracts.calls.matching import mismatches
from odoo_gate.contracts.calls.pacts import read_pact
from odoo_gate.contracts.calls.play import DRIVER
from odoo_gate.contracts.calls.plays import Play, Played
from odoo_gate.contracts.calls.scenarios import scenarios_of
from odoo_gate.settings.contracts import CallContract

TOKEN = "test-token"
PACT = {
    "consumer": {"name": "odoo"},
    "provider": {"name": "portal"},
    "interactions": [
        {
            "description": "an order is placed",
            "request": {
                "method": "POST",
                "path": "/orders",
                "headers": {"Content-Type": "application/json"},
                "body": {"order": "A1", "total": 1.5},
                "matchingRules": {"body": {"$.order": {"matchers": [{"match": "type"}]}}},
            },
            "response": {"status": 201, "body": {"reference": "R1"}},
        }
    ],
    "metadata": {"pactSpecification": {"version": "3.0.0"}},
}
SCRIPT = """
import uuid
import requests

def prepare(env, say, interaction):
    key = "A" + uuid.uuid4().hex
    env.orders[key] = ["pending", False]
    return key

def send(env, say, key):
    with requests.Session() as session:
        session.trust_env = False
        answer = session.post(
            env.parameters["portal"] + "/orders", json={"order": key, "total": 1.5}, timeout=TIMEOUT,
            headers={"Idempotency-Key": KEY},
        )
    if answer.status_code == 422:
        env.orders[key] = ["failed", True]
        return
    answer.raise_for_status()
    answer.json()["reference"]
    env.orders[key] = ["sent", False]
"""


class Cursor:
    def __init__(self, orders):
        self._orders = orders

    def execute(self, _sql, parameters):
        self._rows = [tuple(self._orders[parameters["key"]])]

    def fetchall(self):
        return self._rows

    def commit(self):
        """Nothing is held back."""


class Odoo:
    """As much of an environment as the driver uses."""

    def __init__(self):
        self.orders = {}
        self.parameters = {}
        self.registry = self

    def __call__(self, cr):
        self.cr = cr
        return self

    def __getitem__(self, model):
        assert model == "ir.config_parameter"
        return SimpleNamespace(sudo=lambda: SimpleNamespace(set_param=self.parameters.__setitem__))

    @contextmanager
    def cursor(self):
        yield Cursor(self.orders)


def start(module, settings):
    given = {"host": "127.0.0.1", "control_port": 0, "token": TOKEN, **settings}
    process = subprocess.Popen(
        [sys.executable, "-m", f"odoo_gate.stack.inside.{module}"],
        env={**os.environ, "ODOO_GATE_INSIDE": json.dumps(given)},
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
    )
    return process, json.loads(process.stdout.readline())


@pytest.fixture(scope="module")
def ports():
    counterpart, heard = start("counterpart", {"port": 0})
    upstream = {"counterpart": {"listen": 0, "upstream": f"127.0.0.1:{heard['port']}"}}
    proxy, directed = start("fault_proxy", {"proxies": upstream})
    yield {"counterpart": heard["control"], "control": directed["control"], "proxy": directed["proxies"]["counterpart"]}
    for process in (counterpart, proxy):
        process.kill()
        process.wait()
        process.stdout.close()


@pytest.fixture(scope="module")
def driver():
    spec = importlib.util.spec_from_file_location("calls_driver", DRIVER)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture
def played(ports, driver, tmp_path):
    def play(*, key="key", timeout="1", script=SCRIPT, **wanted):
        path = tmp_path / "orders.pact.json"
        path.write_text(json.dumps(PACT))
        contract = CallContract.model_validate(
            {
                "name": "portal",
                "pact": path.name,
                "script": "portal.py",
                "business_key": "$.order",
                "idempotency_header": "Idempotency-Key",
                "outcome": "SELECT",
                "delivered": ["sent"],
                "attempts": 2,
                "budget_seconds": 2,
                "lasting": [],
                **wanted,
            }
        )
        pact = read_pact(path, path.name)
        scenarios = [each for one in pact.interactions for each in scenarios_of(contract, one)]
        plan = {
            "name": "portal",
            "source": script.replace("TIMEOUT", timeout).replace("KEY", key),
            "parameter": "portal",
            "parameters": {},
            "url": f"http://127.0.0.1:{ports['proxy']}",
            "proxy": "counterpart",
            "proxy_control": {"url": f"http://127.0.0.1:{ports['control']}", "token": TOKEN},
            "counterpart_control": {"url": f"http://127.0.0.1:{ports['counterpart']}", "token": TOKEN},
            "outcome": contract.outcome,
            "delivered": list(contract.delivered),
            "attempts": contract.attempts,
            "budget": contract.budget_seconds,
            "scenarios": [scenario.plain() for scenario in scenarios],
        }
        answered = json.loads(json.dumps(driver.drive(Odoo(), print, plan)))
        return Played(contract, pact, tuple(map(Play.from_json, scenarios, answered)))

    return play


def rules(findings):
    return {finding.rule for finding in findings}


def test_a_call_that_repeats_itself_well_passes_every_fault(played):
    result = played(key="key")
    assert len(result.plays) == 12
    assert call_findings([result], None) == []
    assert fault_findings([result], None) == []
    by_fault = {play.scenario.fault: play for play in result.plays}
    assert [request.status for request in by_fault["status-429"].heard] == [429, 201]
    assert [request.manner for request in by_fault["reset-after-commit"].heard] == ["reset", "whole"]
    assert [request.manner for request in by_fault["half-answer"].heard] == ["half", "whole"]
    assert by_fault["latency"].steps[0].seconds >= 1
    assert by_fault["down"].steps[0].error.startswith("ConnectionError")


def test_a_new_key_each_time_is_a_duplicate(played):
    result = played(key="uuid.uuid4().hex", faults=["reset-after-commit"])
    assert rules(fault_findings([result], None)) == {"duplicated"}


def test_no_timeout_is_found_and_freed(played):
    result = played(timeout="None", faults=["timeout"])
    assert rules(fault_findings([result], None)) == {"hangs"}
    assert result.plays[-1].steps[0].seconds < 4


def test_what_lasts_and_is_told_to_nobody_is_silent(played):
    result = played(faults=["latency"], lasting=["down", "refused"])
    found = fault_findings([result], None)
    assert rules(found) == {"failed-silently"}
    assert ["down" in finding.message for finding in found] == [True]


def test_the_baselines_own_flaws_do_not_fail_the_release(played):
    result = played(key="uuid.uuid4().hex", faults=["reset-after-commit"])
    (finding,) = fault_findings([result], [result])
    assert finding.severity == "warning"
    assert finding.message.endswith("(already in the baseline)")


def test_nothing_declared_is_a_finding():
    assert rules(call_findings([], None)) == rules(fault_findings([], None)) == {"no-calls"}


def test_what_was_exchanged_is_a_pact_that_matches_itself(played, tmp_path):
    result = played(faults=["latency"])
    path = tmp_path / "recorded.pact.json"
    path.write_text(json.dumps(recorded(result)))
    pact = read_pact(path, path.name)
    heard = [request for play in result.plays for request in play.heard]
    assert len(pact.interactions) == len(heard) >= 2
    assert mismatches(pact.interactions[0], heard[0]) == ()
    assert mismatches(pact.interactions[0], heard[-1])
