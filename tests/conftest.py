"""What every test of this repository can rely on, however it is started."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import settings

# The same examples every time and no deadline: how long one takes says something of the machine, nothing of the code.
settings.load_profile("ci")

if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:  # as a shell starts what it puts into the background
    signal.signal(signal.SIGINT, signal.default_int_handler)

TESTS = Path(__file__).parent
LONG = (
    "integration/odoo_tests/test_equality.py",
    "defects/load/test_load_defects.py",
    "defects/resilience/test_resilience_defects.py",
    "integration/migration/test_migration_of_bought_addons.py",
    "defects/upgrades/test_rehearsal_defects.py",
    "defects/recovery/test_rehearsed_recovery_defects.py",
    "integration/data/test_data_synthetic.py",
    "integration/data/test_data_production.py",
    "integration/ci/test_ci_gitlab.py",
    "integration/workbench/test_workbench_stack.py",
    "integration/load/test_load_diagnosis_of_a_running_odoo.py",
    "integration/traffic/test_traffic_drives.py",
    "integration/modules/test_modules_checks.py",
    "defects/test_corpus.py",
    "defects/upgrades/test_upgrade_defects.py",
)
"""Files that take a minute or more, the longest first."""


@pytest.fixture(scope="session", autouse=True)
def _light_pytest() -> Iterator[None]:
    """A pytest that a test starts leaves hypothesis alone: to import it takes longer than most of them run."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PYTEST_ADDOPTS", "-p no:hypothesispytest")
        yield


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """The long files first: a worker that begins one when nothing else is left has the others wait for it.

    It holds for `--no-loadscope-reorder`; by itself pytest-xdist begins with the files that have most tests.
    """
    places = {TESTS / name: place for place, name in enumerate(LONG)}
    missing = [str(path) for path in places if not path.is_file()]
    if missing:
        raise pytest.UsageError(f"tests/conftest.py names files that are not there: {', '.join(missing)}")
    items.sort(key=lambda item: places.get(item.path, len(LONG)))
