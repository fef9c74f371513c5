"""What the generator costs: the same question to the same Odoo by wrk, by OdooLocust and by odoo-gate's locustfiles.

    .venv/bin/python benchmarks/load_generator.py --seconds 8

Each asks Odoo for the name of one contact, four at a time, as it is meant to be used: wrk and odoo-gate through
`call_kw` in a logged-in session, OdooLocust through /jsonrpc. Odoo is what limits the rate, so what is compared is the
processor time a generator spends on a request; its inverse is what one core could drive if Odoo were free. Then the
month-end profile at its declared peak: how late the generator begins. The tools take turns; medians are printed.

OdooLocust asks through odoo-client-lib, which makes a new HTTP client for every call; each reads the machine's CA
certificates, though the address is plain http. The last line says what that alone costs here, the row "one client"
what is left when all calls share one.
wrk comes from Debian (`apt-get install wrk`), OdooLocust from PyPI into an environment of its own.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import statistics
import subprocess
import sys
import tempfile
import time
import venv
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

import requests

from odoo_gate.data import like_production
from odoo_gate.odoo.testbed import open_testbed
from odoo_gate.process import run
from odoo_gate.settings import load_settings
from odoo_gate.stack.run import Run, new_run_id
from odoo_gate.traffic import Person, Plan, Site, drive, find_profile, locustfiles, percentile, prepare_site

EXAMPLE = Path(__file__).parents[1] / "examples/construction"
AT_ONCE = 4
ODOO_LOCUST = "OdooLocust==2.0.0"
PARAMS = {"model": "res.partner", "method": "read", "args": [[1], ["name"]], "kwargs": {}}

OURS = """
import sys, time, json
sys.path.insert(0, {folder!r})
import gevent
from locust.env import Environment
from browser import Browser, Tab
report = Environment().events.request
browser = Browser({url!r}, {database!r}, report, 60.0)
browser.sign_in({login!r}, {password!r})
done, end = 0, time.time() + {seconds}
def work():
    global done
    while time.time() < end:
        Tab(browser).call("res.partner", "read", [1], ["name"])
        done += 1
gevent.joinall([gevent.spawn(work) for _ in range({at_once})], raise_error=True)
print(json.dumps(done))
"""

THEIRS = """
from locust import task, constant
from OdooLocust.OdooLocustUser import OdooLocustUser
{patch}
class Reader(OdooLocustUser):
    wait_time = constant(0)
    host, port, database, login, password, protocol = {host!r}, {port}, {database!r}, {login!r}, {password!r}, "jsonrpc"
    @task
    def read(self):
        self.client.get_model("res.partner").read([1], ["name"])
"""

ONE_CLIENT = """
import httpx, odoolib
odoolib.tools.httpx = httpx.Client(trust_env=False)
"""

CLIENT = """
import time, httpx
started = time.process_time()
for _ in range(20):
    httpx.Client().close()
print((time.process_time() - started) / 20)
"""

WRK = """
wrk.method = "POST"
wrk.headers["Content-Type"] = "application/json"
wrk.headers["Cookie"] = "session_id={session}"
wrk.body = '{body}'
"""


@dataclass(frozen=True)
class Cost:
    """One run of a tool: requests answered, wall seconds, processor seconds (its start-up taken off)."""

    requests: int
    seconds: float
    cpu: float

    @property
    def milliseconds(self) -> float:
        return self.cpu / self.requests * 1000


class Bench:
    """The Odoo that all of them ask, and how each asks."""

    def __init__(self, url: str, site: Site, folder: Path, seconds: int, python: Path | None) -> None:
        self.python = python
        self.url, self.site, self.folder, self.seconds = url, site, folder, seconds
        self.person: Person = next(each for each in site.people if each.company == site.companies[0])

    def ours(self) -> Cost:
        script = self.folder / "ours.py"
        facts = {"folder": str(locustfiles()), "url": self.url, "database": self.site.database, "at_once": AT_ONCE}
        login = {"login": self.person.login, "password": self.person.password}

        def once(seconds: float) -> tuple[str, float]:
            script.write_text(OURS.format(**facts, **login, seconds=seconds))
            return measured([sys.executable, str(script)])

        return self._cost(once, lambda text: int(json.loads(text)))

    def wrk(self) -> Cost:
        body = json.dumps({"jsonrpc": "2.0", "method": "call", "params": PARAMS, "id": 1})
        script = self.folder / "wrk.lua"
        script.write_text(WRK.format(session=self._session(), body=body))
        command = ["wrk", "-t1", f"-c{AT_ONCE}", "-s", str(script), self.url + "/web/dataset/call_kw"]

        def once(seconds: float) -> tuple[str, float]:
            return measured([*command[:3], f"-d{max(1, round(seconds))}s", *command[3:]])

        return self._cost(once, _wrk_requests)

    def odoo_locust(self, patch: str = "") -> Cost:
        python = self._environment()
        parts, script = urlsplit(self.url), self.folder / "theirs.py"
        facts = {"host": parts.hostname, "port": parts.port, "database": self.site.database}
        login = {"login": self.person.login, "password": self.person.password}
        script.write_text(THEIRS.format(**facts, **login, patch=patch))
        command = [str(python), "-m", "locust", "-f", str(script), "--headless", "-u", str(AT_ONCE), "-r", str(AT_ONCE)]

        def once(seconds: float) -> tuple[str, float]:
            return measured([*command, "-t", f"{max(1, round(seconds))}s", "--json"])

        return self._cost(once, _locust_requests)

    def a_client(self) -> float:
        """Processor seconds that making one HTTP client takes in OdooLocust's environment."""
        return float(run([str(self._environment()), "-c", CLIENT], timeout=120).stdout)

    def _cost(self, once: Callable[[float], tuple[str, float]], count: Callable[[str], int]) -> Cost:
        """Two lengths: their difference is the work itself, without what starting costs."""
        (short, short_cpu), (long, long_cpu) = once(1), once(1 + self.seconds)
        return Cost(count(long) - count(short), self.seconds, max(0.001, long_cpu - short_cpu))

    def _session(self) -> str:
        session = requests.Session()
        session.trust_env = False
        login = {"db": self.site.database, "login": self.person.login, "password": self.person.password}
        answer = session.post(self.url + "/web/session/authenticate", json={"jsonrpc": "2.0", "params": login})
        answer.raise_for_status()
        return session.cookies["session_id"]

    def _environment(self) -> Path:
        if self.python is not None:
            return self.python
        folder = self.folder / "odoolocust"
        python = folder / "bin/python"
        if not python.exists():
            venv.create(folder, with_pip=True)
            run([str(python), "-m", "pip", "install", "--quiet", ODOO_LOCUST], timeout=300)
        return python


def measured(argv: Sequence[str]) -> tuple[str, float]:
    """What a program printed, and the processor seconds it took. Raises RuntimeError when it fails."""
    with tempfile.TemporaryFile("w+") as out:
        process = subprocess.Popen(argv, stdout=out, stderr=subprocess.DEVNULL, stdin=subprocess.DEVNULL)
        _pid, status, usage = os.wait4(process.pid, 0)
        out.seek(0)
        text = out.read()
    if status:
        raise RuntimeError(f"{argv[0]} ended with {os.waitstatus_to_exitcode(status)}: {text[-500:]}")
    return text, usage.ru_utime + usage.ru_stime


def _wrk_requests(text: str) -> int:
    if "Non-2xx" in text or not (found := re.search(r"(\d+) requests in", text)):
        raise RuntimeError(f"wrk: {text}")
    return int(found[1])


def _locust_requests(text: str) -> int:
    rows = json.loads(text)
    if any(row["num_failures"] for row in rows):
        raise RuntimeError(f"OdooLocust had failures: {rows}")
    return sum(row["num_requests"] for row in rows if ": read" in row["name"])


def compare(bench: Bench, rounds: int) -> None:
    tools = {
        "wrk": bench.wrk,
        "odoo-gate": bench.ours,
        "OdooLocust": bench.odoo_locust,
        "  one client": lambda: bench.odoo_locust(ONE_CLIENT),
    }
    found: dict[str, list[Cost]] = {name: [] for name in tools}
    for number in range(rounds):
        for name, ask in tools.items():
            found[name].append(ask())
            print(f"round {number + 1} {name}: {found[name][-1].milliseconds:.3f} ms a request", flush=True)
    print(f"\n{'tool':<12}{'requests/s':>12}{'CPU ms a request':>18}{'one core could drive':>22}")
    for name, costs in found.items():
        rate = statistics.median(cost.requests / cost.seconds for cost in costs)
        cpu = statistics.median(cost.milliseconds for cost in costs)
        print(f"{name:<12}{rate:>12.0f}{cpu:>18.3f}{1000 / cpu:>20.0f}/s")
    print(f"of each call of OdooLocust {bench.a_client() * 1000:.0f} ms are its client reading CA certificates")


def peak(bench: Bench, seconds: float) -> None:
    profile = find_profile("month-end")
    plan = Plan(profile.name, seconds, profile.arrivals_per_minute, profile.people, seed=1)
    traffic = drive(bench.url, bench.site, plan, bench.folder / "peak", print)
    lags = [sample.lag * 1000 for sample in traffic.samples]
    requests_done = sum(sample.requests for sample in traffic.samples)
    print(
        f"\nmonth-end at its peak ({profile.arrivals_per_minute:g} a minute, {profile.people} people):"
        f" {len(lags)} transactions, {requests_done} requests;"
        f" lag p50 {percentile(lags, 0.5):.2f} ms, p99 {percentile(lags, 0.99):.2f} ms, max {max(lags):.2f} ms;"
        f" generator {traffic.generator_cpu:.1%} of a core"
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seconds", type=int, default=8, help="of each run")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--peak-seconds", type=float, default=60)
    parser.add_argument("--odoolocust", type=Path, help="a Python that has OdooLocust (default: one is made)")
    told = parser.parse_args()
    started = time.monotonic()
    with tempfile.TemporaryDirectory() as name, Run(new_run_id(), Path(name) / "run", print) as stack:
        testbed = open_testbed(load_settings(EXAMPLE, os.environ), stack, print)
        release = testbed.candidate
        with testbed.clone(like_production(testbed, release, print), release) as clone:
            site = prepare_site(testbed, release, clone, print)
            server = testbed.start_server(release, clone.database)
            bench = Bench(server.url, site, Path(name), told.seconds, told.odoolocust)
            compare(bench, told.rounds)
            peak(bench, told.peak_seconds)
            testbed.stop_server(server)
    print(f"took {time.monotonic() - started:.0f} s")


if __name__ == "__main__":
    main()
