"""Redis as its INFO shows it, between two moments."""

from __future__ import annotations

import time
from typing import Any

import redis

from odoo_gate.load.diagnosis.model import RedisUse
from odoo_gate.stack.addresses import RedisAddress

_TIMEOUT = 5


class RedisWatch:
    """Looks at one Redis. Every method raises redis's errors."""

    def __init__(self, address: RedisAddress) -> None:
        self._client = redis.Redis(
            host=address.host, port=address.port, socket_timeout=_TIMEOUT, socket_connect_timeout=_TIMEOUT
        )
        self._begun = time.monotonic()
        self._before = self._info()
        self._slowest = 0.0

    def look(self) -> None:
        started = time.perf_counter()
        self._client.ping()
        self._slowest = max(self._slowest, time.perf_counter() - started)

    def use(self) -> RedisUse:
        """Since the begin."""
        after, seconds = self._info(), max(time.monotonic() - self._begun, 1e-3)
        grown = {key: float(after.get(key, 0)) - float(self._before.get(key, 0)) for key in _COUNTERS}
        return RedisUse(
            commands_per_second=grown["total_commands_processed"] / seconds,
            cpu=(grown["used_cpu_sys"] + grown["used_cpu_user"]) / seconds,
            slowest_ping=self._slowest,
            evicted=int(grown["evicted_keys"]),
            rejected=int(grown["rejected_connections"]),
        )

    def close(self) -> None:
        self._client.close()

    def _info(self) -> dict[str, Any]:
        found: dict[str, Any] = self._client.info()
        return found


_COUNTERS = ("total_commands_processed", "used_cpu_sys", "used_cpu_user", "evicted_keys", "rejected_connections")
