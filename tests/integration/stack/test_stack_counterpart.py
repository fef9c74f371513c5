"""The counterpart with real sockets on 127.0.0.1: the program that runs in a container, started here."""

from __future__ import annotations

import json
import os
import subprocess
import sys

import pytest
import requests

from odoo_gate.errors import StackError
from odoo_gate.stack.counterpart import Counterpart, HttpAnswer
from odoo_gate.stack.programs import Control, Program

TOKEN = "test-token"
TAKEN = HttpAnswer(201, {"Content-Type": "application/json"}, '{"reference": "SP-1"}', commits=True)
SECONDS = 5


@pytest.fixture(scope="module")
def started():
    given = {"host": "127.0.0.1", "control_port": 0, "port": 0, "token": TOKEN}
    process = subprocess.Popen(
        [sys.executable, "-m", "odoo_gate.stack.inside.counterpart"],
        env={**os.environ, "ODOO_GATE_INSIDE": json.dumps(given)},
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
    )
    yield json.loads(process.stdout.readline())
    process.kill()
    process.wait()
    process.stdout.close()


@pytest.fixture
def counterpart(started):
    url = f"http://127.0.0.1:{started['control']}"
    counterpart = Counterpart(Program(None, Control(url, url, TOKEN)), f"127.0.0.1:{started['port']}")
    counterpart.reset()
    return counterpart


def post(counterpart, path="/orders?dry=1", body=b'{"order": "P1"}'):
    with requests.Session() as session:
        session.trust_env = False
        return session.post(
            f"http://{counterpart.upstream}{path}", data=body, headers={"Idempotency-Key": "k"}, timeout=SECONDS
        )


def test_it_answers_as_planned_and_keeps_what_it_heard(counterpart):
    counterpart.plan(TAKEN, [HttpAnswer(429, {"Retry-After": "7"})])
    busy, taken = post(counterpart), post(counterpart)
    assert (busy.status_code, busy.headers["Retry-After"]) == (429, "7")
    assert taken.json() == {"reference": "SP-1"}
    first, second = counterpart.heard()
    assert (first.method, first.path, first.query, first.body) == ("POST", "/orders", "dry=1", b'{"order": "P1"}')
    assert first.header("idempotency-key") == "k"
    assert [(each.status, each.commits) for each in (first, second)] == [(429, False), (201, True)]


def test_half_an_answer_breaks_off(counterpart):
    counterpart.plan(HttpAnswer(201, {}, "x" * 100, manner="half", commits=True))
    with pytest.raises(requests.exceptions.ChunkedEncodingError):
        post(counterpart)
    assert counterpart.heard()[0].commits


def test_a_reset_comes_after_the_request_was_heard(counterpart):
    counterpart.plan(HttpAnswer(manner="reset", commits=True))
    with pytest.raises(requests.ConnectionError, match="reset"):
        post(counterpart)
    assert counterpart.heard()[0].body == b'{"order": "P1"}'


def test_chunked_bodies_are_heard_whole(counterpart):
    counterpart.plan(TAKEN)
    assert post(counterpart, body=iter([b"one", b"two"])).status_code == 201
    assert counterpart.heard()[0].body == b"onetwo"


def test_what_was_not_planned_is_not_taken(counterpart):
    assert post(counterpart).status_code == 501
    assert not counterpart.heard()[0].commits


def test_what_is_no_answer_is_refused(counterpart):
    with pytest.raises(StackError, match="400"):
        counterpart.plan(HttpAnswer(manner="shout"))
