"""Plans, sites and samples; where load may go; what profiles say."""

from __future__ import annotations

import json

import pytest

from odoo_gate.errors import SettingsError, UsageError
from odoo_gate.settings.performance import LoadPeak
from odoo_gate.traffic import (
    NotApplicable,
    Outcome,
    Person,
    Plan,
    Profile,
    Sample,
    Site,
    Traffic,
    drive,
    find_profile,
    load_profiles,
    locustfile,
    percentile,
    read_samples,
    read_site,
)
from odoo_gate.traffic.loopback import check_loopback
from odoo_gate.traffic.site import wanted_roles

SITE = Site("db", (Person("a", "secret", "buyer", 1),), (1,), frozenset({"account"}))


def sample(**changes) -> Sample:
    facts = {"user": "a", "scheduled": 10.0, "started": 10.1, "ended": 12.0, "outcome": Outcome.ACKNOWLEDGED}
    return Sample("month-end", "post-invoice", "month-end/x/00001", **{**facts, **changes})


def plan(**changes) -> Plan:
    return Plan(**{"profile": "month-end", "seconds": 60, "arrivals_per_minute": 60, "users": 3, "seed": 1, **changes})


def test_latency_counts_from_the_moment_it_was_due():
    assert sample().latency == 2.0
    assert sample().lag == pytest.approx(0.1)


@pytest.mark.parametrize(("lag", "late"), [(0.049, False), (0.051, True)])
def test_a_generator_is_late_above_fifty_milliseconds(tmp_path, lag, late):
    traffic = Traffic((sample(),), lag, 0.1, 0.0, 1.0, 1, tmp_path)
    assert traffic.is_late is late


@pytest.mark.parametrize(
    "changes",
    [{"seconds": 0}, {"seconds": 15_000}, {"users": 0}, {"arrivals_per_minute": 0}, {"fixed_work": 0},
     {"arrivals_per_minute": 1e6, "seconds": 3600}],
)  # fmt: skip
def test_load_is_bounded_in_count_and_time(changes):
    with pytest.raises(UsageError):
        plan(**changes)


@pytest.mark.parametrize(
    "url", ["http://192.0.2.1:8069", "http://0.0.0.0:8069", "ftp://127.0.0.1", "127.0.0.1:8069", "http://10.0.0.1"]
)
def test_load_goes_to_no_other_machine(url):
    with pytest.raises(UsageError):
        check_loopback(url)


@pytest.mark.parametrize("url", ["http://127.0.0.1:8069", "https://127.8.8.8", "http://localhost:1"])
def test_load_goes_to_this_machine(url):
    check_loopback(url)


def test_a_drive_elsewhere_starts_nothing(tmp_path):
    with pytest.raises(UsageError, match=r"192\.0\.2\.1"):
        drive("http://192.0.2.1", SITE, plan(), tmp_path / "drive")
    assert not (tmp_path / "drive").exists()


def test_a_profile_without_its_modules_is_not_applicable(tmp_path):
    with pytest.raises(NotApplicable, match="hr_timesheet"):
        drive("http://127.0.0.1:9", SITE, plan(profile="payroll"), tmp_path / "drive")


def test_a_folder_with_samples_is_not_used_again(tmp_path):
    (tmp_path / "samples.jsonl").touch()
    with pytest.raises(UsageError, match="samples already"):
        drive("http://127.0.0.1:9", SITE, plan(), tmp_path)


def test_an_unknown_profile_names_the_known(tmp_path):
    with pytest.raises(UsageError, match="payroll"):
        drive("http://127.0.0.1:9", SITE, plan(profile="moon-end"), tmp_path)


def test_a_site_file_is_read_as_it_was_written_and_is_private(tmp_path):
    path = tmp_path / "site.json"
    SITE.write(path)
    assert read_site(path) == SITE
    assert path.stat().st_mode & 0o077 == 0
    assert "secret" not in repr(SITE)


def test_a_broken_site_file_is_a_usage_error(tmp_path):
    (tmp_path / "site.json").write_text("{}")
    with pytest.raises(UsageError, match="site"):
        read_site(tmp_path / "site.json")


def test_samples_can_be_read_while_the_last_is_being_written(tmp_path):
    line = json.dumps(
        {"profile": "p", "transaction": "t", "intent": "i", "user": "u", "scheduled": 1, "started": 1, "ended": 2,
         "outcome": "unknown"}
    )  # fmt: skip
    (tmp_path / "samples.jsonl").write_text(f"{line}\n{line[:20]}")
    (found,) = read_samples(tmp_path / "samples.jsonl")
    assert found.outcome is Outcome.UNKNOWN


def test_percentiles_are_values_that_were_measured():
    assert percentile([float(number) for number in range(1, 101)], 0.95) == 95
    assert percentile([5.0, 1.0, 3.0, 2.0], 0.5) == 2.0
    assert percentile([5.0, 1.0, 3.0, 2.0], 0.95) == 5.0
    with pytest.raises(ValueError, match="no values"):
        percentile([], 0.5)


@pytest.mark.parametrize("profile", load_profiles().values(), ids=lambda each: each.name)
def test_every_profile_is_whole(profile: Profile):
    roles = {role.name for role in profile.roles}
    assert locustfile(profile.name).is_file()
    assert {each.role for each in profile.transactions} <= roles
    assert any(each.weight > 0 for each in profile.transactions)
    assert any(each.record for each in profile.transactions)
    assert all(each.weight > 0 or each.last for each in profile.transactions)


def test_a_declared_peak_replaces_the_default():
    peak = LoadPeak(people=40, arrivals_per_minute=90, mix={"post-invoice": 1.0})
    found = find_profile("month-end", {"month-end": peak})
    assert (found.people, found.arrivals_per_minute, found.mix) == (40, 90, {"post-invoice": 1.0})
    assert find_profile("month-end").mix is None


@pytest.mark.parametrize("peaks", [{"moon-end": LoadPeak()}, {"payroll": LoadPeak(mix={"post-invoice": 1.0})}])
def test_a_peak_of_nothing_known_is_an_error(peaks):
    with pytest.raises(SettingsError, match=r"load\.peaks"):
        load_profiles(peaks)


def test_a_series_too_old_is_not_applicable():
    assert "web client" in find_profile("month-end").missing({"account"}, "14.0")
    assert find_profile("month-end").missing({"account"}, "19.0") == ""


def test_tender_needs_something_to_tender():
    assert find_profile("tender").missing({"account"}, "19.0")
    assert not find_profile("tender").missing({"purchase"}, "19.0")


class Roles:
    def groups(self, role: str) -> tuple[str, ...] | None:
        return ("ours.group",) if role == "site_accountant" else None


def test_the_company_says_what_its_roles_may_do():
    found = wanted_roles((find_profile("month-end"),), Roles(), {"month-end": 30})
    assert found["site_accountant"] == {"groups": ["ours.group"], "people": 28, "employee": False}
