"""Starts the agent: an Odoo container that runs our small program instead of Odoo's server."""

from __future__ import annotations

import json
import secrets
import socket
from collections.abc import Sequence
from pathlib import Path

from odoo_gate.addons.files import files_below
from odoo_gate.stack.addons_source import AddonsSource
from odoo_gate.stack.addresses import AGENT_PORT, POSTGRES_PORT, AgentAddress, PostgresAddress, RedisAddress
from odoo_gate.stack.archive import Upload
from odoo_gate.stack.container import ContainerSpec, RunningContainer
from odoo_gate.stack.odoo_server import FILES_MOUNT, redis_environment
from odoo_gate.stack.run import Run

_AGENT = "/mnt/odoo-gate/agent"
_PACKAGE = Path(__file__).resolve().parent.parent / "odoo" / "agent"
_START_TIMEOUT = 60.0
_HELLO_TIMEOUT = 10.0
_SHARED_MEMORY = "1g"
"""For Chromium, which keeps its surfaces there."""


def start_agent(
    run: Run,
    image: str,
    *,
    postgres: PostgresAddress,
    redis: RedisAddress | None,
    addons: AddonsSource,
    server_wide_modules: Sequence[str] | None = None,
    files_volume: str,
    name: str,
) -> AgentAddress:
    """Start the agent of one release under the host name `name` and wait until it answers a hello.

    `server_wide_modules` None: Odoo's own.
    Raises StackError, AddonsError.
    """
    token = secrets.token_urlsafe(24)
    container = run.start(
        ContainerSpec(
            name=name,
            image=image,
            command=(_AGENT,),
            environment=_environment(postgres, redis, addons, server_wide_modules, token),
            ports=(AGENT_PORT,),
            volumes={files_volume: FILES_MOUNT},
            upload=addons.upload() + _agent_upload(),
            options={"entrypoint": ["python3"], "init": True, "shm_size": _SHARED_MEMORY},
        )
    )
    host, port = container.address(AGENT_PORT)
    address = AgentAddress(host=host, port=port, token=token)
    _wait(container, address)
    return address


def _environment(
    postgres: PostgresAddress,
    redis: RedisAddress | None,
    addons: AddonsSource,
    server_wide_modules: Sequence[str] | None,
    token: str,
) -> dict[str, str]:
    environment = {
        "HOST": postgres.alias,
        "PORT": str(POSTGRES_PORT),
        "USER": postgres.user,
        "PASSWORD": postgres.password,
        "ODOO_GATE_TOKEN": token,
        "ODOO_GATE_PORT": str(AGENT_PORT),
        "ODOO_GATE_ADDONS": ":".join(addons.addons_path),
        "ODOO_GATE_DATA_DIR": FILES_MOUNT,
        "PYTHONDONTWRITEBYTECODE": "1",
    }
    if server_wide_modules is not None:
        environment["ODOO_GATE_SERVER_WIDE"] = ",".join(server_wide_modules)
    return environment | (redis_environment(redis) if redis is not None else {})


def _agent_upload() -> Upload:
    return Upload(tuple((f"{_AGENT}/{name}", path) for name, path in files_below(_PACKAGE, _PACKAGE)))


def _wait(container: RunningContainer, address: AgentAddress) -> None:
    container.wait_until(lambda: _greets(address), what="answering hello", timeout=_START_TIMEOUT)


def _greets(address: AgentAddress) -> bool:
    """Whether the agent accepts our token. Docker's own proxy accepts connections before anybody listens."""
    try:
        with socket.create_connection((address.host, address.port), timeout=_HELLO_TIMEOUT) as connection:
            connection.sendall(json.dumps({"hello": address.token}).encode() + b"\n")
            line = connection.makefile("rb").readline()
    except OSError:
        return False
    return b'"ok"' in line
