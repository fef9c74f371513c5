"""Run a function of a script that the host sends, in an environment of the superuser."""

from __future__ import annotations

import logging
import sys
import time
import types
from typing import Any, Callable, Dict

from . import series
from .errors import AgentFailure
from .logs import Recorder, from_level
from .modules import judged

Progress = Callable[[str], None]


def run_script(
    progress: Progress, database: str, name: str, source: str, function: str, arguments: Dict[str, Any]
) -> Dict[str, Any]:
    """Load the registry of `database` and call `function(env, say, **arguments)`; commit when it returns.

    What it returns must be JSON. `name` is what tracebacks call the script.
    """
    series.bind(database)
    started = time.monotonic()
    with Recorder(logging.INFO) as recorder, judged(recorder):
        series.load_server_wide_modules()
        registry = series.new_registry(database)
        module = types.ModuleType(name)
        module.__file__ = name + ".py"
        sys.modules[name] = module  # dataclasses and pickles look their module up
        exec(compile(source, module.__file__, "exec"), module.__dict__)  # the script is the host's own code
        called = getattr(module, function, None)
        if called is None:
            raise AgentFailure("script " + name + " has no function " + function)
        with series.environment(registry) as env:
            result = called(env, progress, **arguments)
        log = from_level(recorder.take(), logging.WARNING)
    return {"result": result, "log": log, "seconds": time.monotonic() - started}
