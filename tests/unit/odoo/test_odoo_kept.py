"""Which databases stay when checks fail, whenever those checks let go of them."""

import pytest

from odoo_gate.errors import InfrastructureError, UsageError
from odoo_gate.odoo.kept import MOST_KEPT, FailedCheck, Keeping, forget_kept, kept_databases, kept_for
from odoo_gate.odoo.store import Clone, Template

FAILED = FailedCheck("migration.trial-balance")


class ShelfStore:
    """Remembers what was dropped and what was kept."""

    def __init__(self, gone=()):
        self.dropped, self.kept, self.gone = [], {}, gone

    def drop(self, clone, _agent):
        self.dropped.append(clone.database)

    def keep(self, clone, label, _agent):
        if clone.database in self.gone:
            return None
        self.kept[clone.database] = label
        return Template(clone.database, f"t_{clone.database}", label, 0.0, (), built=True)


@pytest.fixture
def said():
    return []


@pytest.fixture
def keeping(tmp_path, said):
    return Keeping(tmp_path, "run1", said.append)


def opened(keeping, name):
    clone = Clone(name)
    keeping.opened(clone, "candidate", None)
    return clone


def test_what_no_check_failed_on_is_dropped(keeping):
    store = ShelfStore()
    keeping.closed(opened(keeping, "a"), store)
    assert (store.dropped, store.kept) == (["a"], {})


def test_a_database_closed_before_the_check_fails_is_kept(keeping, tmp_path):
    """The check closes its clone, and only then compares what it has read."""
    store = ShelfStore()
    keeping.check_started()
    keeping.closed(opened(keeping, "a"), store)
    assert (store.dropped, store.kept) == ([], {})
    keeping.check_failed(FAILED)
    keeping.check_ended()
    assert store.kept == {"a": "kept for migration.trial-balance"}
    kept = kept_for(tmp_path, "migration.trial-balance")
    assert (kept.key, kept.release, kept.run, kept.failed) == ("a", "candidate", "run1", (FAILED,))


def test_a_database_shared_by_checks_is_kept_when_it_is_closed_for_each_that_failed(keeping, tmp_path):
    store, shared = ShelfStore(), opened(keeping, "a")
    for name in ("one", "two"):
        keeping.check_started()
        keeping.check_failed(FailedCheck("tests.at-install", name))
        keeping.check_failed(FailedCheck("tests.at-install", name))
        keeping.check_ended()
    keeping.closed(shared, store)
    assert [each.target for each in kept_for(tmp_path, "two").failed] == ["one", "two"]


def test_a_check_that_passes_keeps_nothing_of_its_own(keeping):
    store = ShelfStore()
    keeping.check_started()
    keeping.closed(opened(keeping, "a"), store)
    keeping.check_ended()
    keeping.check_started()
    assert keeping.check_failed(FAILED) is False, "nothing is open that could be kept for it"
    keeping.check_ended()
    assert (store.dropped, store.kept) == (["a"], {})


def test_a_disk_is_not_filled(keeping, said):
    store = ShelfStore()
    clones = [opened(keeping, f"c{number}") for number in range(MOST_KEPT + 2)]
    assert keeping.check_failed(FAILED) is True
    for clone in clones:
        keeping.closed(clone, store)
    assert (len(store.kept), store.dropped) == (MOST_KEPT, ["c5", "c6"])
    assert "is not kept" in said[0]
    opened(keeping, "one more")
    assert keeping.check_failed(FAILED) is False


def test_what_the_check_itself_dropped_is_not_listed(keeping, tmp_path):
    clone = opened(keeping, "a")
    keeping.check_failed(FAILED)
    keeping.closed(clone, ShelfStore(gone=("a",)))
    assert kept_databases(tmp_path) == []


def test_an_unknown_check_says_what_is_kept_and_how_to_keep_it(keeping, tmp_path):
    clone = opened(keeping, "a")
    keeping.check_failed(FAILED)
    keeping.closed(clone, ShelfStore())
    with pytest.raises(UsageError, match=r"no database is kept for load\.peak: there are some for migration") as raised:
        kept_for(tmp_path, "load.peak")
    assert "--keep-stack --only load" in raised.value.hint
    assert list(forget_kept(tmp_path)) == ["a"]
    assert kept_databases(tmp_path) == []


def test_a_damaged_list_is_told(tmp_path):
    (tmp_path / ".odoo-gate" / "kept").mkdir(parents=True)
    (tmp_path / ".odoo-gate" / "kept" / "a.json").write_text("[]")
    with pytest.raises(InfrastructureError, match="cannot be read"):
        kept_databases(tmp_path)
