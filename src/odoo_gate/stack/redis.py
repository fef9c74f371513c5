"""Redis for a run."""

from __future__ import annotations

from dataclasses import dataclass

import redis

from odoo_gate.stack.addresses import REDIS_PORT, RedisAddress
from odoo_gate.stack.container import ContainerSpec, RunningContainer
from odoo_gate.stack.run import Run

_START_TIMEOUT = 30.0


@dataclass(frozen=True)
class Redis:
    """A running Redis of one run; it keeps nothing on disk."""

    address: RedisAddress
    container: RunningContainer


def start_redis(run: Run, image: str, *, name: str = "redis") -> Redis:
    """Start Redis in `run` under the host name `name` and wait until it answers. Raises StackError."""
    container = run.start(
        ContainerSpec(
            name=name,
            image=image,
            command=("redis-server", "--save", "", "--appendonly", "no"),
            ports=(REDIS_PORT,),
        )
    )
    host, port = container.address(REDIS_PORT)
    address = RedisAddress(host=host, port=port, alias=name)
    container.wait_until(lambda: _answers(address), what="answering PING", timeout=_START_TIMEOUT)
    return Redis(address, container)


def _answers(address: RedisAddress) -> bool:
    client = redis.Redis(host=address.host, port=address.port, socket_timeout=2, socket_connect_timeout=2)
    try:
        return bool(client.ping())
    except (redis.ConnectionError, redis.TimeoutError):
        return False
    finally:
        client.close()
