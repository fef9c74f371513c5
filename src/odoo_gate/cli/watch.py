"""`odoo-gate watch`: what a saved file touches is asked again, on a stack that stays warm."""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Sequence
from pathlib import Path

from odoo_gate.addons import Touched, candidate_graph, touched
from odoo_gate.cli.child import running
from odoo_gate.cli.output import Plain, sayer
from odoo_gate.cli.projects import open_project
from odoo_gate.cli.saved_files import SavedFiles
from odoo_gate.cli.up import Project
from odoo_gate.errors import AddonsError, ExitCode, GateError
from odoo_gate.model import Say
from odoo_gate.settings import Settings
from odoo_gate.workbench import WarmTests

_TICK = 0.1
_QUIET_PYTEST = ("-q", "--no-header", "-p", "no:cacheprovider")


def watch(project: Project = None, plain: Plain = False) -> int:
    """Run, each time a file is saved, the static checks and the tests of the addons it touches. Ctrl-C ends it.

    A test file touches itself; every other file its addon, and what depends on that. Odoo stays loaded meanwhile.

    Examples: odoo-gate watch · odoo-gate watch --project examples/construction
    """
    settings = open_project(project)
    say = sayer(plain=plain)
    try:
        with SavedFiles(settings.addons_roots) as saved, WarmTests(settings, say) as warm:
            say("warming up")
            warm.address()
            say("ready: save a file of an addon, or end with Ctrl-C")
            while True:
                _answer(settings, saved.wait(), saved, warm, say)
    except KeyboardInterrupt:
        say("ended, nothing is left behind")
        return int(ExitCode.GO)


def _answer(settings: Settings, paths: Sequence[Path], saved: SavedFiles, warm: WarmTests, say: Say) -> None:
    """Ask what `paths` touch; give up when something else is saved meanwhile, for that is asked next."""
    try:
        found = touched(candidate_graph(settings, None), paths)
    except AddonsError as error:
        say(str(error))
        return
    if found is None:
        return
    say(f"{', '.join(found.changed)} changed, asking {', '.join(found.affected)}")
    started = time.monotonic()
    try:
        ended = all(_pytest(settings, each, saved) for each in _sessions(found, warm))
    except GateError as error:
        say(str(error))
        return
    say(f"{'done' if ended else 'left off, something else was saved'} in {time.monotonic() - started:.0f} s")
    if not ended:
        saved.again(paths)


def _sessions(found: Touched, warm: WarmTests) -> list[list[str]]:
    """What to give pytest, one after the other: the static checks at once, then the tests, where there are any."""
    static = ["--odoo-gate-families", "modules_static"]
    if not found.places:
        return [static]
    return [static, ["--odoo-gate-attach", str(warm.address()), *map(str, found.places)]]


def _pytest(settings: Settings, arguments: Sequence[str], saved: SavedFiles) -> bool:
    """Run it to its end, or until something is saved: False then."""
    command = [sys.executable, "-m", "pytest", "--rootdir", str(settings.root), *_QUIET_PYTEST, *arguments]
    left_off = False
    no_byte_code = os.environ | {"PYTHONDONTWRITEBYTECODE": "1"}  # beside a conftest.py of the addons
    with running(command, cwd=settings.root, env=no_byte_code) as child:
        while child.wait(_TICK) is None and not left_off:
            left_off = not child.interrupted and saved.any_within(_TICK)  # it drops its clone as the block ends it
    if child.interrupted:
        raise KeyboardInterrupt
    return not left_off
