"""What a person sees while a command works, and what a machine does not."""

import io
import re
import signal
import sys

import pytest
from rich.console import Console

from odoo_gate.cli import output, progress
from odoo_gate.cli.child import running
from odoo_gate.cli.durations import Durations
from odoo_gate.cli.following import LineCount, follow
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


def program(code, tmp_path, **options):
    return running([sys.executable, "-uc", code], cwd=tmp_path, piped=True, **options)


def test_a_followed_program_is_shown_kept_and_its_status_told(tmp_path):
    show, log = Lines(), tmp_path / "logs" / "a.log"
    with program("print('one'); print(b'\\xff'); raise SystemExit(3)", tmp_path) as child:
        assert follow(child, log, show, lambda: 0) == 3
    assert (show.lines[0], child.interrupted) == ("one", False)
    assert log.read_bytes().startswith(b"one\n")


CLEANS_UP = """
import signal, sys, time
def end(*_):
    print("cleaned up")
    sys.exit(2)
signal.signal(signal.SIGINT, signal.SIG_IGN)
signal.signal(signal.SIGTERM, end)
print("ready")
time.sleep(60)
"""
"""As a pytest session that was started by a script with `&`."""


class InterruptedOnceReady(Lines):
    def __init__(self, number):
        super().__init__()
        self._numbers = iter([number])

    def tick(self, done):  # noqa: ARG002
        if "ready" in self.lines:
            for number in self._numbers:
                signal.raise_signal(number)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP], ids=lambda each: each.name)
def test_an_interrupted_program_is_told_and_waited_for(tmp_path, number):
    show = InterruptedOnceReady(number)
    with program(CLEANS_UP, tmp_path) as child:
        assert follow(child, tmp_path / "a.log", show, lambda: 0) == 2
    assert child.interrupted
    assert show.lines == ["ready", "cleaned up"]


def test_what_this_process_was_told_to_ignore_it_does_not_hear(tmp_path):
    """As `nohup` has it: the terminal closes, the run goes on."""
    before = signal.signal(signal.SIGHUP, signal.SIG_IGN)
    try:
        with program("print('ready'); import time; time.sleep(1)", tmp_path) as child:
            assert follow(child, tmp_path / "a.log", InterruptedOnceReady(signal.SIGHUP), lambda: 0) == 0
        assert signal.getsignal(signal.SIGHUP) is signal.SIG_IGN
    finally:
        signal.signal(signal.SIGHUP, before)
    assert not child.interrupted


def test_a_program_that_does_not_end_is_killed_with_all_it_started(tmp_path):
    """Its own program writes into the same pipe: it would be read as long as one that survived may speak."""
    deaf = (
        "import signal, subprocess, sys, time; signal.signal(signal.SIGTERM, signal.SIG_IGN);"
        "late = 'import time; time.sleep(3); print(1)'; subprocess.Popen([sys.executable, '-c', late]);"
        "print('ready'); time.sleep(600)"
    )
    with program(deaf, tmp_path, patience=0.5) as child:
        status = follow(child, tmp_path / "a.log", InterruptedOnceReady(signal.SIGTERM), lambda: 0)
    assert (status, child.interrupted) == (-signal.SIGKILL, True)
    assert (tmp_path / "a.log").read_text() == "ready\n"


def test_whoever_leaves_a_program_ends_it(tmp_path):
    with pytest.raises(ZeroDivisionError), program(CLEANS_UP, tmp_path) as child:  # noqa: PT012
        assert child.process.stdout.readline() == b"ready\n"
        raise ZeroDivisionError
    assert child.process.returncode == 2


def test_a_program_that_nobody_watches_any_more_goes_on(tmp_path):
    """`odoo-gate run | head`, or a terminal that was closed: a full pipe would stop it."""

    class Closed(Lines):
        def line(self, line):  # noqa: ARG002
            raise BrokenPipeError

    with program("for number in range(20000): print(number)", tmp_path) as child:
        assert follow(child, tmp_path / "a.log", Closed(), lambda: 0) == 0
    assert (tmp_path / "a.log").read_text().endswith("\n19999\n")


def test_lines_are_counted_as_they_come(tmp_path):
    path = tmp_path / "evidence.jsonl"
    path.write_text("a\nb")
    count = LineCount(path)
    assert count() == 1
    with path.open("a") as file:
        file.write("\nc\n")
    assert [count(), count()] == [3, 3]
