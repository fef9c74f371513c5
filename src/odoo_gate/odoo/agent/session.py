"""One database served by one process: its registry loaded once, its tests run on demand."""

from __future__ import annotations

import base64
import logging
import os
from typing import Any, Callable, Dict, NamedTuple, Optional, Sequence

from . import inspection, series
from .coverage import Coverage
from .errors import AgentFailure
from .listing import test_id
from .logs import Recorder
from .modules import judged
from .protocol import Channel, Message
from .running import Runner

LARGEST_ARTIFACT = 32 * 1024 * 1024
"""Bytes. A larger file is refused rather than sent."""


class Opening(NamedTuple):
    """What an `open` asks for. `warm`: the asset bundles have been generated into the database already."""

    database: str
    lane: str
    module: str
    http: bool
    tags: str
    warm: bool


class Session:
    """Answers the session commands from the moment the registry stands where its lane wants it."""

    def __init__(self, channel: Channel, screenshots: str) -> None:
        self._channel = channel
        self._screenshots = screenshots
        self._coverage: Optional[Coverage] = None
        self._recorder = Recorder(logging.INFO)

    def start_coverage(self, modules: Sequence[str]) -> Dict[str, Any]:
        if self._coverage is not None:
            raise AgentFailure("coverage is measured already")
        self._coverage = Coverage(modules)
        return {}

    def serve(self, request: Message, opening: Opening) -> None:
        """Load the registry, answer `request` (an `open`), then answer what follows until the host closes."""
        if opening.lane not in series.LANES:
            raise AgentFailure("no such lane: " + repr(opening.lane))
        if opening.lane == "at_install" and not opening.module:
            raise AgentFailure("the at_install lane needs the module whose moment it is")
        series.bind(opening.database)
        series.use_tags(opening.tags)
        _quiet_the_console()
        port = 0
        if opening.http:
            port = series.start_http_server()
            series.set_base_url(opening.database, port)

        def answer(registry: Any) -> None:
            self._answer(request, opening, port, registry)

        with self._recorder, judged(self._recorder):
            series.load_server_wide_modules()
            if opening.lane == "post_install":
                answer(series.load_whole(opening.database))
            elif not series.load_and_stop_at(opening.database, opening.module, answer):
                raise AgentFailure("module %s is not installed in %s" % (opening.module, opening.database))

    def _answer(self, request: Message, opening: Opening, port: int, registry: Any) -> None:
        log = [line for line in self._recorder.take() if line["levelno"] >= logging.WARNING]
        runner = Runner(opening.lane, self._screenshots, opening.database, self._recorder)
        open_session = _Open(self, registry, opening, runner)
        with series.running_tests(opening.module):
            self._channel.answer(request, {"port": port, "log": log})
            for following in self._channel.requests():
                open_session.handle(self._channel, following)
        os._exit(0)  # nothing of a test database is worth an orderly end, and threads may hang

    def stop_coverage(self) -> Dict[str, Any]:
        if self._coverage is None:
            raise AgentFailure("coverage is not measured: send coverage_start before open")
        coverage, self._coverage = self._coverage, None
        return coverage.stop()


class _Open:
    """The commands of an open session."""

    def __init__(self, session: Session, registry: Any, opening: Opening, runner: Runner) -> None:
        self._session = session
        self._registry = registry
        self._lane = opening.lane
        self._runner = runner
        self._tests: Dict[str, Dict[str, series.FoundTest]] = {}
        self._assets_ready = opening.warm or opening.lane != "post_install"  # as Odoo, which has them made then

    def handle(self, channel: Channel, request: Message) -> None:
        commands: Dict[str, Callable[..., Any]] = {
            "run_test": self._run_test,
            "end_class": self._runner.end_class,
            "validate_views": self._validate_views,
            "check_translations": self._check_translations,
            "coverage_stop": self._session.stop_coverage,
            "fetch": fetch,
        }
        name = str(request.get("command"))
        if name not in commands:
            channel.refuse(request, AgentFailure("not a session command: " + repr(name)))
            return
        try:
            result = commands[name](**request.get("args", {}))
        except Exception as error:
            channel.refuse(request, error)
            return
        channel.answer(request, result)

    def _run_test(self, id: str) -> Dict[str, Any]:
        test = self._find(id)
        if not self._assets_ready and series.is_http_case(test.case):
            with series.environment(self._registry) as env:
                series.pregenerate_assets(env)
            self._assets_ready = True
        return self._runner.run(test, id)

    def _find(self, identity: str) -> series.FoundTest:
        """A fresh instance of the test: Odoo's loader makes one for each run."""
        parts = identity.split("/")
        module = parts[1] if len(parts) > 2 else ""
        if module not in self._tests:
            found = series.find_tests(module, self._lane) if module else []
            self._tests[module] = {test_id(test.found_in, test.case): test for test in found}
        if identity not in self._tests[module]:
            raise AgentFailure("no test " + identity + " in the lane " + self._lane)
        test = self._tests[module][identity]
        fresh = type(test.case)(test.case._testMethodName)
        for attribute in ("_test_params",):
            if hasattr(test.case, attribute):
                setattr(fresh, attribute, getattr(test.case, attribute))
        return series.FoundTest(test.found_in, fresh)

    def _validate_views(self, modules: Sequence[str]) -> Dict[str, Any]:
        with series.environment(self._registry) as env:
            return inspection.validate_views(env, modules)

    def _check_translations(self, modules: Sequence[str], languages: Sequence[str]) -> Dict[str, Any]:
        with series.environment(self._registry) as env:
            return inspection.check_translations(env, modules, languages)


def _quiet_the_console() -> None:
    """The recorder hears everything; printing it too costs time in every test."""
    for handler in logging.getLogger().handlers:
        if isinstance(handler, logging.StreamHandler):
            handler.setLevel(logging.WARNING)


def fetch(path: str) -> Dict[str, Any]:
    """The content of a file, base64."""
    if os.path.getsize(path) > LARGEST_ARTIFACT:
        raise AgentFailure("%s is larger than %d bytes" % (path, LARGEST_ARTIFACT))
    with open(path, "rb") as file:
        return {"content": base64.b64encode(file.read()).decode()}
