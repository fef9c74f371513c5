"""The schedule of arrivals: the same for the same plan, however many generators share it."""

from __future__ import annotations

import importlib.util
import itertools
import sys
from collections import Counter
from types import ModuleType

import pytest

from odoo_gate.traffic import locustfiles

ROLES = ["clerk"] * 5 + ["chief"] * 2


def _load() -> ModuleType:
    spec = importlib.util.spec_from_file_location("traffic_schedule", locustfiles() / "schedule.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


schedule = _load()
KINDS = [schedule.Kind("enter", 3, "clerk"), schedule.Kind("look", 1, "chief")]


def drawn(**changes):
    plan = {"seconds": 600, "per_minute": 60, "seed": 7, **changes}
    return schedule.arrivals(KINDS, ROLES, **plan)


def test_the_same_seed_gives_the_same_schedule():
    assert drawn() == drawn()


def test_another_seed_gives_another_schedule():
    assert drawn() != drawn(seed=8)


def test_arrivals_are_poisson_at_the_rate_asked_for():
    found = drawn(seconds=6000)
    gaps = [later.due - earlier.due for earlier, later in itertools.pairwise(found)]
    mean = sum(gaps) / len(gaps)
    variance = sum((gap - mean) ** 2 for gap in gaps) / len(gaps)
    assert len(found) == pytest.approx(6000, rel=0.05)
    assert variance**0.5 == pytest.approx(mean, rel=0.05)


def test_nobody_arrives_after_the_end():
    assert max(arrival.due for arrival in drawn()) < 600


def test_fixed_work_is_exact_in_number_and_in_proportion():
    found = drawn(fixed_work=43)
    assert Counter(arrival.transaction for arrival in found) == {"enter": 32, "look": 11}


def test_everybody_does_what_their_role_does():
    does = {"enter": "clerk", "look": "chief"}
    assert {ROLES[arrival.person] for arrival in drawn() if does[arrival.transaction] == "clerk"} == {"clerk"}
    assert {arrival.person for arrival in drawn()} == set(range(len(ROLES)))


@pytest.mark.parametrize("of", [2, 3, 4])
def test_generators_share_the_schedule_without_a_rest(of):
    found = drawn()
    shares = [schedule.share(found, index, of) for index in range(of)]
    assert sorted((arrival for share in shares for arrival in share), key=lambda each: each.number) == found


def test_a_login_stays_with_one_generator():
    shares = [{arrival.person for arrival in schedule.share(drawn(), index, 3)} for index in range(3)]
    assert not (shares[0] & shares[1])
    assert not (shares[1] & shares[2])
    assert not (shares[0] & shares[2])


def test_what_happens_last_can_happen_alone():
    kinds = [schedule.Kind("lock", 0, "chief", last=True)]
    (only,) = schedule.arrivals(kinds, ROLES, seconds=60, per_minute=60, seed=1)
    assert (only.transaction, only.due) == ("lock", schedule.AFTER_ALL)


def test_what_happens_last_happens_once_and_after_everything():
    kinds = [*KINDS, schedule.Kind("lock", 0, "chief", last=True)]
    found = schedule.arrivals(kinds, ROLES, seconds=60, per_minute=60, seed=1)
    assert [arrival.transaction for arrival in found].count("lock") == 1
    assert found[-1].transaction == "lock"
    assert found[-1].due == found[-2].due + schedule.AFTER_ALL


def test_a_deadline_brings_the_last_fifth_so_many_times_the_usual():
    found = drawn(seconds=14_000, per_minute=240, spike=6.0)
    late = sum(arrival.due >= 11_200 for arrival in found)
    early = len(found) - late
    assert late / 2_800 == pytest.approx(6 * early / 11_200, rel=0.05)
    assert len(found) == pytest.approx(56_000, rel=0.03)


def test_a_role_that_nobody_has_is_an_error():
    with pytest.raises(ValueError, match="nobody has the role chief"):
        schedule.arrivals(KINDS, ["clerk"], seconds=60, per_minute=60, seed=1)


def test_nothing_to_do_is_an_error():
    with pytest.raises(ValueError, match="weight"):
        schedule.arrivals([schedule.Kind("look", 0, "clerk")], ROLES, seconds=60, per_minute=60, seed=1)


@pytest.mark.parametrize("changes", [{"seconds": 20_000}, {"per_minute": 100_000}, {"per_minute": 0}, {"seconds": 0}])
def test_locust_alone_is_bounded_too(changes):
    with pytest.raises(ValueError, match="at most"):
        drawn(**changes)


PROFILE = {
    "transactions": {
        "enter": {"weight": 3, "role": "clerk"},
        "punch": {"weight": 1, "role": "clerk", "modules": ["hr_attendance"]},
    }
}


def test_transactions_of_absent_modules_are_left_out():
    assert [kind.name for kind in schedule.weights(PROFILE, frozenset(), None)] == ["enter"]


def test_a_mix_that_asks_for_an_absent_module_is_an_error():
    with pytest.raises(ValueError, match="punch needs the modules hr_attendance"):
        schedule.weights(PROFILE, frozenset(), {"punch": 1.0})


def test_a_mix_of_unknown_transactions_is_an_error():
    with pytest.raises(ValueError, match="no transaction pay"):
        schedule.weights(PROFILE, frozenset(), {"pay": 1.0})


@pytest.mark.parametrize(
    ("weights", "count", "portions"),
    [
        ((35, 30, 15, 10, 5, 5), 10, (3, 3, 1, 1, 1, 1)),
        ((40, 40, 20, 5), 5, (2, 1, 1, 1)),
        ((6, 5, 3, 3, 3), 20, (6, 5, 3, 3, 3)),
        ((90, 5, 5), 3, (1, 1, 1)),
        ((90, 5, 5), 2, (2, 0, 0)),
    ],
)
def test_what_is_rare_happens_too_when_work_is_fixed(weights, count, portions):
    kinds = [schedule.Kind(str(number), weight, "clerk") for number, weight in enumerate(weights)]
    found = schedule.arrivals(kinds, ROLES, seconds=60, per_minute=60, seed=1, fixed_work=count)
    happened = Counter(arrival.transaction for arrival in found)
    assert tuple(happened[kind.name] for kind in kinds) == portions
