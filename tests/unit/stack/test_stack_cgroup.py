"""Processor time of a container, as the kernel of this machine counts it."""

from __future__ import annotations

from pathlib import Path

import pytest

from odoo_gate.stack.cgroup import cpu_seconds

CONTAINER = "c0ffee" * 10
GROUPS = {
    "v1": (
        f"8:pids:/docker/{CONTAINER}\n2:cpu,cpuacct:/docker/{CONTAINER}\n",
        "cpu,cpuacct",
        "cpuacct.usage",
        "2500000000\n",
    ),
    "v2": (f"0::/system.slice/{CONTAINER}.scope\n", "", "cpu.stat", "usage_usec 2500000\nuser_usec 2000000\n"),
}


@pytest.mark.parametrize("version", sorted(GROUPS))
def test_either_version_is_read(tmp_path: Path, version: str) -> None:
    groups, controllers, name, text = GROUPS[version]
    (tmp_path / "7").mkdir()
    (tmp_path / "7/cgroup").write_text(groups)
    file = tmp_path / "sys" / controllers / groups.strip().rsplit(":/", 1)[1] / name
    file.parent.mkdir(parents=True)
    file.write_text(text)
    assert cpu_seconds(CONTAINER, 7, tmp_path, tmp_path / "sys") == 2.5


def test_a_process_of_somebody_else_is_not_the_containers(tmp_path: Path) -> None:
    (tmp_path / "7").mkdir()
    (tmp_path / "7/cgroup").write_text("0::/user.slice/session-1.scope\n")
    assert cpu_seconds(CONTAINER, 7, tmp_path, tmp_path) is None


def test_a_process_that_is_not_here_tells_nothing(tmp_path: Path) -> None:
    assert cpu_seconds(CONTAINER, 7, tmp_path, tmp_path) is None
