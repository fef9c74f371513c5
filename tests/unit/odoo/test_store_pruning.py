"""Which templates are dropped, and which databases belong to which run."""

from __future__ import annotations

import pytest

from odoo_gate.odoo.stored import StoredTemplate, owner_of, to_prune

NOW = 1_000_000_000.0
DAY = 86400.0


def template(key: str, *, unused_days: float, size_gb: float) -> StoredTemplate:
    return StoredTemplate(key, f"t_{key}", key, NOW - 50 * DAY, NOW - unused_days * DAY, int(size_gb * 1e9))


def dropped(*templates: StoredTemplate, age: float = 30, size: float = 20, spare: float = 0) -> set[str]:
    doomed = to_prune(templates, max_age_days=age, max_size_gb=size, now=NOW, spare_seconds=spare)
    return {each.key for each in doomed}


def test_what_is_young_and_small_stays() -> None:
    assert dropped(template("a", unused_days=29, size_gb=1)) == set()


def test_age_counts_from_the_last_use() -> None:
    assert dropped(template("a", unused_days=31, size_gb=1), template("b", unused_days=29, size_gb=1)) == {"a"}


def test_above_the_size_the_longest_unused_go_first() -> None:
    found = [template(str(days), unused_days=days, size_gb=1) for days in range(5)]
    assert dropped(*found, size=3) == {"3", "4"}


def test_a_small_old_one_stays_where_a_large_newer_one_goes() -> None:
    assert dropped(
        template("a", unused_days=0, size_gb=2),
        template("large", unused_days=1, size_gb=5),
        template("small", unused_days=2, size_gb=1),
        size=3,
    ) == {"large"}


def test_size_zero_empties_the_store() -> None:
    assert dropped(template("a", unused_days=0, size_gb=0.1), size=0) == {"a"}


def test_what_a_run_may_still_want_is_spared() -> None:
    assert dropped(template("a", unused_days=0.1, size_gb=9), size=0, spare=DAY) == set()


@pytest.mark.parametrize(
    ("name", "owner"),
    [
        ("b_0123456789abcdef_26112119365212ab", "26112119365212ab"),
        ("c_26112119365212ab_01234567", "26112119365212ab"),
        ("c_26112119365212ab_01234567.partial", "26112119365212ab"),
        ("t_0123456789abcdef", None),
        ("production", None),
        ("c_someone_elses_database", None),
    ],
)
def test_only_drafts_and_clones_have_anowner_of(name: str, owner: str | None) -> None:
    assert owner_of(name) == owner
