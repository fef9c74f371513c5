from __future__ import annotations

import pytest

from pytest_odoo_gate.scheduling import GUESS, choose, unit_of


@pytest.mark.parametrize(
    ("nodeid", "unit"),
    [
        ("addons/x/tests/test_a.py::TestA::test_one", "addons/x/tests/test_a.py::TestA"),
        (
            "addons/x/tests/test_a.py::TestA::test_one[at_install]",
            "addons/x/tests/test_a.py::TestA[at_install]",
        ),
        ("tests/test_mine.py::test_one", "tests/test_mine.py"),
        ("tests/test_mine.py::TestMine::test_one[a-b]", "tests/test_mine.py::TestMine"),
    ],
)
def test_a_class_in_one_lane_is_one_unit(nodeid: str, unit: str) -> None:
    assert unit_of(nodeid) == unit


def test_a_worker_stays_with_its_database() -> None:
    units, databases = {"a": 1, "b": 9}, {"a": "at_install/x", "b": "post_install/"}
    assert choose(units, databases, {}, at="at_install/x", taken=set()) == "a"


def test_the_longest_known_unit_of_a_database_goes_first() -> None:
    units = {"many": 10, "slow": 1, "quick": 1}
    databases = dict.fromkeys(units, "post_install/")
    seconds = {"slow": 30.0, "many": 10 * GUESS, "quick": 0.1}
    assert choose(units, databases, seconds, at="post_install/", taken=set()) == "slow"


def test_a_free_worker_takes_the_largest_database_nobody_has() -> None:
    units = {"a": 50, "b": 10, "c": 20}
    databases = {"a": "post_install/", "b": "at_install/x", "c": "at_install/y"}
    assert choose(units, databases, {}, at="", taken={"post_install/"}) == "c"


def test_a_free_worker_helps_where_others_are_when_nothing_else_is_left() -> None:
    assert choose({"a": 5}, {"a": "post_install/"}, {}, at="at_install/x", taken={"post_install/"}) == "a"


def test_tests_without_a_database_are_work_like_any_other() -> None:
    assert choose({"tests/test_mine.py": 3}, {}, {}, at="", taken=set()) == "tests/test_mine.py"
