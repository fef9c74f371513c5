from __future__ import annotations

import pytest

from odoo_gate.stack.postgres import Tuning, server_command, server_environment, server_parameters

GIB = 1 << 30


def test_fast_waits_for_nothing_on_disk() -> None:
    found = server_parameters(Tuning.FAST, 8 * GIB)
    assert {found[key] for key in ("fsync", "synchronous_commit", "full_page_writes")} == {"off"}
    assert found["wal_level"] == "minimal"
    assert found["max_wal_senders"] == "0", "PostgreSQL refuses to start with senders at wal_level=minimal"


def test_durable_keeps_every_guarantee() -> None:
    found = server_parameters(Tuning.DURABLE, 8 * GIB)
    assert {found[key] for key in ("fsync", "synchronous_commit", "full_page_writes", "autovacuum")} == {"on"}
    assert found["wal_level"] == "replica"


@pytest.mark.parametrize(("memory", "buffers"), [(GIB, "128MB"), (16 * GIB, "512MB"), (256 * GIB, "768MB")])
def test_buffers_follow_the_memory_between_limits(memory: int, buffers: str) -> None:
    assert server_parameters(Tuning.FAST, memory)["shared_buffers"] == buffers


def test_parameters_become_arguments() -> None:
    assert server_command({"fsync": "off", "jit": "off"}) == ("postgres", "-c", "fsync=off", "-c", "jit=off")


def test_only_durable_data_carries_checksums() -> None:
    assert "--data-checksums" in server_environment(Tuning.DURABLE, "x")["POSTGRES_INITDB_ARGS"]
    assert "--data-checksums" not in server_environment(Tuning.FAST, "x")["POSTGRES_INITDB_ARGS"]
