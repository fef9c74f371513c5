"""Drives a plan with Locust, in a process of its own, and reads what it left."""

from __future__ import annotations

import contextlib
import importlib.util
import json
import math
import os
import secrets
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from odoo_gate.errors import StackError, UsageError
from odoo_gate.model import Say, silent
from odoo_gate.traffic.loopback import check_loopback
from odoo_gate.traffic.model import Notifications, Plan, Sample, Site, Traffic, read_samples
from odoo_gate.traffic.profiles import NotApplicable, find_profile, locustfile

SAMPLES = "samples.jsonl"
SUMMARY = "summary.json"
LOG = "locust.log"
_STOP = "stop"
_BEGUN = "begun"
_POLL = 0.2
_TELL_EVERY = 10.0
_START_SECONDS = 180.0
"""How long logins and looking around may take."""
_DRAIN_SECONDS = 150.0
_TAIL = 12


def drive(url: str, site: Site, plan: Plan, folder: Path, say: Say = silent) -> Traffic:
    """Drive `plan` against the Odoo at `url` to its end; `folder` is new or empty and keeps everything.

    Raises NotApplicable, UsageError for a target that is not this machine, StackError when Locust did not do it.
    """
    with driving(url, site, plan, folder, say) as under_way:
        return under_way.wait()


@contextlib.contextmanager
def driving(url: str, site: Site, plan: Plan, folder: Path, say: Say = silent) -> Iterator[Driving]:
    """Drive in the background of the block; people are at work when the block begins. Ends with the block."""
    under_way = _start(url, site, plan, folder, say)
    try:
        under_way.await_work()
        yield under_way
    finally:
        under_way.kill()


@dataclass
class Driving:
    """A drive under way."""

    plan: Plan
    folder: Path
    process: subprocess.Popen[bytes]
    say: Say
    _traffic: Traffic | None = field(default=None, init=False)

    @property
    def samples(self) -> tuple[Sample, ...]:
        """Those that ended so far (half a second late at most)."""
        return read_samples(self.folder / SAMPLES)

    def stop(self) -> Traffic:
        """Nobody arrives any more; what is under way gets its answer. Raises StackError."""
        (self.folder / _STOP).touch()
        return self.wait()

    def wait(self) -> Traffic:
        """Until the plan is done. Raises StackError."""
        if self._traffic is None:
            longest = max(self.plan.seconds, self.plan.arrivals * 60 / self.plan.arrivals_per_minute)
            self._await(lambda: self.process.poll() is not None, _START_SECONDS + 2 * longest + _DRAIN_SECONDS)
            self._traffic = self._read()
        return self._traffic

    def await_work(self) -> None:
        """Until everybody is logged in and the schedule has begun. Raises StackError."""
        begun = self.folder / _BEGUN
        self._await(lambda: begun.exists() or self.process.poll() is not None, _START_SECONDS)
        if not begun.exists():
            self.wait()

    def kill(self) -> None:
        """Leave nothing running, whatever happened."""
        if self.process.poll() is None:
            self.process.terminate()
            try:
                self.process.wait(10)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()

    def _await(self, is_over: Callable[[], bool], seconds: float) -> None:
        deadline, told = time.monotonic() + seconds, time.monotonic()
        while not is_over():
            if time.monotonic() > deadline:
                self.kill()
                raise StackError(
                    f"Locust did not come to an end within {seconds:g} s", hint=f"read {self.folder / LOG}"
                )
            if time.monotonic() - told > _TELL_EVERY:
                told = time.monotonic()
                self.say(f"{self.plan.profile}: {len(self.samples)} of about {self.plan.arrivals:.0f} transactions")
            time.sleep(_POLL)

    def _read(self) -> Traffic:
        summary = self._summary()
        if summary.get("error"):
            raise StackError(
                f"{self.plan.profile} could not be driven: {summary['error']}", hint=f"read {self.folder / LOG}"
            )
        samples, planned = self.samples, int(summary["planned"])
        if len(samples) != planned or not samples:
            raise StackError(
                f"{self.plan.profile}: {len(samples)} samples of {planned} transactions that were due",
                hint=f"read {self.folder / LOG}; nothing can be concluded from such a drive",
            )
        return Traffic(
            samples=samples,
            lag_p99=percentile([sample.lag for sample in samples], 0.99),
            generator_cpu=float(summary["generator_cpu"]),
            started=min(sample.scheduled for sample in samples),
            ended=max(sample.ended for sample in samples),
            planned=planned,
            folder=self.folder,
            notifications=Notifications(**summary["notifications"]) if summary["notifications"] else None,
        )

    def _summary(self) -> dict[str, Any]:
        path = self.folder / SUMMARY
        if not path.exists():
            tail = "\n".join((self.folder / LOG).read_text("utf-8", "replace").splitlines()[-_TAIL:])
            raise StackError(
                f"Locust ended with status {self.process.returncode} and no result:\n{tail}",
                hint=f"read {self.folder / LOG}",
            )
        found: dict[str, Any] = json.loads(path.read_text("utf-8"))
        return found


def percentile(values: Sequence[float], share: float) -> float:
    """The smallest of `values` that `share` (0 to 1) of them do not exceed. Raises ValueError without values."""
    if not values:
        raise ValueError("no values, no percentile")
    return sorted(values)[max(0, math.ceil(share * len(values)) - 1)]


def command(url: str, plan: Plan, site_file: Path, folder: Path, label: str) -> list[str]:
    """The command line of Locust for a plan."""
    argv = [sys.executable, "-m", "locust", "-f", str(locustfile(plan.profile)), "--host", url, "--headless", "-u", "1"]
    argv += ["--only-summary"]
    argv += ["--site", str(site_file), "--samples", str(folder), "--label", label, "--seed", str(plan.seed)]
    argv += ["--seconds", str(plan.seconds), "--arrivals-per-minute", str(plan.arrivals_per_minute)]
    argv += ["--people", str(plan.users)]
    if plan.fixed_work is not None:
        argv += ["--fixed-work", str(plan.fixed_work)]
    if plan.mix is not None:
        argv += ["--mix", json.dumps(dict(plan.mix))]
    return argv


def _start(url: str, site: Site, plan: Plan, folder: Path, say: Say) -> Driving:
    if importlib.util.find_spec("locust") is None:
        raise UsageError("Locust is not installed", hint="pip install 'odoo-gate[load]'")
    check_loopback(url)
    profile = find_profile(plan.profile)
    missing = profile.missing(site.modules, str(site.facts.get("series", profile.series)))
    if missing:
        raise NotApplicable(f"the profile {plan.profile} is not applicable: it {missing}")
    if (folder / SAMPLES).exists():
        raise UsageError(f"{folder} holds samples already", hint="give each drive a folder of its own")
    folder.mkdir(parents=True, exist_ok=True)
    site_file = folder.resolve() / "site.json"
    site.write(site_file)
    say(f"{plan.profile}: {plan.users} people, {plan.arrivals_per_minute:g} arrivals a minute for {plan.seconds:g} s")
    environment = {key: value for key, value in os.environ.items() if not key.startswith(("LOCUST_", "ODOO_LOAD_"))}
    environment["PYTHONDONTWRITEBYTECODE"] = "1"  # a locustfile of the project may lie below an addons path
    with (folder / LOG).open("wb") as log:
        process = subprocess.Popen(
            command(url, plan, site_file, folder.resolve(), secrets.token_hex(3)),
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=subprocess.STDOUT,
            env=environment,
        )
    return Driving(plan, folder, process, say)
