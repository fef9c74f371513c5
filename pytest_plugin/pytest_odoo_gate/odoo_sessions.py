"""The Odoo processes one pytest process keeps open to run tests in."""

from __future__ import annotations

import json
from contextlib import ExitStack
from typing import TYPE_CHECKING, NamedTuple
from uuid import uuid4

import pytest

from odoo_gate.errors import AgentError, GateError
from pytest_odoo_gate.odoo_coverage import PARTS

if TYPE_CHECKING:
    from odoo_gate.odoo.agent_client import AgentSession, ListedTest, TestResult
    from pytest_odoo_gate.session import GateSession

MOST_OPEN = 2
"""A session holds a clone and some 300 MB: the post_install one, and one of the at_install ones."""


class Desk(NamedTuple):
    """What a session serves: the post_install lane, or the at_install lane of one module."""

    lane: str
    module: str


def desk_of(test: ListedTest) -> Desk:
    return Desk(test.lane, test.module if test.lane == "at_install" else "")


class OdooSessions:
    """Opens a clone and a session when a test needs them; keeps the `MOST_OPEN` last used.

    What kept a session from opening is remembered: the tests after the first one fail at once.
    """

    def __init__(self, gate: GateSession) -> None:
        self._gate = gate
        self._open: dict[Desk, tuple[AgentSession, ExitStack]] = {}
        self._refused: dict[Desk, GateError] = {}

    def run(self, test: ListedTest) -> TestResult:
        """Run one test. Raises GateError when the session cannot be opened or is lost."""
        desk = desk_of(test)
        session = self._session(desk)
        try:
            return session.run_test(test.id)
        except BaseException:
            self._discard(desk)
            raise

    def end_class(self, desk: Desk) -> TestResult | None:
        """Tear down the class last run there; None when its session is gone."""
        if desk not in self._open:
            return None
        try:
            return self._open[desk][0].end_class()
        except BaseException:
            self._discard(desk)
            raise

    def fetch(self, desk: Desk, container_path: str) -> bytes:
        """The content of an artefact. Raises AgentError."""
        if desk not in self._open:
            raise AgentError(f"{container_path} is lost with its session", hint="run the test again")
        return self._open[desk][0].fetch(container_path)

    def close(self) -> None:
        for desk in list(self._open):
            self._close(desk)

    def _session(self, desk: Desk) -> AgentSession:
        if desk in self._refused:
            raise self._refused[desk]
        if desk in self._open:
            self._open[desk] = self._open.pop(desk)
            return self._open[desk][0]
        while len(self._open) >= MOST_OPEN:
            self._close(next(iter(self._open)))
        try:
            return self._start(desk)
        except GateError as error:
            self._refused[desk] = error
            raise

    def _start(self, desk: Desk) -> AgentSession:
        testbed, release = self._gate.testbed, self._gate.testbed.candidate
        template = (
            testbed.exact_template(release, desk.module)
            if desk.lane == "at_install"
            else testbed.full_template(release)
        )
        with ExitStack() as resources:
            clone = resources.enter_context(testbed.clone(template))
            session = resources.enter_context(
                release.agent.session(
                    clone.database,
                    lane="at_install" if desk.lane == "at_install" else "post_install",
                    module=desk.module,
                    tags=self._gate.settings.tests.tags,
                    warm=desk.lane == "post_install",
                    coverage=self._measured(),
                )
            )
            self._open[desk] = session, resources.pop_all()
        return session

    def _measured(self) -> tuple[str, ...]:
        """The modules whose lines are counted, none unless gate.toml asks."""
        if not self._gate.settings.tests.coverage:
            return ()
        graph = self._gate.testbed.candidate.graph
        return tuple(name for name in graph.own if name in graph.folders)

    def _close(self, desk: Desk) -> None:
        session, resources = self._open.pop(desk)
        with resources:
            if self._measured():
                self._keep_coverage(session)

    def _keep_coverage(self, session: AgentSession) -> None:
        folder = self._gate.run_folder / PARTS
        folder.mkdir(exist_ok=True)
        found = {
            path: {"statements": lines.statements, "missing": lines.missing}
            for path, lines in session.stop_coverage().items()
        }
        (folder / f"{uuid4().hex}.json").write_text(json.dumps(found), "utf-8")

    def _discard(self, desk: Desk) -> None:
        """Close a session that may be broken, without asking anything of it."""
        if desk in self._open:
            self._open.pop(desk)[1].close()


sessions_key = pytest.StashKey[OdooSessions]()


def sessions_of(session: pytest.Session, gate: GateSession) -> OdooSessions:
    """The Odoo sessions of this pytest process, closed with the pytest session."""
    if sessions_key not in session.stash:
        session.stash[sessions_key] = sessions = OdooSessions(gate)
        session.addfinalizer(sessions.close)
    return session.stash[sessions_key]
