"""Runs and the store's server on a real engine: nothing stays behind, however a run ends."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import docker
import psycopg
import pytest
from redis import Redis

from odoo_gate.errors import StackError, TemplateError
from odoo_gate.odoo.databases import Databases, database_errors
from odoo_gate.odoo.store import Store
from odoo_gate.stack.addresses import POSTGRES_PORT, PostgresAddress
from odoo_gate.stack.archive import Upload
from odoo_gate.stack.container import ContainerSpec
from odoo_gate.stack.identity import cache_identity
from odoo_gate.stack.images import Images, run_reference
from odoo_gate.stack.labels import Labels
from odoo_gate.stack.postgres import (
    DATA_MOUNT,
    Tuning,
    accepts_connections,
    load_database,
    server_command,
    server_environment,
    start_postgres,
)
from odoo_gate.stack.redis import start_redis
from odoo_gate.stack.run import Run, new_run_id, sweep
from odoo_gate.stack.store_server import StoreServer, postgres_major

A_RUN = Path(__file__).parent / "a_run.py"
OpenRun = Callable[[], Run]


@pytest.fixture(scope="module")
def postgres_image() -> str:
    return run_reference(Images().postgres())


@pytest.fixture(scope="module")
def redis_image() -> str:
    return run_reference(Images().redis())


@pytest.fixture(scope="module")
def engine() -> Iterator[docker.DockerClient]:
    client = docker.from_env()
    yield client
    client.close()


@pytest.fixture
def cache(tmp_path: Path, engine: docker.DockerClient) -> Iterator[Path]:
    """A cache of the test's own, so that nobody else's store is touched.

    What a test leaves on purpose, or by failing, goes with it.
    """
    folder = tmp_path / "cache"
    yield folder
    sweep(cache=folder, client=engine)
    for server in engine.containers.list(all=True, filters={"label": f"{Labels.STORE}={cache_identity(folder)}"}):
        server.remove(force=True, v=True)
    for volume in engine.volumes.list(filters={"label": f"{Labels.STORE}={cache_identity(folder)}"}):
        volume.remove()


@pytest.fixture
def open_run(tmp_path: Path, cache: Path) -> OpenRun:
    return lambda: Run(new_run_id(), tmp_path / "run", cache=cache)


class Traces:
    """What runs with one cache have in the engine right now."""

    def __init__(self, engine: docker.DockerClient, cache: Path) -> None:
        self._engine = engine
        self._cache = cache

    def all(self) -> set[str]:
        """Names of containers, stopped ones too, and of networks: the runs' and the store's."""
        networks = self._engine.networks.list(filters={"label": f"{Labels.CACHE}={self._identity()}"})
        return {str(found.name) for found in (*self._containers(), *networks)}

    def store(self) -> set[str]:
        return {name for name in self.all() if "-store-" in name}

    def volumes(self) -> set[str]:
        """Named and anonymous volumes of those containers."""
        mounts = [mount for container in self._containers() for mount in container.attrs["Mounts"]]
        return {mount["Name"] for mount in mounts if mount["Type"] == "volume"}

    def still_there(self, volumes: set[str]) -> set[str]:
        return volumes & {str(volume.name) for volume in self._engine.volumes.list()}

    def _containers(self) -> list[docker.models.containers.Container]:
        labels = (f"{Labels.CACHE}={self._identity()}", f"{Labels.STORE}={self._identity()}")
        listed = (self._engine.containers.list(all=True, filters={"label": label}) for label in labels)
        return [container for each in listed for container in each]

    def _identity(self) -> str:
        return cache_identity(self._cache)


@pytest.fixture
def traces(engine: docker.DockerClient, cache: Path) -> Traces:
    return Traces(engine, cache)


class OtherRun:
    """A run in a process of its own; see a_run.py for the steps."""

    def __init__(self, *arguments: str) -> None:
        self._process = subprocess.Popen(
            [sys.executable, str(A_RUN), *arguments], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
        )

    def wait_for(self, line: str) -> None:
        assert self._process.stdout is not None
        for printed in self._process.stdout:
            if printed.strip() == line:
                return
        raise AssertionError(f"never printed {line}: {self._process.communicate()}")

    def end(self, number: int) -> tuple[int, str]:
        """Send a signal; returns the exit status and what it printed on stderr."""
        self._process.send_signal(number)
        _, errors = self._process.communicate(timeout=60)
        return self._process.returncode, errors


@pytest.fixture
def other_run(tmp_path: Path, cache: Path, postgres_image: str, redis_image: str) -> Iterator[Callable[..., OtherRun]]:
    started: list[OtherRun] = []

    def start(*steps: str) -> OtherRun:
        folder = str(tmp_path / f"other-{len(started)}")
        started.append(OtherRun(str(cache), folder, postgres_image, redis_image, *steps))
        return started[-1]

    yield start
    for run in started:
        run._process.kill()
        run._process.communicate()


def seal(databases: Databases, draft: str, template: str) -> None:
    facts = {"label": "x", "created": 0, "last_used": time.time(), "seconds": 1, "size": 1, "log": []}
    databases.seal(draft, template, json.dumps(facts))


def join_store(run: Run, image: str) -> StoreServer:
    return StoreServer(run, image, postgres_major(run, image)).join()


def test_a_normal_run_works_and_leaves_only_its_logs(
    tmp_path: Path, open_run: OpenRun, traces: Traces, postgres_image: str, redis_image: str
) -> None:
    with open_run() as run:
        postgres = start_postgres(run, postgres_image, Tuning.DURABLE)
        redis = start_redis(run, redis_image)
        with psycopg.connect(postgres.dsn("postgres")) as connection:
            assert connection.execute("SHOW fsync").fetchone() == ("on",)
        assert Redis.from_url(redis.address.url).ping()
        assert {postgres.address.host, redis.address.host} == {"127.0.0.1"}
        assert published_addresses(postgres.container.docker) == {"127.0.0.1"}
        assert postgres.container.execute("getent", "hosts", "redis"), "they share a private network"
        volumes = traces.volumes()
        assert volumes
    assert traces.all() == set()
    assert traces.still_there(volumes) == set()
    assert "database system is ready" in (tmp_path / "run/logs/postgres.log").read_text()
    assert (tmp_path / "run/logs/redis.log").is_file()


def test_a_failing_run_leaves_nothing(open_run: OpenRun, traces: Traces, redis_image: str) -> None:
    def fail() -> None:
        with open_run() as run:
            start_redis(run, redis_image)
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fail()
    assert traces.all() == set()


@pytest.mark.parametrize(
    ("steps", "moment", "number"),
    [
        (("redis", "postgres"), "starting redis", signal.SIGINT),
        (("redis", "postgres"), "starting postgres", signal.SIGINT),
        (("store",), "starting store", signal.SIGINT),
        (("store", "redis"), "ready", signal.SIGINT),
        (("store", "redis"), "ready", signal.SIGTERM),
    ],
)
def test_an_interrupted_run_leaves_nothing(
    other_run: Callable[..., OtherRun], traces: Traces, steps: tuple[str, ...], moment: str, number: int
) -> None:
    run = other_run(*steps)
    run.wait_for(moment)
    time.sleep(0.3)  # into the step
    status, errors = run.end(number)
    assert status != 0
    assert "KeyboardInterrupt" in errors
    assert traces.all() == set()


def test_a_killed_run_is_swept_by_the_next(
    other_run: Callable[..., OtherRun], open_run: OpenRun, traces: Traces
) -> None:
    killed = other_run("redis")
    killed.wait_for("ready")
    volumes = traces.volumes()
    killed.end(signal.SIGKILL)
    assert traces.all()
    with open_run():
        assert traces.all() == set()
    assert traces.still_there(volumes) == set()


def test_a_container_that_dies_at_once_is_told_at_once_with_its_log(open_run: OpenRun, redis_image: str) -> None:
    spec = ContainerSpec("doomed", redis_image, ("sh", "-c", "echo no such luck; exit 7"))
    started = time.monotonic()
    with open_run() as run, pytest.raises(StackError, match=r"doomed ended before being ready:\n.*no such luck"):
        run.start(spec).wait_until(lambda: False, what="being ready", timeout=60)
    assert time.monotonic() - started < 30


def test_an_image_that_is_not_here_is_named(open_run: OpenRun) -> None:
    with open_run() as run, pytest.raises(StackError, match="image no-such-image:1 is not here"):
        run.start(ContainerSpec("x", "no-such-image:1"))


def test_files_arrive_before_the_program_starts(open_run: OpenRun, redis_image: str) -> None:
    upload = Upload((("/mnt/odoo-gate/hello", b"hello from outside"),))
    with open_run() as run:
        container = run.start(ContainerSpec("reader", redis_image, ("cat", "/mnt/odoo-gate/hello"), upload=upload))
        container.docker.wait()
        assert "hello from outside" in container.tail()


def test_runs_share_one_server_and_the_last_one_stops_it(
    open_run: OpenRun, other_run: Callable[..., OtherRun], traces: Traces, postgres_image: str
) -> None:
    other = other_run("store")
    other.wait_for("ready")
    server = traces.store()
    assert len(server) == 1
    with open_run() as run:
        mine = join_store(run, postgres_image)
        assert traces.store() == server
        other.end(signal.SIGINT)
        assert traces.store() == server, "one still uses it"
        Databases(mine.postgres).create_empty("kept", ())
    assert traces.all() == set()
    with open_run() as run:
        assert Databases(join_store(run, postgres_image).postgres).exists("kept"), "the volume outlives the server"


def test_the_server_of_a_killed_run_is_taken_over_and_stopped(
    other_run: Callable[..., OtherRun], open_run: OpenRun, traces: Traces, postgres_image: str
) -> None:
    killed = other_run("store")
    killed.wait_for("ready")
    killed.end(signal.SIGKILL)
    left = traces.store()
    with open_run() as run:
        join_store(run, postgres_image)
        assert traces.store() == left
    assert traces.all() == set()


def test_a_server_that_was_killed_comes_back_with_its_data(
    open_run: OpenRun, engine: docker.DockerClient, traces: Traces, postgres_image: str
) -> None:
    with open_run() as run:
        server = join_store(run, postgres_image)
        Databases(server.postgres).create_empty("kept", ())
        engine.containers.get(traces.store().pop()).kill()
    with open_run() as run:
        assert Databases(join_store(run, postgres_image).postgres).exists("kept")


def test_a_store_cut_off_with_its_host_is_made_anew(
    tmp_path: Path, cache: Path, engine: docker.DockerClient, traces: Traces, postgres_image: str
) -> None:
    with Run(new_run_id(), tmp_path, cache=cache) as run:
        server = join_store(run, postgres_image)
        Databases(server.postgres).create_empty("doubtful", ())
        engine.containers.get(traces.store().pop()).kill()
    state = cache / "store" / f"pg{server.major}.json"
    state.write_text(json.dumps({"ready": True, "clean": False, "boot": "the boot before the power failed"}))
    said: list[str] = []
    with Run(new_run_id(), tmp_path, said.append, cache) as run:
        assert not Databases(join_store(run, postgres_image).postgres).exists("doubtful")
    assert any("made anew" in line for line in said)


def test_a_lost_password_does_not_lose_the_store(open_run: OpenRun, cache: Path, postgres_image: str) -> None:
    with open_run() as run:
        server = join_store(run, postgres_image)
        Databases(server.postgres).create_empty("kept", ())
    password = cache / "store" / f"pg{server.major}.password"
    assert oct(password.stat().st_mode & 0o777) == "0o600"
    password.unlink()
    with open_run() as run:
        assert Databases(join_store(run, postgres_image).postgres).exists("kept")


def test_a_database_is_loaded_into_a_durable_server(open_run: OpenRun, postgres_image: str) -> None:
    with open_run() as run:
        store = join_store(run, postgres_image)
        Databases(store.postgres).create_empty("source", ("unaccent",))
        with psycopg.connect(store.postgres.dsn("source"), autocommit=True) as connection:
            connection.execute("CREATE TABLE t (name text)")
            connection.execute("INSERT INTO t VALUES ('é'), ('e')")
            connection.execute("CREATE INDEX ON t (unaccent(name))")
        durable = start_postgres(run, postgres_image, Tuning.DURABLE)
        Databases(durable.address).create_empty("source", ("unaccent",))
        load_database(store.postgres, "source", durable)
        with psycopg.connect(durable.dsn("source")) as connection:
            assert connection.execute("SELECT count(*) FROM t").fetchone() == (2,)


def test_sweeping_and_pruning_databases(open_run: OpenRun, postgres_image: str) -> None:
    """What dead runs left goes, what living ones have stays; templates go by age, with their files."""
    dead, alive = "2611210000000000", "2611210000001111"
    with open_run() as run:
        server = join_store(run, postgres_image)
        databases, store = Databases(server.postgres), Store(server.postgres, run.id)
        for name in (f"c_{dead}_00000000", f"b_{'a' * 16}_{dead}", f"c_{alive}_00000000", "draft"):
            databases.create_empty(name, ())
        with databases.connection("draft"):
            seal(databases, "draft", f"t_{'b' * 16}")
        with pytest.raises(psycopg.OperationalError, match="not currently accepting connections"):
            psycopg.connect(server.postgres.dsn(f"t_{'b' * 16}"))
        folders = [f"c_{dead}_00000000", f"c_{alive}_00000000", f"t_{'b' * 16}", f"t_{'c' * 16}", "not_ours"]
        server_files(server, folders)

        assert store.sweep(server, lambda run_id: run_id == alive) == 2
        assert databases.names() == [f"c_{alive}_00000000", f"t_{'b' * 16}"]
        assert server.filestores() == {f"c_{alive}_00000000", f"t_{'b' * 16}", "not_ours"}

        assert store.prune(server, max_age_days=30, max_size_gb=1) == []
        assert [t.label for t in store.prune(server, max_age_days=30, max_size_gb=0, spare_seconds=0)] == ["x"]
        assert databases.names() == [f"c_{alive}_00000000"]
        assert server.filestores() == {f"c_{alive}_00000000", "not_ours"}


def test_a_drop_that_was_cut_off_is_ended_by_the_next_sweep(open_run: OpenRun, postgres_image: str) -> None:
    """PostgreSQL marks a database before it removes its files; a server killed in between comes back with the mark."""
    clone, template = "c_2611210000000000_00000000", f"t_{'b' * 16}"
    with open_run() as run:
        server = join_store(run, postgres_image)
        databases, store = Databases(server.postgres), Store(server.postgres, run.id)
        databases.create_empty(clone, ())
        databases.create_empty("draft", ())
        seal(databases, "draft", template)
        with databases.connection() as connection:
            connection.execute(f"ALTER DATABASE {template} IS_TEMPLATE false".encode())
            connection.execute("UPDATE pg_database SET datconnlimit = -2 WHERE datname = ANY (%s)", [[clone, template]])
        assert store.templates() == [], "nobody can clone it"
        databases.create_empty("draft", ())
        seal(databases, "draft", template)
        assert [found.key for found in store.templates()] == ["b" * 16], "made anew in its place"
        assert store.sweep(server, lambda _: False) == 1
        assert databases.names() == [template]


def test_runs_that_sweep_together_do_not_disturb_each_other(open_run: OpenRun, postgres_image: str) -> None:
    with open_run() as run:
        server = join_store(run, postgres_image)
        databases, store = Databases(server.postgres), Store(server.postgres, run.id)
        for number in range(6):
            databases.create_empty(f"c_2611210000000000_0000000{number}", ())
            databases.create_empty(name := f"b_{number:016x}_2611210000000000", ())
            with databases.connection() as connection:  # cut off while it was sealed
                connection.execute(f"ALTER DATABASE {name} IS_TEMPLATE true".encode())
        with ThreadPoolExecutor() as sweepers:
            list(sweepers.map(lambda _: store.sweep(server, lambda _: False), range(4)))
        assert databases.names() == []


def test_a_full_disk_is_told_and_leaves_no_half_database(open_run: OpenRun, postgres_image: str) -> None:
    with open_run() as run:
        spec = ContainerSpec(
            "small-disk",
            postgres_image,
            server_command({"fsync": "off", "max_wal_size": "32MB", "wal_level": "minimal", "max_wal_senders": "0"}),
            server_environment(Tuning.FAST, "secret"),
            ports=(POSTGRES_PORT,),
            tmpfs={DATA_MOUNT: "size=160m"},
        )
        container = run.start(spec)
        address = PostgresAddress(*container.address(POSTGRES_PORT), "odoo", "secret", "small-disk")
        container.wait_until(lambda: accepts_connections(address), what="accepting connections", timeout=60)
        databases = Databases(address)
        databases.create_empty("source", ())
        made: list[str] = []
        with pytest.raises(TemplateError, match="the disk is full"):
            fill_the_disk(databases, made)
        assert databases.names() == [*made, "source"]


def fill_the_disk(databases: Databases, made: list[str]) -> None:
    with database_errors("clone"):
        for number in range(100, 200):
            databases.copy("source", f"copy{number}")
            made.append(f"copy{number}")


def published_addresses(container: docker.models.containers.Container) -> set[str]:
    container.reload()
    bindings = container.attrs["NetworkSettings"]["Ports"].values()
    return {bound["HostIp"] for port in bindings for bound in port or ()}


def server_files(server: StoreServer, folders: list[str]) -> None:
    """Make filestores of these names, as Odoo containers would."""
    paths = [f"/var/lib/odoo-gate-files/filestore/{folder}" for folder in folders]
    status, output = server._running().exec_run(["mkdir", *paths])
    assert status == 0, output
