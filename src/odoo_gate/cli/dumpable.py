"""This process's environment and memory, kept from other programs of its user: the tests of a release are such."""

from __future__ import annotations

import contextlib
import sys

_PR_SET_DUMPABLE = 4
"""Of linux/prctl.h; see https://man7.org/linux/man-pages/man2/PR_SET_DUMPABLE.2const.html"""


def hide_from_own_user() -> None:
    """Make this process non-dumpable: to others, `/proc/<pid>/environ` and `ptrace` are then for root alone.

    Programs that it starts are dumpable again. It is one lock more, not the one to rely on, and so nothing happens
    where there is none: on another system, or in a Python that was built without ctypes.
    """
    if sys.platform != "linux":
        return
    with contextlib.suppress(ImportError):
        import ctypes

        ctypes.CDLL(None).prctl(_PR_SET_DUMPABLE, *(ctypes.c_ulong(0) for _ in range(4)))
