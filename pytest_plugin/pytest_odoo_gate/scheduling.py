"""How pytest-xdist spreads the work: a class is never split, the longest goes first, a database is shared.

A worker that changes lane or module opens another clone and loads another registry; so it stays with the
database it has as long as there is work on it, and helps with the largest rest when there is none.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

import pytest
from xdist.scheduler import LoadScopeScheduling

from pytest_odoo_gate.odoo_catalogue import catalogue_of
from pytest_odoo_gate.odoo_sessions import desk_of
from pytest_odoo_gate.session import gate_of

if TYPE_CHECKING:
    from xdist.workermanage import WorkerController

    from pytest_odoo_gate.session import GateSession

DURATIONS = "odoo_gate/durations"
"""Where pytest's cache keeps the seconds of each unit of work."""

GUESS = 0.3
HTTP_GUESS = 5.0
"""Seconds of a test never measured; of one that may open a browser."""

_AT_INSTALL = "[at_install]"


def make_scheduler(config: pytest.Config, log: Any) -> OdooScheduling | None:
    """The scheduler of a session with `--dist load` (the default of -n); None leaves the choice to xdist."""
    if config.getoption("dist") not in ("load", "loadscope"):
        return None
    scheduling = OdooScheduling(config, log)
    config.pluginmanager.register(DurationKeeper(config), "odoo-gate-durations")
    return scheduling


def unit_of(nodeid: str) -> str:
    """The work that must stay together: a class in one lane, or the functions of a file."""
    before, _, name = nodeid.rpartition("::")
    return before + (_AT_INSTALL if name.endswith(_AT_INSTALL) else "")


def choose(
    units: Mapping[str, int], databases: Mapping[str, str], seconds: Mapping[str, float], at: str, taken: set[str]
) -> str:
    """The unit a worker should take next.

    `units` are waiting, with their number of tests; `databases` says which database a unit runs on; `seconds`
    what units took last time; `at` is the database the worker has open; `taken` those that others have open.
    """

    def cost(unit: str) -> float:
        return seconds.get(unit, GUESS * units[unit])

    rest: dict[str, float] = {}
    for unit in units:
        rest[databases.get(unit, "")] = rest.get(databases.get(unit, ""), 0.0) + cost(unit)
    if at not in rest:
        free = {database: total for database, total in rest.items() if database not in taken} or rest
        at = max(free, key=lambda database: (free[database], database))
    return max((unit for unit in units if databases.get(unit, "") == at), key=lambda unit: (cost(unit), unit))


class OdooScheduling(LoadScopeScheduling):  # type: ignore[misc]  # xdist ships no types
    """xdist's scope scheduling with a choice of the next scope."""

    def __init__(self, config: pytest.Config, log: Any) -> None:
        super().__init__(config, log)
        self._seconds: Mapping[str, float] = {}
        self._databases: Mapping[str, str] = {}
        self._at: dict[WorkerController, str] = {}

    def _split_scope(self, nodeid: str) -> str:
        return unit_of(nodeid)

    def _assign_work_unit(self, node: WorkerController) -> None:
        if not self._at:
            self._plan()
        chosen = choose(
            {unit: len(tests) for unit, tests in self.workqueue.items()},
            self._databases,
            self._seconds,
            self._at.get(node, ""),
            {database for other, database in self._at.items() if other is not node},
        )
        self._at[node] = self._databases.get(chosen, "")
        self.workqueue.move_to_end(chosen, last=False)
        super()._assign_work_unit(node)

    def _plan(self) -> None:
        works = works_of(gate_of(self.config), self.collection or ())
        self._databases = {unit: work.database for unit, work in works.items()}
        self._seconds = {**{unit: work.seconds for unit, work in works.items()}, **_known(self.config)}


class Work(NamedTuple):
    """What is known of a unit of Odoo tests before it ever ran."""

    database: str
    seconds: float


def works_of(gate: GateSession, nodeids: Sequence[str]) -> Mapping[str, Work]:
    """The database each unit of Odoo tests runs on, and a guess at its duration; other tests are absent."""
    found: dict[tuple[str, str, bool], Work] = {}
    for path, tests in catalogue_of(gate).tests.items():
        for test in tests:
            key = (path.as_posix(), test.cls, test.lane == "at_install")
            before = found.get(key, Work("/".join(desk_of(test)), 0.0))
            found[key] = before._replace(seconds=before.seconds + (HTTP_GUESS if test.http else GUESS))
    root = gate.config.rootpath
    works: dict[str, Work] = {}
    for unit in {unit_of(nodeid) for nodeid in nodeids}:
        file, _, cls = unit.removesuffix(_AT_INSTALL).partition("::")
        place = (root / file).as_posix()
        lanes = (True,) if unit.endswith(_AT_INSTALL) else (False, True)
        work = next((found[key] for lane in lanes if (key := (place, cls, lane)) in found), None)
        if work is not None:
            works[unit] = work
    return works


def _known(config: pytest.Config) -> Mapping[str, float]:
    cache = getattr(config, "cache", None)
    known = cache.get(DURATIONS, {}) if cache is not None else {}
    return {unit: float(seconds) for unit, seconds in known.items()} if isinstance(known, dict) else {}


class DurationKeeper:
    """Remembers in the controller how long each unit took, for the next run."""

    def __init__(self, config: pytest.Config) -> None:
        self._config = config
        self._seconds: dict[str, float] = {}

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        unit = unit_of(report.nodeid)
        self._seconds[unit] = self._seconds.get(unit, 0.0) + report.duration

    def pytest_sessionfinish(self) -> None:
        cache = getattr(self._config, "cache", None)
        if cache is not None and self._seconds:
            cache.set(DURATIONS, {**_known(self._config), **self._seconds})
