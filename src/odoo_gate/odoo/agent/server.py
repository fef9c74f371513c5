"""Listens for the host and forks one process for each connection.

The listening process has imported Odoo but has no thread and no database connection, so that a fork is a
clean Odoo in milliseconds.
"""

from __future__ import annotations

import hmac
import logging
import os
import signal
import socket
import sys
from typing import Any, Callable, Dict, NamedTuple, NoReturn, Tuple

from . import filestore, listing, modules, scripting, series
from .errors import AgentFailure
from .protocol import Channel, Message
from .session import Opening, Session, fetch

_logger = logging.getLogger("odoo_gate.agent")

SHORTEST_TOKEN = 16
HELLO_SECONDS = 10


class Settings(NamedTuple):
    """The agent's own settings, from the environment of the container."""

    token: str
    port: int
    configuration: series.Configuration


def read_settings(env: Dict[str, str]) -> Settings:
    """Raises SystemExit with a message when a variable is missing or unusable."""
    token = env.get("ODOO_GATE_TOKEN", "")
    if len(token) < SHORTEST_TOKEN:
        raise SystemExit("ODOO_GATE_TOKEN must hold at least %d characters" % SHORTEST_TOKEN)
    configuration = series.Configuration(
        addons_paths=usable_addons_paths(env.get("ODOO_GATE_ADDONS", "")),
        data_dir=env.get("ODOO_GATE_DATA_DIR", "/var/lib/odoo"),
        server_wide=tuple(filter(None, env.get("ODOO_GATE_SERVER_WIDE", "base,web").split(","))),
        db_host=env.get("HOST", "db"),
        db_port=env.get("PORT", "5432"),
        db_user=env.get("USER", "odoo"),
        db_password=env.get("PASSWORD", "odoo"),
        screenshots=env.get("ODOO_GATE_SCREENSHOTS", "/tmp/odoo-gate"),
    )
    return Settings(token, int(env.get("ODOO_GATE_PORT", "8099")), configuration)


def usable_addons_paths(listed: str) -> Tuple[str, ...]:
    """The directories that hold an addon; Odoo before 15 refuses to start with one that holds none."""
    return tuple(path for path in listed.split(":") if path and _holds_addon(path))


def _holds_addon(path: str) -> bool:
    if not os.path.isdir(path):
        return False
    return any(os.path.isfile(os.path.join(path, name, "__manifest__.py")) for name in os.listdir(path))


def main() -> NoReturn:
    settings = read_settings(dict(os.environ))
    os.environ.pop("ODOO_GATE_TOKEN")  # not for Chrome, nor for the code under test
    series.preload(settings.configuration)
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as listener:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind(("0.0.0.0", settings.port))
        listener.listen(64)
        signal.signal(signal.SIGTERM, lambda *_: os._exit(0))
        signal.signal(signal.SIGINT, lambda *_: os._exit(0))
        signal.signal(signal.SIGCHLD, _reap)
        _logger.info("odoo-gate agent for Odoo %s listens on port %d", series.odoo_version(), settings.port)
        while True:
            connection, _ = listener.accept()
            if os.fork() == 0:
                listener.close()
                _converse(connection, settings)
            connection.close()


def _reap(*_: Any) -> None:
    """Collect every child that ended: ours, and orphans when we are process 1."""
    while True:
        try:
            child, _status = os.waitpid(-1, os.WNOHANG)
        except ChildProcessError:
            return
        if child == 0:
            return


def _converse(connection: socket.socket, settings: Settings) -> NoReturn:
    """The life of a forked process."""
    status = 1
    try:
        for number in (signal.SIGTERM, signal.SIGINT, signal.SIGCHLD):
            signal.signal(number, signal.SIG_DFL)
        os.setpgid(0, 0)
        channel = Channel(connection)
        connection.settimeout(HELLO_SECONDS)
        if _hello(channel, settings.token):
            connection.settimeout(None)
            channel.watch()
            Dispatcher(channel, settings).run()
            status = 0
    except Exception:
        _logger.exception("a conversation with the host failed")
    finally:
        sys.stderr.flush()
        os._exit(status)


def _hello(channel: Channel, token: str) -> bool:
    message = channel.read_line()
    if message is None or not hmac.compare_digest(str(message.get("hello", "")).encode(), token.encode()):
        return False
    channel.write({"ok": {"series": series.name(), "python": series.python_version(), "odoo": series.odoo_version()}})
    return True


class Dispatcher:
    """The commands of a conversation that has no open session yet."""

    def __init__(self, channel: Channel, settings: Settings) -> None:
        self._channel = channel
        self._session = Session(channel, settings.configuration.screenshots)
        files = filestore.Filestore(settings.configuration.data_dir)
        self._spent = False
        self._commands: Dict[str, Callable[..., Any]] = {
            "files_copy": files.copy,
            "files_move": files.move,
            "files_drop": files.drop,
            "files_size": files.size,
            "files_checksums": files.checksums,
            "fetch": fetch,
            "coverage_start": self._session.start_coverage,
        }
        self._once: Dict[str, Callable[..., Any]] = {
            "list_tests": listing.list_tests,
            "create_base": self._with_progress(modules.create_base),
            "install": self._with_progress(modules.install),
            "update": self._with_progress(modules.update),
            "uninstall": self._with_progress(modules.uninstall),
            "warm_assets": self._with_progress(modules.warm_assets),
            "run_script": self._with_progress(scripting.run_script),
        }

    def run(self) -> None:
        for request in self._channel.requests():
            try:
                if request.get("command") == "open":
                    self._only_once()
                    self._session.serve(request, Opening(**request.get("args", {})))
                else:
                    self._channel.answer(request, self._command(request)(**request.get("args", {})))
            except Exception as error:
                self._channel.refuse(request, error)

    def _command(self, request: Message) -> Callable[..., Any]:
        name = str(request.get("command"))
        if name in self._commands:
            return self._commands[name]
        if name not in self._once:
            raise AgentFailure("no such command: " + repr(name))
        self._only_once()
        return self._once[name]

    def _only_once(self) -> None:
        """What imports addons or loads a registry marks the process: the next wants a fresh one."""
        if self._spent:
            raise AgentFailure("this connection has done its work: open another")
        self._spent = True

    def _with_progress(self, command: Callable[..., Any]) -> Callable[..., Any]:
        def run(**arguments: Any) -> Any:
            return command(lambda line: self._channel.event({"progress": line}), **arguments)

        return run
