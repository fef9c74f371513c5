"""The processes of a running prefork Odoo: which is which, how busy, and how to end exactly one."""

from __future__ import annotations

import json
import time
from dataclasses import dataclass
from typing import Literal

from odoo_gate.stack.container import RunningContainer

Role = Literal["master", "http", "cron", "gevent"]


@dataclass(frozen=True, slots=True)
class OdooProcess:
    """One process as the container numbers it. `ticks` is the CPU time it has used, in clock ticks.

    `is_stopped`: somebody sent it SIGSTOP, and it does nothing until it is told to go on.
    """

    pid: int
    role: Role
    ticks: int
    is_stopped: bool


def odoo_processes(container: RunningContainer) -> tuple[OdooProcess, ...]:
    """Master, workers and gevent server of the Odoo in `container`. Raises StackError.

    Told apart by what they hold, not by their names, which need a library that images may lack: of the master's
    children, HTTP workers keep the listening socket and cron workers close it.
    """
    found = json.loads(container.execute("python3", "-c", f"{_LOOK_FOR}\n{_LIST}"))
    return tuple(OdooProcess(int(pid), role, int(ticks), bool(stopped)) for pid, role, ticks, stopped in found)


def kill_cron_workers(container: RunningContainer) -> tuple[int, float]:
    """SIGKILL to every cron worker at once; how many there were, and when (seconds since the epoch). Raises StackError.

    In one go: a worker that is left alone while the others are looked for may come to the end of its job.
    """
    asked = time.time()
    count, at, told = json.loads(container.execute("python3", "-c", f"{_LOOK_FOR}\n{_KILL_CRON}"))
    return int(count), _here(asked, float(at), float(told))


def kill_busy_worker(container: RunningContainer, seconds: float) -> tuple[int, float] | None:
    """SIGKILL to the first HTTP worker seen at work on a request; its number, and when (seconds since the epoch).

    None when none was at work for `seconds`. Raises StackError.
    """
    asked = time.time()
    answer = container.execute("python3", "-c", f"{_LOOK_FOR}\n{_KILL_BUSY}", environment={"SECONDS": str(seconds)})
    killed = json.loads(answer)
    if killed is None:
        return None
    pid, at, told = killed
    return int(pid), _here(asked, float(at), float(told))


def _here(asked: float, at: float, told: float) -> float:
    """The moment `at` by this machine's clock, when it was `told` just now: the engine may go by another clock."""
    return max(asked, min(at, time.time() - (told - at)))


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
    return int(fields[1]), int(fields[11]) + int(fields[12]), words, fields[0] in "Tt"

def processes():
    seen, inodes, own = {}, listening(), os.getpid()
    for pid in filter(str.isdigit, os.listdir("/proc")):
        try:
            parent, ticks, words, stopped = look(pid)
            if int(pid) != own and any(b"odoo" in word for word in words[:2]):
                seen[int(pid)] = (parent, ticks, b"gevent" in words, bool(sockets(pid) & inodes), stopped)
        except OSError:
            pass  # it ended meanwhile
    found = []
    for pid, (parent, ticks, gevent, listens, stopped) in sorted(seen.items()):
        role = "gevent" if gevent else "master" if parent not in seen else "http" if listens else "cron"
        found.append([pid, role, ticks, stopped])
    return found
"""
_LIST = "print(json.dumps(processes()))"
_KILL_CRON = """
import time
victims = [pid for pid, role, used, stopped in processes() if role == "cron"]
at, killed = time.time(), 0
for pid in victims:
    try:
        os.kill(pid, 9)
        killed += 1
    except OSError:
        pass  # it ended meanwhile
print(json.dumps([killed, at, time.time()]))
"""
_KILL_BUSY = """
import signal, time
STEP, AT_WORK, STOPPED_WITHIN = 0.02, 2, 2.0

def serves(pid):
    ports = {port for port, inode in connections(LISTEN)}
    return bool(sockets(pid) & {inode for port, inode in connections(ESTABLISHED) if port in ports})

def stands_still(pid):
    # Every thread of it: requests are not answered by the first, and a signal needs a moment to reach them all.
    end = time.time() + STOPPED_WITHIN
    while time.time() < end:
        threads = os.listdir("/proc/%d/task" % pid)
        told = [open("/proc/%d/task/%s/stat" % (pid, each)).read().rpartition(")")[2].split()[0] for each in threads]
        if set(told) <= {"T", "t"}:
            return True
        time.sleep(0.001)
    return False

def kill_at_work(pid):
    # Stopped first: between looking and killing, the answer could go out.
    os.kill(pid, signal.SIGSTOP)
    try:
        if stands_still(pid) and serves(pid):
            at = time.time()
            os.kill(pid, signal.SIGKILL)
            return [pid, at]
    finally:
        go_on(pid)

def go_on(pid):
    # Whatever happened: a worker that stays stopped is none.
    try:
        os.kill(pid, signal.SIGCONT)
    except OSError:
        pass  # killed, and its master has taken notice

ticks, killed, end = {}, None, time.time() + float(os.environ["SECONDS"])
while killed is None and time.time() < end:
    for pid in [pid for pid, role, used, stopped in processes() if role == "http"]:
        try:
            used = look(pid)[1]
            if used - ticks.get(pid, used) >= AT_WORK:
                killed = kill_at_work(pid)
            ticks[pid] = used
        except OSError:
            pass  # it ended meanwhile
        if killed is not None:
            break
    time.sleep(STEP)
print(json.dumps(None if killed is None else [*killed, time.time()]))
"""
