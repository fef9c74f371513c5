"""All tests of three stock modules, three ways, in one run: what teams do, pytest-odoo, and odoo-gate.

    .venv/bin/python benchmarks/addon_tests.py --pairs 3

- *fresh*: a fresh database, `odoo -i MODULES --test-tags ...`: what most Odoo CI does.
- *pytest-odoo*: `pytest -n 2 --dist loadscope` with pytest-odoo on a warm database that has the modules installed.
- *odoo-gate*: `pytest -n 2` in a checkout of the modules, templates warm.

All three use the same Odoo image and the same tuned PostgreSQL image on this machine. The runs alternate; medians
and the ratio of each pair are printed. Every way must report the tests it ran, or the figure is not printed.

*At most* says how fast two workers could be that ran each test as fast as the fresh run did alone, with no time for
anything else: what no choice of databases can beat.
"""

from __future__ import annotations

import argparse
import os
import re
import secrets
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

from odoo_gate.errors import InfrastructureError
from odoo_gate.odoo.listing import list_release
from odoo_gate.odoo.testbed import open_testbed
from odoo_gate.process import run
from odoo_gate.settings import load_settings
from odoo_gate.stack.images import Images, run_reference
from odoo_gate.stack.postgres import Tuning, start_postgres
from odoo_gate.stack.run import Run, new_run_id

MODULES = ("project", "purchase_requisition", "project_purchase")
SERIES = "19.0"
GATE = (sys.executable, "-m", "pytest", "-q", "-p", "no:hypothesispytest")
"""Hypothesis is here for odoo-gate's own tests; its plugin costs each pytest process a second of imports."""

WORKERS = 2

PYTEST_ODOO = ("pytest-odoo==2.3.0", "pytest==8.4.2", "pytest-xdist==3.8.0")


@dataclass(frozen=True)
class Timing:
    """One run: wall seconds, how many tests it said it ran, and the seconds it spent in them (0: not told)."""

    seconds: float
    tests: int
    testing: float = 0.0


class Bench:
    """The machines of one benchmark: a PostgreSQL and the images, all gone at the end."""

    def __init__(self, resources: ExitStack, folder: Path, *, tours: bool) -> None:
        self._folder = folder
        self._tags = ",".join(f"/{module}" for module in MODULES)
        images = Images(print)
        self._odoo = images.odoo(SERIES, flavour="test")
        self._pytest_odoo = run_reference(images.odoo(SERIES, requirements=PYTEST_ODOO, flavour="test"))
        self._run = resources.enter_context(Run(new_run_id(), folder / "logs", print))
        self._postgres = start_postgres(self._run, run_reference(images.postgres()), Tuning.FAST).address
        self._checkout = self._make_checkout()
        if not tours:
            self._leave_out_tours()

    def fresh(self) -> Timing:
        """`odoo -i` with the modules' tests on a database that did not exist before."""
        command = ["odoo", "-d", _name(), "-i", ",".join(MODULES), "--test-tags", self._tags, "--stop-after-init"]
        seconds, output = self._in_container(run_reference(self._odoo), [*command, "--http-interface=127.0.0.1"])
        spent = re.findall(r"incl\. ([\d.]+)s test|post-tests in ([\d.]+)s", output)
        testing = sum(float(at_install or post_install) for at_install, post_install in spent)
        return Timing(seconds, len(re.findall(r"Starting \S+ \.\.\.", output)), testing)

    def make_warm(self) -> str:
        """A database with the modules installed, for pytest-odoo."""
        database = _name()
        self._in_container(self._pytest_odoo, ["odoo", "-d", database, "-i", ",".join(MODULES), "--stop-after-init"])
        return database

    def pytest_odoo(self, database: str) -> Timing:
        """pytest-odoo on two workers, each on its own copy of `database`."""
        folders = " ".join(f"/usr/lib/python3/dist-packages/odoo/addons/{module}" for module in MODULES)
        script = (
            "export PGHOST=$HOST PGPORT=$PORT PGUSER=$USER PGPASSWORD=$PASSWORD; cd /tmp && "
            f"printf '[options]\\ndb_host=%s\\ndb_port=%s\\ndb_user=%s\\ndb_password=%s\\ndb_name={database}\\n' "
            f'"$HOST" "$PORT" "$USER" "$PASSWORD" > /tmp/odoo.conf && '
            f"python3 -m pytest -q -n {WORKERS} --dist loadscope --odoo-config=/tmp/odoo.conf -p no:cacheprovider "
            + folders
        )
        seconds, output = self._in_container(self._pytest_odoo, ["bash", "-c", script])
        return Timing(seconds, _ran(output))

    def odoo_gate(self) -> Timing:
        """Plain `pytest -n 2` in a project that judges the modules."""
        copied = self._checkout / ".odoo-gate" / "image-addons"
        started = time.monotonic()
        done = subprocess.run(
            [*GATE, "-n", str(WORKERS), *([str(copied)] if copied.is_dir() else [])],
            cwd=self._checkout,
            capture_output=True,
            text=True,
            check=False,
        )
        return Timing(time.monotonic() - started, _ran(done.stdout))

    def _in_container(self, image: str, command: Sequence[str]) -> tuple[float, str]:
        """Run `command` in a container beside the PostgreSQL: wall seconds and all it printed."""
        environment = {
            "HOST": self._postgres.alias,
            "PORT": "5432",
            "USER": self._postgres.user,
            "PASSWORD": self._postgres.password,
        }
        flags = [word for key, value in environment.items() for word in ("-e", f"{key}={value}")]
        started = time.monotonic()
        done = run(
            [
                "docker",
                "run",
                "--rm",
                "--shm-size",
                "512m",
                "--network",
                self._run.network,
                *flags,
                image,
                *command,
            ],
            timeout=1800,
            check=False,
        )
        return time.monotonic() - started, done.stdout + done.stderr

    def _make_checkout(self) -> Path:
        """A project that judges the image's modules: copies of them would never be loaded."""
        checkout = self._folder / "checkout"
        (checkout / "addons").mkdir(parents=True)
        (checkout / "pytest.ini").write_text("[pytest]\n")
        self._write_settings(checkout)
        return checkout

    def _write_settings(self, checkout: Path) -> None:
        (checkout / "gate.toml").write_text(
            f'[project]\nname = "benchmark"\nseries = "{SERIES}"\n[addons]\nmodules = {list(MODULES)}\n'
            f'[tests]\ntags = "{self._tags}"\n'
        )

    def _leave_out_tours(self) -> None:
        """Tell Odoo and odoo-gate alike to leave out the classes that may open a browser."""
        testbed = open_testbed(load_settings(self._checkout, os.environ), self._run, print)
        tests = list_release(testbed.candidate, self._tags).tests
        browsers = sorted({f"-/{test.module}:{test.cls}" for test in tests if test.http})
        self._tags = ",".join([self._tags, *browsers])
        self._write_settings(self._checkout)


def _name() -> str:
    return f"bench_{secrets.token_hex(4)}"


def _ran(output: str) -> int:
    """The tests pytest's last line counts, whatever became of them."""
    last = next((line for line in reversed(output.splitlines()) if re.search(r"\d+ passed", line)), "")
    if not last:
        raise InfrastructureError(f"no test ran:\n{output[-3000:]}", hint="mend the benchmark")
    return sum(int(count) for count in re.findall(r"(\d+) (?:passed|failed|skipped)", last))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--pairs", type=int, default=3, choices=range(1, 21), metavar="1..20")
    parser.add_argument(
        "--no-tours", action="store_true", help="leave out what opens a browser (pytest-odoo always does)"
    )
    options = parser.parse_args()
    with ExitStack() as resources:
        folder = Path(resources.enter_context(tempfile.TemporaryDirectory(prefix="odoo-gate-bench-")))
        bench = Bench(resources, folder, tours=not options.no_tours)
        database = bench.make_warm()
        cold = bench.odoo_gate()
        print(f"odoo-gate, templates cold: {cold.seconds:6.1f} s, {cold.tests} tests")
        ways: dict[str, Callable[[], Timing]] = {
            "fresh": bench.fresh,
            "pytest-odoo": lambda: bench.pytest_odoo(database),
            "odoo-gate": bench.odoo_gate,
        }
        timings: dict[str, list[Timing]] = {name: [] for name in ways}
        for pair in range(1, options.pairs + 1):
            for name, way in ways.items():
                timings[name].append(way())
                print(f"{pair} {name:12} {timings[name][-1].seconds:6.1f} s, {timings[name][-1].tests} tests")
    _summary(timings)


def _summary(timings: dict[str, list[Timing]]) -> None:
    ours = timings["odoo-gate"]
    print(f"\n{os.cpu_count()} cores; medians of {len(ours)} runs, each way in turn")
    for name, runs in timings.items():
        median = statistics.median(timing.seconds for timing in runs)
        ratio = statistics.median(a.seconds / b.seconds for a, b in zip(runs, ours, strict=True))
        print(f"{name:12} {median:6.1f} s  {runs[-1].tests:4} tests  {ratio:5.2f}x odoo-gate's time")
    fresh = timings["fresh"]
    alone = statistics.median(timing.testing for timing in fresh)
    bound = statistics.median(timing.seconds / (timing.testing / WORKERS) for timing in fresh)
    print(f"fresh was {alone:.1f} s in its tests: {WORKERS} workers could be at most {bound:.2f}x as fast")


if __name__ == "__main__":
    main()
