"""Odoo as in production: prefork workers, cron, the gevent port, the user's own odoo.conf."""

from __future__ import annotations

import http.client
import re
import urllib.error
import urllib.request
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from odoo_gate.errors import SettingsError
from odoo_gate.stack.addons_source import AddonsSource
from odoo_gate.stack.addresses import (
    GEVENT_PORT,
    ODOO_PORT,
    POSTGRES_PORT,
    REDIS_PORT,
    PostgresAddress,
    RedisAddress,
)
from odoo_gate.stack.archive import Upload
from odoo_gate.stack.container import ContainerSpec, RunningContainer
from odoo_gate.stack.odoo_conf import EffectiveConf, Override, Required, effective_conf, option
from odoo_gate.stack.run import Run
from odoo_gate.stack.series import traits_of

CONF = "/mnt/odoo-gate/odoo.conf"
FILES_MOUNT = "/var/lib/odoo-gate-files"
"""Where every Odoo container of a machine's store sees the shared filestore volume: Odoo's data_dir."""

_WORKERS = 2
_START_TIMEOUT = 180.0
_REQUEST_TIMEOUT = 10.0
_NO_PROXY = urllib.request.build_opener(urllib.request.ProxyHandler({}))
_SHARED_MEMORY = "512m"


@dataclass(frozen=True)
class OdooServer:
    """A running Odoo of one run, serving one database.

    `url` is the HTTP workers' address, `gevent_url` the websocket or long-polling server's, both without a
    trailing slash. `overrides` is what the run changed in the user's odoo.conf.
    """

    series: str
    database: str
    url: str
    gevent_url: str
    overrides: tuple[Override, ...]
    container: RunningContainer

    @property
    def log(self) -> Path:
        """Where its log is once it was stopped or the run has ended."""
        return self.container.log


@dataclass(frozen=True)
class Deployment:
    """A release on one existing database: what its server and its commands have in common.

    `image` is a reference that can be run, `conf` the text of the user's odoo.conf. `server_wide_modules` None: the
    user's own, else Odoo's default modules.
    """

    image: str
    series: str
    database: str
    postgres: PostgresAddress
    redis: RedisAddress | None
    files_volume: str
    addons: AddonsSource
    conf: str = ""
    server_wide_modules: Sequence[str] | None = None

    def effective_conf(
        self, *, workers: int | None = None, keep: Collection[str] = (), options: Mapping[str, str] | None = None
    ) -> EffectiveConf:
        """Its odoo.conf. Raises SettingsError."""
        return server_conf(
            self.conf,
            series=self.series,
            database=self.database,
            postgres=self.postgres,
            addons_path=self.addons.addons_path,
            workers=workers,
            server_wide_modules=self.server_wide_modules,
            keep=keep,
            options=options,
        )

    def container(self, name: str, conf: EffectiveConf) -> ContainerSpec:
        """What every container of it is made from. Raises AddonsError."""
        return ContainerSpec(
            name=name,
            image=self.image,
            environment=container_environment(self.postgres, self.redis),
            volumes={self.files_volume: FILES_MOUNT},
            upload=self.addons.upload() + Upload(((CONF, conf.text.encode()),)),
        )


def start_odoo(
    run: Run,
    deployment: Deployment,
    *,
    workers: int | None = None,
    http_port: int | None = None,
    keep: Collection[str] = (),
    options: Mapping[str, str] | None = None,
    tmpfs: Mapping[str, str] | None = None,
    name: str = "odoo",
) -> OdooServer:
    """Start Odoo and wait until both of its ports serve the database.

    `workers` None: the user's own value, else 2. `http_port`: where this machine shall reach it, any free port by
    default. `keep`: options whose user's own value (or Odoo's default) is used all the same. `options`: what this
    server has instead of the user's own value. `tmpfs` maps mount points to mount options.
    Raises PortTaken, StackError, SettingsError, AddonsError.
    """
    conf = deployment.effective_conf(workers=workers, keep=keep, options=options)
    container = run.start(
        replace(
            deployment.container(name, conf),
            ports=(ODOO_PORT, GEVENT_PORT),
            fixed_ports={} if http_port is None else {ODOO_PORT: http_port},
            tmpfs=tmpfs or {},
            options={"shm_size": _SHARED_MEMORY},
        )
    )
    server = OdooServer(
        series=deployment.series,
        database=deployment.database,
        url=_url(container, ODOO_PORT),
        gevent_url=_url(container, GEVENT_PORT),
        overrides=conf.overrides,
        container=container,
    )
    _wait(server)
    return server


def server_conf(
    user_conf: str,
    *,
    series: str,
    database: str,
    postgres: PostgresAddress,
    addons_path: Sequence[str],
    workers: int | None,
    server_wide_modules: Sequence[str] | None,
    keep: Collection[str] = (),
    options: Mapping[str, str] | None = None,
) -> EffectiveConf:
    """The odoo.conf of a server on `database`. Raises SettingsError."""
    private = "the run has its own PostgreSQL"
    ports = "the run publishes the image's own ports"
    log = "the log goes to the run folder"
    required = {
        "db_host": Required(postgres.alias, private),
        "db_port": Required(str(POSTGRES_PORT), private),
        "db_user": Required(postgres.user, private),
        "db_password": Required(postgres.password, private),
        "db_sslmode": Required("prefer", private),
        "db_name": Required(database, "the server serves one clone"),
        "dbfilter": Required(f"^{re.escape(database)}$", "the server serves one clone"),
        "list_db": Required("False", "the server serves one clone"),
        "addons_path": Required(",".join(addons_path), "addons lie elsewhere in the container"),
        "data_dir": Required(FILES_MOUNT, "clones keep their files in the template store"),
        "http_interface": Required("0.0.0.0", ports),
        "http_port": Required(str(ODOO_PORT), ports),
        traits_of(series).gevent_port_key: Required(str(GEVENT_PORT), ports),
        "workers": Required(str(_workers(user_conf, workers)), "gate.toml, or: production is prefork"),
        "logfile": Required(None, log),
        "syslog": Required(None, log),
        "log_db": Required(None, log),
        "pidfile": Required(None, "the container has no use for it"),
        "smtp_server": Required("127.0.0.1", "no mail leaves a run"),
        "smtp_port": Required("9", "no mail leaves a run"),
    }
    if server_wide_modules is not None:
        required["server_wide_modules"] = Required(",".join(server_wide_modules), "gate.toml")
    required |= {key: Required(value, "this server is there to be measured") for key, value in (options or {}).items()}
    return effective_conf(user_conf, {key: need for key, need in required.items() if key not in keep})


def _workers(user_conf: str, asked: int | None) -> int:
    """The number asked for, else the user's own, else two; never the threaded server (0)."""
    if asked is not None:
        return asked
    theirs = option(user_conf, "workers")
    if theirs is None:
        return _WORKERS
    try:
        return int(theirs) or _WORKERS
    except ValueError as error:
        raise SettingsError(
            f"odoo.conf: workers = {theirs} is not a number",
            hint="correct the file that stack.odoo_conf names",
        ) from error


def server_wide_modules(user_conf: str) -> tuple[str, ...] | None:
    """What the user's odoo.conf loads server-wide; None when it does not say."""
    listed = option(user_conf, "server_wide_modules")
    return None if listed is None else tuple(name.strip() for name in listed.split(",") if name.strip())


def container_environment(postgres: PostgresAddress, redis: RedisAddress | None) -> dict[str, str]:
    """The official image's variables, and where addons that want Redis look for it."""
    environment = {
        "HOST": postgres.alias,
        "PORT": str(POSTGRES_PORT),
        "USER": postgres.user,
        "PASSWORD": postgres.password,
        "ODOO_RC": CONF,
    }
    if redis is not None:
        environment |= redis_environment(redis)
    return environment


def redis_environment(redis: RedisAddress) -> dict[str, str]:
    """How a container of the run learns where Redis is."""
    return {"REDIS_HOST": redis.alias, "REDIS_PORT": str(REDIS_PORT), "REDIS_URL": redis.inside_url}


def _url(container: RunningContainer, port: int) -> str:
    host, published = container.address(port)
    return f"http://{host}:{published}"


def _wait(server: OdooServer) -> None:
    """Workers first, then the database behind them, then the gevent server, which starts last."""
    health = traits_of(server.series).health_path
    for url, what in (
        (server.url + health, "serving HTTP"),
        (server.url + "/web/login", f"serving {server.database}"),
        (server.gevent_url + health, "serving the gevent port"),
    ):
        server.container.wait_until(lambda url=url: _serves(url), what=what, timeout=_START_TIMEOUT)  # type: ignore[misc]


def _serves(url: str) -> bool:
    try:
        with _NO_PROXY.open(url, timeout=_REQUEST_TIMEOUT) as answer:
            return bool(answer.status == http.client.OK)
    except (urllib.error.URLError, http.client.HTTPException, OSError):
        return False
