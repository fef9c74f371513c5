"""What a probe may visit, how it judges what it saw, and what it tells machines."""

from __future__ import annotations

import json
from datetime import UTC, datetime

import pytest
from pydantic import ValidationError

from odoo_gate.errors import ExitCode, UsageError
from odoo_gate.probe import Answer, Conclusion, Journey, Observed, Reference, prometheus_text
from odoo_gate.probe.judgement import conclude, slow_journeys
from odoo_gate.probe.pages import assets_of, fields_of, inputs_of
from odoo_gate.probe.visitor import allowed_origin
from odoo_gate.settings import ProbeSettings

DEFAULT = ProbeSettings()


@pytest.mark.parametrize("url", ["http://127.0.0.1:8069", "http://localhost:8069/", "http://[::1]:8069"])
def test_loopback_is_allowed(url: str):
    assert allowed_origin(url, ()) == url.rstrip("/")


def test_another_machine_must_be_named_and_reached_by_tls():
    with pytest.raises(UsageError, match=r"may not go to erp\.example\.com"):
        allowed_origin("https://erp.example.com", ())
    assert allowed_origin("https://ERP.example.com", ("erp.example.com",)) == "https://ERP.example.com"
    with pytest.raises(UsageError, match="in the clear"):
        allowed_origin("http://erp.example.com", ("erp.example.com",))


@pytest.mark.parametrize(
    "url",
    ["ftp://127.0.0.1", "erp.example.com", "http://", "http://me:secret@127.0.0.1", "http://127.0.0.1.example.com"],
)
def test_what_is_no_address_of_a_server_is_refused(url: str):
    with pytest.raises(UsageError):
        allowed_origin(url, ())


@pytest.mark.parametrize("method", ["write", "create", "unlink", "action_post", "web_save", "web_read_group "])
def test_a_journey_can_only_read(method: str):
    with pytest.raises(ValidationError):
        ProbeSettings.model_validate({"journeys": [{"name": "a", "model": "res.partner", "method": method}]})


def test_two_journeys_cannot_share_a_name():
    each = {"name": "a", "model": "res.partner"}
    with pytest.raises(ValidationError, match="more than once"):
        ProbeSettings.model_validate({"journeys": [each, each]})


def journey(median: float | None, reference: float | None = None, failed: int = 0) -> Journey:
    figure = None if reference is None else Reference("contracts.latency:x", reference)
    return Journey("orders", 3, failed, median, figure)


@pytest.mark.parametrize(
    ("median", "reference", "rules"),
    [
        (0.9, 0.01, []),  # nobody notices
        (1.4, 0.5, ["slow"]),
        (1.2, 0.5, []),
        (4.1, 0.5, ["far-too-slow"]),
        (4.9, None, []),
        (5.1, None, ["slow"]),
        (20.1, None, ["far-too-slow"]),
        (None, 0.5, []),
    ],
)
def test_slow_is_against_the_signed_figure_or_else_in_seconds(median, reference, rules):
    assert [each.rule for each in slow_journeys([journey(median, reference)], DEFAULT)] == rules


def test_the_answer_is_the_worst_of_what_was_seen():
    measured = [journey(0.1)]
    assert conclude(measured, [], DEFAULT)[0] is Answer.FINE
    late, down = Observed("cron-overdue", "late", "crons"), Observed("not-answering", "down", "sign-in")
    assert conclude(measured, [late], DEFAULT)[0] is Answer.INVESTIGATE
    answer, judged = conclude(measured, [late, down], DEFAULT)
    assert answer is Answer.ROLL_BACK
    assert [each.answer for each in judged] == [Answer.INVESTIGATE, Answer.ROLL_BACK]
    own = ProbeSettings.model_validate({"roll_back": ["cron-overdue"]})
    assert conclude(measured, [down], own)[0] is Answer.INVESTIGATE
    assert conclude(measured, [late], own)[0] is Answer.ROLL_BACK


def test_nothing_measured_is_never_fine():
    assert conclude([], [], DEFAULT)[0] is Answer.INVESTIGATE
    assert conclude([journey(None)], [], DEFAULT)[0] is Answer.INVESTIGATE


def test_exit_codes_are_those_of_the_gate():
    assert [answer.exit_code for answer in Answer] == [ExitCode.GO, ExitCode.INCONCLUSIVE, ExitCode.NO_GO]


def test_prometheus_text_has_every_series_once():
    observed = [Observed("refused", 'said "no"', "app-a"), Observed("refused", "again", "app-a")]
    answer, judged = conclude([journey(0.25, 0.5)], observed, DEFAULT)
    now = datetime(2026, 11, 22, tzinfo=UTC)
    conclusion = Conclusion(
        'http://a"b', "r1", "production", "GO", now, now, 7, answer, (journey(0.25, 0.5),), judged, ("series",), ()
    )
    text = prometheus_text(conclusion)
    place = 'url="http://a\\"b",environment="production"'
    assert f"odoo_gate_probe_outcome{{{place}}} 1\n" in text
    assert f'odoo_gate_probe_journey_seconds{{{place},journey="orders"}} 0.25' in text
    assert f'odoo_gate_probe_findings{{{place},rule="refused",journey="app-a",answer="investigate"}} 2.0' in text
    series = [line.rpartition(" ")[0] for line in text.splitlines() if not line.startswith("#")]
    assert len(series) == len(set(series))
    document = json.loads(conclusion.to_json())
    assert (document["answer"], document["exit"], document["version"]) == ("investigate", 3, 1)


def test_pages_give_their_inputs_assets_and_fields():
    page = '<form><input name="csrf_token" value="t"/><script src="/web/assets/1/a.js"></script>'
    page += '<link href="/web/assets/1/a.css"/><script src="/web/assets/1/a.js"></script><script src="https://x/y.js">'
    assert inputs_of(page) == {"csrf_token": "t"}
    assert assets_of(page) == ["/web/assets/1/a.js", "/web/assets/1/a.css"]
    view = '<list><field name="a"/><field name="b"><list><field name="c"/></list></field><field name="a"/></list>'
    assert fields_of(view) == ["a", "b"]
