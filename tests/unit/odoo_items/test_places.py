from __future__ import annotations

from pathlib import Path

import pytest

from pytest_odoo_gate.odoo_places import Places

ROOT = Path("/home/me/project")
TRACEBACK = """Traceback (most recent call last):
  File "/mnt/odoo-gate/addons/0/x/tests/test_a.py", line 12, in test_one
    self.helper()
  File "/mnt/odoo-gate/addons/0/x/tests/common.py", line 5, in helper
    raise ValueError
  File "/usr/lib/python3/dist-packages/odoo/models.py", line 99, in write
"""


@pytest.fixture
def places() -> Places:
    return Places({"/mnt/odoo-gate/addons/0": ROOT / "addons", "/mnt/odoo-gate/addons/0/y": ROOT / "other" / "y"}, ROOT)


def test_own_files_are_found_here(places: Places) -> None:
    found = places.host_path("/mnt/odoo-gate/addons/0/x/tests/test_a.py")
    assert found == ROOT / "addons/x/tests/test_a.py"


def test_the_longest_folder_wins(places: Places) -> None:
    assert places.host_path("/mnt/odoo-gate/addons/0/y/a.py") == ROOT / "other/y/a.py"


def test_a_folder_that_only_begins_alike_is_another(places: Places) -> None:
    assert places.host_path("/mnt/odoo-gate/addons/01/x.py") is None


def test_tracebacks_name_files_of_this_machine(places: Places) -> None:
    shown = places.translate(TRACEBACK)
    assert 'File "addons/x/tests/test_a.py", line 12' in shown
    assert 'File "/usr/lib/python3/dist-packages/odoo/models.py", line 99' in shown


def test_the_crash_is_the_last_line_in_the_test_file(places: Places) -> None:
    assert places.last_line_in(TRACEBACK, ROOT / "addons/x/tests/test_a.py") == 12
    assert places.last_line_in(TRACEBACK, ROOT / "addons/x/tests/test_b.py") is None
