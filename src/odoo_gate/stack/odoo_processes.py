"""The processes of a running prefork Odoo: which is which, how busy, and how to end exactly one."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Literal

from odoo_gate.stack.container import RunningContainer

Role = Literal["master", "http", "cron", "gevent"]


@dataclass(frozen=True, slots=True)
class OdooProcess:
    """One process as the container numbers it. `ticks` is the CPU time it has used, in clock ticks."""

    pid: int
    role: Role
    ticks: int


def odoo_processes(container: RunningContainer) -> tuple[OdooProcess, ...]:
    """Master, workers and gevent server of the Odoo in `container`. Raises StackError.

    Told apart by what they hold, not by their names, which need a library that images may lack: of the master's
    children, HTTP workers keep the listening socket and cron workers close it.
    """
    found = json.loads(container.execute("python3", "-c", f"{_LOOK_FOR}\n{_LIST}"))
    return tuple(OdooProcess(int(pid), role, int(ticks)) for pid, role, ticks in found)


def kill_process(container: RunningContainer, pid: int) -> None:
    """SIGKILL to one process in `container`. Raises StackError when there is none of that number."""
    container.execute("python3", "-c", f"import os; os.kill({pid}, 9)")


def kill_busy_worker(container: RunningContainer, seconds: float) -> tuple[int, float] | None:
    """SIGKILL to the first HTTP worker seen at work on a request; its number, and when (seconds since the epoch).

    None when none was at work for `seconds`. Raises StackError.
    """
    answer = container.execute("python3", "-c", f"{_LOOK_FOR}\n{_KILL_BUSY}", environment={"SECONDS": str(seconds)})
    killed = json.loads(answer)
    return None if killed is None else (int(killed[0]), float(killed[1]))


_LOOK_FOR = """
import json, os
ESTABLISHED, LISTEN = "01", "0A"

def connections(state):
    found = []
    for table in ("/proc/net/tcp", "/proc/net/tcp6"):
        if os.path.exists(table):
            for line in open(table).read().splitlines()[1:]:
                fields = line.split()
                if fields[3] == state:
                    found.append((fields[1].rpartition(":")[2], "socket:[%s]" % fields[9]))
    return found

def listening():
    return {inode for port, inode in connections(LISTEN)}

def sockets(pid):
    held = set()
    for number in os.listdir("/proc/%s/fd" % pid):
        try:
            held.add(os.readlink("/proc/%s/fd/%s" % (pid, number)))
        except OSError:
            pass  # closed meanwhile
    return held

def look(pid):
    fields = open("/proc/%s/stat" % pid).read().rpartition(")")[2].split()
    words = open("/proc/%s/cmdline" % pid, "rb").read().split(b"\\0")
    return int(fields[1]), int(fields[11]) + int(fields[12]), words

def processes():
    seen, inodes, own = {}, listening(), os.getpid()
    for pid in filter(str.isdigit, os.listdir("/proc")):
        try:
            parent, ticks, words = look(pid)
            if int(pid) != own and any(b"odoo" in word for word in words[:2]):
                seen[int(pid)] = (parent, ticks, b"gevent" in words, bool(sockets(pid) & inodes))
        except OSError:
            pass  # it ended meanwhile
    found = []
    for pid, (parent, ticks, gevent, listens) in sorted(seen.items()):
        role = "gevent" if gevent else "master" if parent not in seen else "http" if listens else "cron"
        found.append([pid, role, ticks])
    return found
"""
_LIST = "print(json.dumps(processes()))"
_KILL_BUSY = """
import signal, time
STEP, AT_WORK = 0.02, 2

def serves(pid):
    ports = {port for port, inode in connections(LISTEN)}
    return bool(sockets(pid) & {inode for port, inode in connections(ESTABLISHED) if port in ports})

def kill_at_work(pid):
    # Stopped first: between looking and killing, the answer could go out.
    os.kill(pid, signal.SIGSTOP)
    if serves(pid):
        at = time.time()
        os.kill(pid, signal.SIGKILL)
        return [pid, at]
    os.kill(pid, signal.SIGCONT)

ticks, killed, end = {}, None, time.time() + float(os.environ["SECONDS"])
while killed is None and time.time() < end:
    for pid in [pid for pid, role, used in processes() if role == "http"]:
        try:
            used = look(pid)[1]
            if used - ticks.get(pid, used) >= AT_WORK and (killed := kill_at_work(pid)):
                break
            ticks[pid] = used
        except OSError:
            pass  # it ended meanwhile
    time.sleep(STEP)
print(json.dumps(killed))
"""
