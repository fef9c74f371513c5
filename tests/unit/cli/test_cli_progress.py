"""What a person sees while a command works, and what a machine does not."""

import io
import re
import subprocess
import sys

import pytest
from rich.console import Console

from odoo_gate.cli import output, progress
from odoo_gate.cli.durations import Durations
from odoo_gate.cli.following import Interrupted, LineCount, follow
from odoo_gate.cli.progress import LiveShow, Manner, PlainShow, Show, about, manner_of

PHASE = progress.Phase("tests", "modules, tests", 1, 3, 300.0)


class Terminal(io.StringIO):
    def isatty(self):
        return True


@pytest.mark.parametrize(
    ("env", "plain", "coloured"),
    [({}, False, True), ({"NO_COLOR": "1"}, False, False), ({"TERM": "dumb"}, False, False), ({}, True, False)],
    ids=["terminal", "no-color", "dumb", "plain"],
)
def test_colours_are_off_when_they_should_be(monkeypatch, env, plain, coloured):
    monkeypatch.setattr(sys, "stderr", Terminal())
    assert output.colours(env, plain=plain) is coloured
    monkeypatch.setattr(sys, "stderr", io.StringIO())
    assert output.colours(env, plain=plain) is False


def test_only_a_person_at_a_terminal_gets_what_moves(monkeypatch):
    monkeypatch.setattr(sys, "stderr", Terminal())
    monkeypatch.setattr(sys, "stdout", Terminal())
    for name in ("NO_COLOR", "TERM"):
        monkeypatch.delenv(name, raising=False)
    assert manner_of(quiet=False, plain=False, as_json=False) is Manner.LIVE
    assert manner_of(quiet=False, plain=True, as_json=False) is Manner.PLAIN
    assert manner_of(quiet=False, plain=False, as_json=True) is Manner.PLAIN
    assert manner_of(quiet=True, plain=False, as_json=False) is Manner.QUIET
    monkeypatch.setattr(sys, "stdout", io.StringIO())
    assert manner_of(quiet=False, plain=False, as_json=False) is Manner.PLAIN


def test_plain_lines_of_the_gate_bear_the_time_and_pytests_do_not():
    stream = io.StringIO()
    show = PlainShow(stream)
    with show.phase(PHASE):
        show.line("odoo-gate: starting")
        show.line("1 passed")
    first, second, third = stream.getvalue().splitlines()
    assert re.fullmatch(r"\d\d:\d\d:\d\d odoo-gate: phase 1 of 3, tests: .*about 5 min by earlier runs", first)
    assert re.fullmatch(r"\d\d:\d\d:\d\d odoo-gate: starting", second)
    assert third == "1 passed"


def test_the_moving_line_says_phase_results_and_what_is_going_on():
    stream = io.StringIO()
    show = LiveShow(Console(file=stream, force_terminal=True, width=150))
    with show.phase(PHASE):
        show.tick(7)
        show.line("odoo-gate: rehearsing [the] migration")
        show.tick(7)
    assert "1/3 tests, 7 results: rehearsing [the] migration" in stream.getvalue()
    assert "left" in stream.getvalue()


@pytest.mark.parametrize(("seconds", "words"), [(0.2, "1 s"), (89, "89 s"), (300, "5 min"), (7200, "2.0 h")])
def test_durations_are_said_as_people_do(seconds, words):
    assert about(seconds) == words


def test_experience_is_the_median_of_the_last_runs(tmp_path):
    durations = Durations(tmp_path)
    assert durations.expected("tests") is None
    for seconds in (1000, 10, 20, 30, 40, 50):
        durations.add("tests", seconds)
    assert durations.expected("tests") == 30
    assert durations.expected("load") is None


def test_experience_that_cannot_be_read_is_none(tmp_path):
    (tmp_path / ".odoo-gate").mkdir()
    (tmp_path / ".odoo-gate" / "durations.json").write_text('{"tests": "soon"}')
    assert Durations(tmp_path).expected("tests") is None


class Lines(Show):
    def __init__(self, on_tick=lambda: None):
        self.lines = []
        self.on_tick = on_tick

    def line(self, line):
        self.lines.append(line)

    def tick(self, done):  # noqa: ARG002
        self.on_tick()


def program(code):
    return subprocess.Popen([sys.executable, "-uc", code], stdout=subprocess.PIPE, stderr=subprocess.STDOUT)


def test_a_followed_program_is_shown_kept_and_its_status_told(tmp_path):
    show, log = Lines(), tmp_path / "logs" / "a.log"
    with program("print('one'); print(b'\\xff'); raise SystemExit(3)") as process:
        assert follow(process, log, show, lambda: 0) == 3
    assert show.lines[0] == "one"
    assert log.read_bytes().startswith(b"one\n")


def test_an_interrupted_program_is_waited_for(tmp_path):
    """The terminal tells the program too; only the waiting is interrupted here."""
    interrupts = iter([KeyboardInterrupt])

    def interrupt():
        for each in interrupts:
            raise each

    show = Lines(interrupt)
    with program("import time; time.sleep(1.5); print('cleaned up')") as process, pytest.raises(Interrupted):
        follow(process, tmp_path / "a.log", show, lambda: 0)
    assert show.lines == ["cleaned up"]


def test_lines_are_counted_as_they_come(tmp_path):
    path = tmp_path / "evidence.jsonl"
    path.write_text("a\nb")
    count = LineCount(path)
    assert count() == 1
    with path.open("a") as file:
        file.write("\nc\n")
    assert [count(), count()] == [3, 3]
