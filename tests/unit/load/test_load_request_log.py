"""What Odoo logs of a request, in the words of several series."""

from __future__ import annotations

from odoo_gate.load.request_log import read_requests, retries

CALL = (
    '2026-11-22 06:00:01,250 25 INFO c_1 werkzeug: 172.17.0.1 - - [22/Nov/2026 06:00:01] "POST'
    ' /web/dataset/call_kw/account.move/create?odoo-gate-call=2-7 HTTP/1.1" 200 - 82 0.120 0.300'
)
MARKED = CALL.replace("/create?odoo-gate-call=2-7", "/create?x=1#account.move.create")
REPLICA = f"{CALL} rw"
RPC = CALL.replace("/web/dataset/call_kw/account.move/create?odoo-gate-call=2-7", "/jsonrpc")
ASSET = CALL.replace(" 82 0.120 0.300", " - - -")
RETRY = (
    "2026-11-22 06:00:02,000 25 INFO c_1 odoo.service.model: SERIALIZATION_FAILURE, 4 tries left, try again in 0.1 sec"
)


def test_a_call_is_read_whole():
    (request,) = read_requests([CALL])
    assert (request.queries, request.sql, request.python) == (82, 0.120, 0.300)
    assert (request.method, request.status, request.worker) == ("account.move.create", 200, 25)
    assert request.path.endswith("?odoo-gate-call=2-7")
    assert request.ended == 1795327201.25


def test_the_method_that_odoo_appends_is_taken():
    (request,) = read_requests([MARKED])
    assert request.method == "account.move.create"
    assert request.path.endswith("?x=1")


def test_the_cursor_mode_at_the_end_changes_nothing():
    assert read_requests([REPLICA]) == read_requests([CALL])


def test_a_path_without_a_method_has_none():
    assert read_requests([RPC])[0].method == ""


def test_what_touched_no_database_is_left_out():
    assert read_requests([ASSET, RETRY, "", "Traceback (most recent call last):"]) == ()


def test_retries_are_counted():
    assert retries([CALL, RETRY, RETRY]) == 2
