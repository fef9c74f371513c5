"""Where the servers of a stack listen: plain data that also travels to the pytest workers as JSON."""

from __future__ import annotations

from dataclasses import dataclass, field

from psycopg.conninfo import make_conninfo

POSTGRES_PORT = 5432
REDIS_PORT = 6379
ODOO_PORT = 8069
GEVENT_PORT = 8072
AGENT_PORT = 8099


@dataclass(frozen=True, slots=True)
class PostgresAddress:
    """A PostgreSQL server: `host`:`port` from this machine, `alias`:5432 from the run's private network."""

    host: str
    port: int
    user: str
    password: str = field(repr=False)
    alias: str

    def dsn(self, database: str) -> str:
        """The libpq connection string of `database`, for use from this machine."""
        return make_conninfo(
            "",
            host=self.host,
            port=self.port,
            user=self.user,
            password=self.password,
            dbname=database,
            connect_timeout=10,
        )


@dataclass(frozen=True, slots=True)
class RedisAddress:
    """A Redis server: `host` and `port` from this machine, `alias`:6379 from the run's private network."""

    host: str
    port: int
    alias: str

    @property
    def url(self) -> str:
        """The redis:// URL for use from this machine."""
        return f"redis://{self.host}:{self.port}/0"

    @property
    def inside_url(self) -> str:
        """The redis:// URL for use from a container of the run."""
        return f"redis://{self.alias}:{REDIS_PORT}/0"


@dataclass(frozen=True, slots=True)
class AgentAddress:
    """The agent of an Odoo container, as seen from this machine; `token` opens a connection."""

    host: str
    port: int
    token: str = field(repr=False)
