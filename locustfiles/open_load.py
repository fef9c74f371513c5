"""Open load for Locust: people arrive when the schedule says, whether or not Odoo has answered the ones before.

A locustfile calls `offer(profile name, transactions, look)`. Everything is done by one engine a process, which
Locust's test_start begins; Locust's own users only keep the process alive, so `--users` says nothing about the load:
`--people` and `--arrivals-per-minute` do. With workers each drives the people of its own number, and the same
seed gives the same transactions however many there are.
"""

from __future__ import annotations

import secrets
import time
import tomllib
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import gevent
from gevent.event import Event
from locust import User, constant, events, task
from locust.env import Environment
from locust.runners import LocalRunner, MasterRunner, WorkerRunner

from engine import START_DELAY, Done, Engine, Look, Offer, Transaction, Turn
from samples import Samples

__all__ = ["Done", "Turn", "offer"]

FLUSH_SECONDS = 0.5
GONE_SECONDS = 30.0


class Generator(User):
    """Keeps Locust's process at work; the load itself comes from the engine."""

    wait_time = constant(1)

    @task
    def attend(self) -> None:
        gevent.sleep(1)


def offer(profile: str, transactions: Mapping[str, Transaction], look: Look) -> type[User]:
    """Make a locustfile of these transactions; the rest is said in profiles.toml. Keep what it returns by a name."""
    declared = tomllib.loads(Path(__file__).with_name("profiles.toml").read_text("utf-8"))[profile]
    missing = set(declared["transactions"]) ^ set(transactions)
    if missing:
        raise ValueError(f"{profile}: profiles.toml and the locustfile differ in {', '.join(sorted(missing))}")
    one = Offer(profile, declared, transactions, look)
    events.init_command_line_parser.add_listener(lambda parser, **_: _options(parser, declared))
    events.init.add_listener(lambda environment, **_: _connect(environment, one))
    return Generator


def _options(parser: Any, declared: Mapping[str, Any]) -> None:
    group = parser.add_argument_group("Load of Odoo")
    rate, people = declared["arrivals_per_minute"], declared["people"]
    env = "ODOO_LOAD_"
    group.add_argument(
        "--site", env_var=env + "SITE", default="site.json", help="who can log in (see load-profiles.md)"
    )
    group.add_argument("--seconds", env_var=env + "SECONDS", type=float, default=60.0, help="how long people arrive")
    group.add_argument("--arrivals-per-minute", env_var=env + "ARRIVALS", type=float, default=rate)
    group.add_argument("--people", env_var=env + "PEOPLE", type=int, default=people, help="how many of the site's work")
    group.add_argument("--seed", env_var=env + "SEED", type=int, default=1, help="the same seed, the same schedule")
    group.add_argument("--fixed-work", env_var=env + "FIXED_WORK", type=int, default=0, help="exactly so many")
    group.add_argument("--mix", env_var=env + "MIX", default="", help="weights by transaction, as JSON")
    group.add_argument(
        "--samples", env_var=env + "SAMPLES", default="", help="folder for samples.jsonl and summary.json"
    )
    group.add_argument("--label", env_var=env + "LABEL", default="", help="part of every intent (default: random)")
    group.add_argument("--answer-timeout", env_var=env + "TIMEOUT", type=float, default=60.0, help="seconds")


def _connect(environment: Environment, one: Offer) -> None:
    runner = environment.runner
    if isinstance(runner, MasterRunner):
        Master(environment)
    elif isinstance(runner, WorkerRunner):
        Worker(environment, one)
    elif isinstance(runner, LocalRunner):
        Local(environment, one)


def terms_of(environment: Environment) -> dict[str, Any]:
    """What the command line says of the load, as plain values."""
    told = environment.parsed_options
    return {
        "site": told.site,
        "seconds": told.seconds,
        "arrivals_per_minute": told.arrivals_per_minute,
        "people": told.people,
        "seed": told.seed,
        "fixed_work": told.fixed_work,
        "mix": told.mix,
        "label": told.label or secrets.token_hex(3),
        "timeout": told.answer_timeout,
    }


@dataclass
class Ended:
    """How a process's engine ended."""

    due: int
    cpu: float
    error: str = ""
    notifications: dict[str, int] | None = None


def _drive(engine: Engine, emit: Callable[[list[dict[str, Any]]], None], is_stopped: Callable[[], bool]) -> Ended:
    work = gevent.spawn(engine.run)
    while not work.ready():
        gevent.wait([work], timeout=FLUSH_SECONDS)
        emit(engine.take())
        if is_stopped():
            engine.stopped.set()
    work.get()
    emit(engine.take())
    return Ended(engine.due, engine.cpu, notifications=engine.notifications())


class Local:
    """One process that does everything."""

    def __init__(self, environment: Environment, one: Offer) -> None:
        self.environment, self.one = environment, one
        self.engine: Engine | None = None
        environment.events.test_start.add_listener(lambda **_: gevent.spawn(self._work))
        environment.events.test_stopping.add_listener(lambda **_: self.engine and self.engine.stopped.set())

    def _work(self) -> None:
        told = self.environment.parsed_options
        started, samples = time.time(), Samples(told.samples)
        try:
            self.engine = Engine(self.environment, self.one, terms_of(self.environment), 0, 1)
            self.engine.prepare()
            started = time.time() + START_DELAY
            samples.begin()
            ended = _drive(self.engine, samples.add, lambda: samples.is_stopped)
        except Exception as error:
            ended = Ended(0, 0.0, f"{type(error).__name__}: {error}")
        _finish(self.environment, samples, started, [ended])


class Worker:
    """Drives its share when the master says so, and hands every sample to it."""

    def __init__(self, environment: Environment, one: Offer) -> None:
        self.environment, self.one = environment, one
        self.engine: Engine | None = None
        self.runner = environment.runner
        self.begin = Event()
        self.runner.register_message("odoo_share", self._prepare, concurrent=True)
        self.runner.register_message("odoo_begin", lambda **_: self.begin.set())
        self.runner.register_message("odoo_stop", lambda **_: self._stop())

    def _stop(self) -> None:
        if self.engine:
            self.engine.stopped.set()

    def _prepare(self, msg: Any, **_: Any) -> None:
        told = msg.data
        self.begin.clear()
        own = {"site": self.environment.parsed_options.site} if told["own_site"] else {}
        try:
            self.environment.host = told["host"]
            self.engine = Engine(self.environment, self.one, {**told["terms"], **own}, told["index"], told["of"])
            self.engine.prepare()
            self.runner.send_message("odoo_ready", {"index": told["index"]})
            self.begin.wait()
            ended = _drive(self.engine, lambda some: some and self.runner.send_message("odoo_samples", some), bool)
        except Exception as error:
            ended = Ended(0, 0.0, f"{type(error).__name__}: {error}")
        self.runner.send_message("odoo_ended", {"index": told["index"], **asdict(ended)})


class Master:
    """Gives every worker its share, begins when all are logged in, and keeps the samples."""

    def __init__(self, environment: Environment) -> None:
        self.environment = environment
        self.runner = environment.runner
        self.samples = Samples("")
        self.ready: set[int] = set()
        self.ended: dict[int, Ended] = {}
        self.shares = 0
        self.started = 0.0
        self.runner.register_message("odoo_ready", self._ready)
        self.runner.register_message("odoo_samples", lambda msg, **_: self.samples.add(msg.data))
        self.runner.register_message("odoo_ended", self._ended)
        environment.events.test_start.add_listener(lambda **_: self._share())
        environment.events.test_stopping.add_listener(lambda **_: self._tell("odoo_stop"))

    def _share(self) -> None:
        self.samples = Samples(self.environment.parsed_options.samples)
        self.ready, self.ended, self.started = set(), {}, time.time()
        workers = sorted((client.id for client in self.runner.clients.ready), key=self.runner.get_worker_index)
        self.shares = len(workers)
        terms = terms_of(self.environment)
        for index, worker in enumerate(workers):
            told = {
                "index": index,
                "of": len(workers),
                "terms": terms,
                "host": self.environment.host,
                "own_site": not Path(terms["site"]).is_absolute(),
            }
            self.runner.send_message("odoo_share", told, worker)
        gevent.spawn(self._watch)

    def _watch(self) -> None:
        """A worker that is gone will not say that it ended; a busy one may be silent for a while."""
        missing = 0.0
        while len(self.ended) < self.shares and missing < GONE_SECONDS:
            gevent.sleep(FLUSH_SECONDS)
            if self.samples.is_stopped:
                self._tell("odoo_stop")
            missing = missing + FLUSH_SECONDS if self.runner.worker_count < self.shares else 0.0
        lost = self.shares - len(self.ended)
        gone = [Ended(0, 0.0, f"{lost} of {self.shares} workers are gone")] if lost else []
        _finish(self.environment, self.samples, self.started, [*self.ended.values(), *gone], self.shares)

    def _ready(self, msg: Any, **_: Any) -> None:
        self.ready.add(msg.data["index"])
        if len(self.ready) == self.shares:
            self.started = time.time() + START_DELAY
            self.samples.begin()
            self._tell("odoo_begin")

    def _ended(self, msg: Any, **_: Any) -> None:
        told = dict(msg.data)
        index = told.pop("index")
        self.ended[index] = Ended(**told)
        if self.ended[index].error:  # the others wait for a beginning that does not come
            self._tell("odoo_stop")
            self._tell("odoo_begin")

    def _tell(self, what: str) -> None:
        self.runner.send_message(what, {})


def _together(counts: list[dict[str, int]]) -> dict[str, int] | None:
    """What all generators heard; a colleague whom several need has a websocket in each."""
    return {name: sum(each[name] for each in counts) for name in counts[0]} if counts else None


def _finish(environment: Environment, samples: Samples, started: float, ended: list[Ended], workers: int = 1) -> None:
    errors = [each.error for each in ended if each.error]
    if not errors and not any(each.due for each in ended):
        errors = ["nothing was due, or there was no worker"]
    samples.summarise(
        {
            "planned": sum(each.due for each in ended),
            "started": started,
            "ended": time.time(),
            "generator_cpu": max((each.cpu for each in ended), default=0.0),
            "generators": workers,
            "notifications": _together([each.notifications for each in ended if each.notifications]),
            "error": "; ".join(errors),
        }
    )
    for error in errors:
        print(f"no load: {error}", flush=True)
    runner = environment.runner
    if environment.parsed_options.headless:
        environment.process_exit_code = 2 if errors else environment.process_exit_code
        runner.quit()
    else:
        runner.stop()
