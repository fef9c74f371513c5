"""What the kernel of this machine has counted for a container: a file read, where the engine takes a second."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

_ROOT = Path("/sys/fs/cgroup")
_USAGE_V2 = "usage_usec"


def cpu_seconds(container_id: str, pid: int, proc: Path = Path("/proc"), root: Path = _ROOT) -> float | None:
    """CPU seconds of the container since it was started; None when it is not on this machine.

    `pid` is that of its first process as its engine knows it: another machine's may be anybody's here, so the process
    must be in the control group of the container. Source: Linux' cgroup-v1/cpuacct and cgroup-v2.
    """
    try:
        groups = (proc / str(pid) / "cgroup").read_text("utf-8")
        for file in _counters(groups, container_id, root):
            if file.is_file():
                return _seconds(file)
    except OSError:
        return None
    return None


def _counters(groups: str, container_id: str, root: Path) -> Iterator[Path]:
    for line in groups.splitlines():
        _, controllers, path = line.split(":", 2)
        if container_id not in path:
            continue
        if not controllers:
            yield root / path.lstrip("/") / "cpu.stat"
        elif "cpuacct" in controllers.split(","):
            yield root / controllers / path.lstrip("/") / "cpuacct.usage"


def _seconds(file: Path) -> float:
    text = file.read_text("ascii")
    if file.name == "cpuacct.usage":
        return int(text) / 1e9
    return int(dict(line.split(" ", 1) for line in text.splitlines())[_USAGE_V2]) / 1e6
