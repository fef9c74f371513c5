"""A stack that stands is found by whoever may look, and known to be dead when its process is."""

import dataclasses
import stat

import pytest

from odoo_gate.doctor import Health, check_standing
from odoo_gate.errors import InfrastructureError, StackError
from odoo_gate.stack import standing as stacks
from odoo_gate.stack.liveness import run_lock
from odoo_gate.stack.standing import Person, Standing

STANDING = Standing(
    root="/project", run="26", pid=2**22 + 1, release="candidate", holds="all modules", url="http://127.0.0.1:1",
    websocket_url="", database="c_1", dsn="dbname=c_1", container="odoo-1", conf="/odoo.conf", folder="/f",
    people=(Person("admin", "admin", "admin"),), started=1.0,
)  # fmt: skip


def write(cache, root):
    standing = dataclasses.replace(STANDING, root=str(root))
    stacks.write_standing(cache, standing)
    return standing


def test_it_is_read_as_it_was_written_and_by_its_owner_alone(tmp_path):
    standing = write(tmp_path, tmp_path / "a")
    assert stacks.standing_of(tmp_path, tmp_path / "a") == standing
    assert stacks.standing_of(tmp_path, tmp_path / "b") is None
    (path,) = (tmp_path / "standing").iterdir()
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    stacks.forget_standing(tmp_path, tmp_path / "a")
    assert list(stacks.standings(tmp_path)) == []


def test_it_is_up_while_its_process_holds_its_lock(tmp_path):
    standing = write(tmp_path, tmp_path)
    with run_lock(tmp_path, standing.run):
        assert stacks.is_up(tmp_path, standing)
        (diagnosis,) = check_standing(tmp_path)
        assert diagnosis.health is Health.OK
        assert standing.url in diagnosis.message
    assert not stacks.is_up(tmp_path, standing)
    (diagnosis,) = check_standing(tmp_path)
    assert (diagnosis.health, "odoo-gate down" in diagnosis.remedy) == (Health.WARNING, True)


def test_one_that_does_not_end_is_not_waited_for_for_ever(tmp_path):
    standing = write(tmp_path, tmp_path)
    with run_lock(tmp_path, standing.run), pytest.raises(StackError, match="did not take its stack down"):
        stacks.end_standing(tmp_path, standing, timeout=0.3)


def test_a_dead_one_has_ended(tmp_path):
    stacks.end_standing(tmp_path, write(tmp_path, tmp_path), timeout=0.0)


def test_a_damaged_description_says_what_to_do(tmp_path):
    write(tmp_path, tmp_path)
    (path,) = (tmp_path / "standing").iterdir()
    path.write_text("{}")
    with pytest.raises(InfrastructureError) as raised:
        stacks.standing_of(tmp_path, tmp_path)
    assert str(path) in raised.value.hint


def test_a_shell_without_docker_names_another_way_in(tmp_path, monkeypatch):
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(StackError) as raised:
        stacks.shell_command(STANDING, [])
    assert STANDING.dsn in raised.value.hint
