"""Ctrl-C and SIGTERM: never in the middle of a step that would leave something nobody knows of."""

from __future__ import annotations

import signal
import threading
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from types import FrameType

_PATIENCE = 3
"""That many interrupts during a protected step end it at once: the person insists."""


@contextmanager
def signals_to(handler: Callable[[int, FrameType | None], None], numbers: Iterable[signal.Signals]) -> Iterator[None]:
    """Inside, `handler` gets these signals. Does nothing outside the main thread, where Python has no say over them."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = {number: signal.signal(number, handler) for number in numbers}
    try:
        yield
    finally:
        for number, former in before.items():
            signal.signal(number, former if former is not None else signal.SIG_DFL)


def not_ignored(*numbers: signal.Signals) -> list[signal.Signals]:
    """Those of `numbers` that this process was not told to ignore, as `&` in a script and `nohup` do."""
    return [number for number in numbers if signal.getsignal(number) is not signal.SIG_IGN]


@contextmanager
def termination_as_interrupt() -> Iterator[None]:
    """Inside, SIGTERM and SIGHUP raise KeyboardInterrupt as Ctrl-C does, so that clean-up runs for all three.

    A SIGHUP that is ignored stays so: `nohup` means a run to outlive its terminal. As `signals_to`, does nothing
    outside the main thread.
    """
    with signals_to(_interrupt, [signal.SIGTERM, *not_ignored(signal.SIGHUP)]):
        yield


@contextmanager
def interrupts_held() -> Iterator[None]:
    """Inside, an interrupt waits until the step is over and is raised then.

    A container that Docker makes while the request for it is being abandoned would escape the clean-up, and a
    clean-up that is itself interrupted leaves the rest behind. The third interrupt is not held.
    """
    held: list[int] = []

    def hold(number: int, _: FrameType | None) -> None:
        held.append(number)
        if len(held) >= _PATIENCE:
            raise KeyboardInterrupt

    try:
        with signals_to(hold, not_ignored(signal.SIGINT, signal.SIGTERM, signal.SIGHUP)):
            yield
    finally:
        if held:
            signal.raise_signal(held[0])


def _interrupt(_: int, __: FrameType | None) -> None:
    raise KeyboardInterrupt
