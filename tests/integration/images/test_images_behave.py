"""The images, pulled or built, behave as the official ones; those that are here already are reused."""

from __future__ import annotations

import io
import tarfile
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import TypeVar

import docker
import psycopg
import pytest
import redis
from docker.models.containers import Container

from odoo_gate.errors import ImageError
from odoo_gate.model import ImageIdentity
from odoo_gate.stack.images import Images, run_reference

T = TypeVar("T")
LABELS = {"odoo-gate.purpose": "test"}


@pytest.fixture(scope="module")
def images() -> Images:
    return Images(print)


@pytest.fixture(scope="module")
def client() -> docker.DockerClient:
    return docker.from_env()


@pytest.fixture(scope="module")
def queue_job(images: Images) -> ImageIdentity:
    return images.odoo("19.0", requirements=["odoo-addon-queue-job"])


@contextmanager
def container(
    client: docker.DockerClient,
    image: ImageIdentity,
    *command: str,
    files: Mapping[str, str] | None = None,
    **options: object,
) -> Iterator[Container]:
    """A container that is gone afterwards, with its anonymous volumes; `files` are in it before it starts."""
    made = client.containers.create(run_reference(image), list(command), labels=LABELS, **options)  # type: ignore[call-overload]
    try:
        for path, text in (files or {}).items():
            made.put_archive("/", _archive(path, text))
        made.start()
        yield made
    finally:
        made.remove(v=True, force=True)


def _archive(path: str, text: str) -> bytes:
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w") as archive:
        entry = tarfile.TarInfo(path.lstrip("/"))
        entry.size, entry.mode = len(text), 0o644
        archive.addfile(entry, io.BytesIO(text.encode()))
    return buffer.getvalue()


def output(client: docker.DockerClient, image: ImageIdentity, *command: str, entrypoint: str | None = None) -> str:
    """What a command prints that ends with 0, without a network."""
    options: dict[str, object] = {"network_mode": "none"} | ({"entrypoint": entrypoint} if entrypoint else {})
    with container(client, image, *command, **options) as made:
        status, printed = made.wait()["StatusCode"], made.logs().decode()
    assert status == 0, printed
    return printed


def port(made: Container, inside: str) -> int:
    made.reload()
    return int(made.ports[inside][0]["HostPort"])


def eventually(attempt: Callable[[], T], errors: type[Exception], seconds: float = 30) -> T:
    deadline = time.monotonic() + seconds
    while True:
        try:
            return attempt()
        except errors:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.2)


def test_postgres_makes_the_cluster_its_variables_describe(images: Images, client: docker.DockerClient) -> None:
    variables = {"POSTGRES_USER": "odoo", "POSTGRES_PASSWORD_FILE": "/run/password", "POSTGRES_DB": "gate"}
    files = {
        "/run/password": "se cret\n",
        "/docker-entrypoint-initdb.d/1.sql": "CREATE TABLE made (a int); INSERT INTO made VALUES (42);",
        "/docker-entrypoint-initdb.d/2.sh": 'psql -U "$POSTGRES_USER" "$POSTGRES_DB" -c "CREATE EXTENSION unaccent"',
    }
    with container(
        client,
        images.postgres(),
        *("-c", "max_connections=33"),
        files=files,
        environment=variables,
        ports={"5432/tcp": ("127.0.0.1", None)},
    ) as made:

        def connect() -> psycopg.Connection:
            return psycopg.connect(
                host="127.0.0.1", port=port(made, "5432/tcp"), user="odoo", password="se cret", dbname="gate"
            )

        with eventually(connect, psycopg.OperationalError) as connection:
            assert connection.info.server_version // 10000 == 17
            assert connection.execute("SELECT a, unaccent('é') FROM made").fetchone() == (42, "e")
            assert connection.execute("SHOW max_connections").fetchone() == ("33",)
            connection.execute("CREATE TABLE kept ()")
        with pytest.raises(psycopg.OperationalError, match="password authentication failed"):
            psycopg.connect(host="127.0.0.1", port=port(made, "5432/tcp"), user="odoo", password="x", dbname="gate")
        made.restart()
        with eventually(connect, psycopg.OperationalError) as connection:
            assert connection.execute("SELECT count(*) FROM kept").fetchone() == (0,)


def test_postgres_asks_for_a_password(images: Images, client: docker.DockerClient) -> None:
    with container(client, images.postgres(), network_mode="none") as made:
        assert made.wait()["StatusCode"] == 1
        assert "POSTGRES_PASSWORD" in made.logs().decode()


def test_redis_takes_its_arguments_and_answers_on_the_network(images: Images, client: docker.DockerClient) -> None:
    ports = {"6379/tcp": ("127.0.0.1", None)}
    with container(client, images.redis(), "--maxmemory", "64mb", ports=ports) as made:
        connection = redis.Redis(port=port(made, "6379/tcp"))
        assert eventually(connection.ping, redis.ConnectionError)
        assert connection.config_get("maxmemory") == {"maxmemory": str(64 * 2**20)}
        assert connection.info("server")["redis_version"].startswith("8.")


@pytest.mark.parametrize("series", ["19.0", "14.0"])
def test_odoo_is_the_series_it_says_and_runs_as_odoo(images: Images, client: docker.DockerClient, series: str) -> None:
    image = images.odoo(series)
    assert output(client, image, "--version", entrypoint="odoo").startswith(f"Odoo Server {series}")
    assert output(client, image, "id", "--user", "--name").strip() == "odoo"
    assert output(client, image, "sh", "-c", 'cat "$ODOO_RC"; touch /var/lib/odoo/x && echo writable').splitlines() == [
        "[options]",
        "addons_path = /mnt/extra-addons",
        "data_dir = /var/lib/odoo",
        "writable",
    ]


def test_odoo_does_not_start_without_its_database_server(images: Images, client: docker.DockerClient) -> None:
    wait = ("--db_host=127.0.0.1", "--db_port=1", "--db_user=odoo", "--db_password=odoo", "--timeout=0")
    with container(client, images.odoo("19.0"), "wait-for-psql.py", *wait, network_mode="none") as made:
        assert made.wait()["StatusCode"] == 1
        assert "Database connection failure" in made.logs().decode()


@pytest.mark.parametrize("series", ["19.0", "14.0"])
def test_the_test_flavour_has_a_browser_that_runs(images: Images, client: docker.DockerClient, series: str) -> None:
    image = images.odoo(series, flavour="test")
    page = "data:text/html,<script>document.write(6*7)</script>"
    flags = "--headless --no-sandbox --disable-gpu --disable-dev-shm-usage --user-data-dir=/tmp/profile"
    assert "42</body>" in output(client, image, "sh", "-c", f"chromium {flags} --dump-dom '{page}' 2> /tmp/log")
    assert output(client, image, "python3", "-c", "import websocket, coverage; print('there')") == "there\n"


def test_requirements_are_where_odoo_looks(
    images: Images, client: docker.DockerClient, queue_job: ImageIdentity
) -> None:
    stock = images.odoo("19.0")
    first, *rest = images.addons_paths_of(queue_job)
    assert tuple(rest) == images.addons_paths_of(stock)
    look = (
        "import os, odoo.addons.queue_job as q; print(q.__path__[0]); print(os.path.realpath('/opt/odoo-gate/addons'))"
    )
    assert output(client, queue_job, "python3", "-c", look).split() == [f"{first}/queue_job", first]
    manifests = images.addons_of(queue_job)
    assert (manifests / "queue_job" / "__manifest__.py").is_file()
    assert (manifests / "base" / "__init__.py").is_file()


def test_requirements_leave_what_the_distribution_brought_alone(images: Images, queue_job: ImageIdentity) -> None:
    stock = images.odoo("19.0").packages
    assert {name: version for name, version in queue_job.packages.items() if name in stock} == dict(stock)
    assert any(name.replace("_", "-") == "pypi:odoo-addon-queue-job" for name in queue_job.packages)


def test_nothing_of_the_build_stays_in_the_image(client: docker.DockerClient, queue_job: ImageIdentity) -> None:
    assert output(client, queue_job, "sh", "-c", "ls -A /tmp").strip() == ""


def test_both_flavours_hold_the_same_requirements(images: Images, queue_job: ImageIdentity) -> None:
    test = images.odoo("19.0", requirements=["odoo-addon-queue-job"], flavour="test")
    installed = {item for item in queue_job.packages.items() if item[0].startswith("pypi:")}
    assert installed <= test.packages.items()


def test_requirements_that_cannot_be_met_leave_no_image(images: Images) -> None:
    unmet = ["odoo-addon-queue-job==19.0.0.0.0"]
    with pytest.raises(ImageError, match="No matching distribution found") as caught:
        images.odoo("19.0", requirements=unmet)
    assert "correct the requirements" in caught.value.hint
    with pytest.raises(ImageError, match="is not in this Docker engine"):
        Images(print, make=False).odoo("19.0", requirements=unmet)


def test_an_image_that_is_here_is_used_in_silence() -> None:
    said: list[str] = []
    first = Images(said.append).postgres()
    said.clear()
    assert Images(said.append).postgres() == first
    assert said == []


def test_an_image_nobody_has_is_said_to_be_missing(images: Images) -> None:
    with pytest.raises(ImageError, match="odoo-gate-no-such-image") as caught:
        images.redis("odoo-gate-no-such-image:1")
    assert caught.value.hint


def test_a_series_debian_does_not_have_is_said_to_be_missing() -> None:
    if Images().missing("13.0") == ():
        pytest.skip("an image odoo:13.0 happens to be here")
    with pytest.raises(ImageError, match=r"one for: 19\.0, 14\.0"):
        Images().odoo("13.0")
