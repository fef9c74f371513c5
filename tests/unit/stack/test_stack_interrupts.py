from __future__ import annotations

import os
import signal

import pytest

from odoo_gate.stack.interrupts import interrupts_held, termination_as_interrupt


def interrupt(number: int = signal.SIGINT) -> None:
    os.kill(os.getpid(), number)


def interrupted_step(done: list[int], *, interrupts: int, fails: bool = False) -> None:
    """A protected step during which somebody presses Ctrl-C so many times."""
    with interrupts_held():
        for number in range(interrupts):
            interrupt()
            done.append(number)
        if fails:
            raise ValueError


def test_a_held_interrupt_comes_when_the_step_is_over() -> None:
    done: list[int] = []
    with pytest.raises(KeyboardInterrupt):
        interrupted_step(done, interrupts=1)
    assert done == [0]


def test_an_interrupt_beats_the_error_of_the_step_it_waited_for() -> None:
    with pytest.raises(KeyboardInterrupt):
        interrupted_step([], interrupts=1, fails=True)


def test_the_third_interrupt_is_not_held() -> None:
    done: list[int] = []
    with pytest.raises(KeyboardInterrupt):
        interrupted_step(done, interrupts=5)
    assert done == [0, 1]


def test_a_step_without_interrupts_just_ends() -> None:
    done: list[int] = []
    interrupted_step(done, interrupts=0)
    assert done == []


def test_handlers_are_as_before() -> None:
    before = signal.getsignal(signal.SIGINT), signal.getsignal(signal.SIGTERM)
    with termination_as_interrupt(), interrupts_held():
        pass
    assert (signal.getsignal(signal.SIGINT), signal.getsignal(signal.SIGTERM)) == before


def test_a_hangup_that_is_ignored_stays_so() -> None:
    """As `nohup` has it."""
    before = signal.signal(signal.SIGHUP, signal.SIG_IGN)
    try:
        with termination_as_interrupt(), interrupts_held():
            for _ in range(5):
                interrupt(signal.SIGHUP)
        assert signal.getsignal(signal.SIGHUP) is signal.SIG_IGN
    finally:
        signal.signal(signal.SIGHUP, before)


def test_terminate_is_an_interrupt_inside() -> None:
    with termination_as_interrupt(), pytest.raises(KeyboardInterrupt):
        interrupt(signal.SIGTERM)
