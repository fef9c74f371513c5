"""The way people reach a server: straight, or over the bad line that their profile declares."""

from __future__ import annotations

from odoo_gate.odoo.testbed import Testbed
from odoo_gate.stack.addresses import ODOO_PORT
from odoo_gate.stack.fault_proxy import Toxic
from odoo_gate.stack.odoo_server import OdooServer
from odoo_gate.traffic import Line, Profile

_SERVER = "odoo"


class Lines:
    """The lines to `server`. A bad one is a proxy of its own, started when first asked for, gone with the run."""

    def __init__(self, testbed: Testbed, server: OdooServer) -> None:
        self._testbed = testbed
        self._server = server
        self._bad: dict[Line, str] = {}

    def url(self, profile: Profile) -> str:
        """Where the people of `profile` reach the server. Raises StackError."""
        if profile.line is None:
            return self._server.url
        if profile.line not in self._bad:
            self._bad[profile.line] = self._start(profile.line)
        return self._bad[profile.line]

    def _start(self, line: Line) -> str:
        proxy = self._testbed.start_fault_proxy({_SERVER: f"{self._server.container.name}:{ODOO_PORT}"})
        proxy.add(_SERVER, Toxic("latency", attributes={"latency": line.milliseconds}))
        proxy.add(_SERVER, Toxic("bandwidth", "upstream", {"rate": line.kilobytes_per_second}))
        host, port = proxy.outside(_SERVER)
        return f"http://{host}:{port}"
