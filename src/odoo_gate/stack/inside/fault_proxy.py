"""A TCP proxy that fails on demand: Toxiproxy's model and REST paths, on asyncio alone.

GET    /proxies                        every proxy, with its toxics and how often each struck
POST   /proxies/NAME                   {"enabled": false} closes its port and its connections
POST   /proxies/NAME/toxics            {"type", "stream", "attributes", "name"}
DELETE /proxies/NAME/toxics/TOXIC
POST   /reset                          no toxics, all enabled; connections a toxic had stopped are closed
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import random
import socket
import struct
from typing import Any, Dict, List, Optional, Set, Tuple

from .control import Answer, serve_control
from .toxics import Cut, Toxic, poisoned

_CHUNK = 65536
_CONNECT_SECONDS = 10
_DIRECT_SECONDS = 30
_SEED = 1


class _Link:
    """A client's connection and ours to the server behind it."""

    def __init__(self, *writers: asyncio.StreamWriter) -> None:
        self._writers = list(writers)

    def cut(self, *, reset: bool) -> None:
        for writer in self._writers:
            if reset:
                raw = writer.get_extra_info("socket")
                raw.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
                writer.transport.abort()
            else:
                writer.close()


class Proxy:
    """One port that leads to one server. Used in the event loop only."""

    def __init__(self, name: str, host: str, port: int, upstream: Tuple[str, int]) -> None:
        self.name = name
        self.port = port
        self.toxics: List[Toxic] = []
        self._host = host
        self._upstream = upstream
        self._server: Optional[asyncio.AbstractServer] = None
        self._links: Set[_Link] = set()
        self._dice = random.Random(_SEED)

    async def enable(self) -> None:
        if self._server is None:
            self._server = await asyncio.start_server(self._serve, self._host, self.port, reuse_address=True)
            self.port = self._server.sockets[0].getsockname()[1]

    def disable(self) -> None:
        """Close the port: who connects is refused; who is connected is reset."""
        if self._server is not None:
            self._server.close()
            self._server = None
        for link in set(self._links):
            link.cut(reset=True)

    def remove(self, name: str = "") -> None:
        """The toxic `name`, or all of them."""
        for toxic in [toxic for toxic in self.toxics if name in ("", toxic.name)]:
            self.toxics.remove(toxic)
            toxic.removed.set()

    def plain(self) -> Dict[str, object]:
        return {
            "name": self.name,
            "listen": self.port,
            "upstream": "%s:%s" % self._upstream,
            "enabled": self._server is not None,
            "toxics": [toxic.plain() for toxic in self.toxics],
        }

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        client = _Link(writer)
        self._links.add(client)
        try:
            opening = asyncio.open_connection(*self._upstream)
            up_reader, up_writer = await asyncio.wait_for(opening, _CONNECT_SECONDS)
        except (OSError, asyncio.TimeoutError):
            client.cut(reset=True)  # as if the server itself were not there
            return
        finally:
            self._links.discard(client)
        link = _Link(writer, up_writer)
        self._links.add(link)
        try:
            await asyncio.gather(
                self._pump(reader, up_writer, "upstream", link), self._pump(up_reader, writer, "downstream", link)
            )
        finally:
            self._links.discard(link)
            link.cut(reset=False)

    async def _pump(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, stream: str, link: _Link) -> None:
        passed = 0
        try:
            while True:
                chunk = await reader.read(_CHUNK)
                if not chunk:
                    break
                toxics = [toxic for toxic in self.toxics if toxic.stream == stream]
                async for piece in poisoned(chunk, toxics, passed, self._dice):
                    writer.write(piece)
                    await writer.drain()
                    passed += len(piece)
        except Cut as cut:
            with contextlib.suppress(OSError):
                await writer.drain()
            link.cut(reset=cut.reset)
            return
        except OSError:
            link.cut(reset=True)  # one side was reset: so is the other
            return
        if not writer.transport.is_closing():
            with contextlib.suppress(OSError):
                writer.write_eof()


class FaultProxy:
    """All proxies of the program, directed from the control port's thread."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self.proxies: Dict[str, Proxy] = {}
        self._loop = loop

    def direct(self, method: str, path: str, body: Any) -> Answer:
        """Called in another thread; what it asks is done in the loop."""
        doing = asyncio.run_coroutine_threadsafe(self._direct(method, path.strip("/").split("/"), body), self._loop)
        return doing.result(_DIRECT_SECONDS)

    async def _direct(self, method: str, path: List[str], body: Any) -> Answer:
        if (method, path) == ("GET", ["proxies"]):
            return 200, {name: proxy.plain() for name, proxy in self.proxies.items()}
        if (method, path) == ("POST", ["reset"]):
            for proxy in self.proxies.values():
                proxy.remove()
                await proxy.enable()
            return 200, {}
        if path[0] != "proxies" or len(path) < 2 or path[1] not in self.proxies:
            return 404, {"error": "nothing there"}
        return await self._direct_proxy(self.proxies[path[1]], method, path[2:], body)

    async def _direct_proxy(self, proxy: Proxy, method: str, path: List[str], body: Any) -> Answer:
        if (method, path) == ("POST", []):
            if body["enabled"]:
                await proxy.enable()
            else:
                proxy.disable()
            return 200, proxy.plain()
        if (method, path) == ("POST", ["toxics"]):
            toxic = Toxic.read(body)
            if any(toxic.name == other.name for other in proxy.toxics):
                return 409, {"error": "a toxic %s is there" % toxic.name}
            proxy.toxics.append(toxic)
            return 200, toxic.plain()
        if method == "DELETE" and path[:1] == ["toxics"] and len(path) == 2:
            if not any(toxic.name == path[1] for toxic in proxy.toxics):
                return 404, {"error": "no toxic %s" % path[1]}
            proxy.remove(path[1])
            return 200, {}
        return 404, {"error": "nothing there"}


async def run(host: str, control_port: int, token: str, proxies: Dict[str, Dict[str, Any]]) -> None:
    """Listen until cancelled; prints one JSON line with the ports once all listen."""
    program = FaultProxy(asyncio.get_running_loop())
    for name, wanted in proxies.items():
        upstream_host, _, upstream_port = str(wanted["upstream"]).rpartition(":")
        proxy = Proxy(name, host, int(wanted["listen"]), (upstream_host, int(upstream_port)))
        await proxy.enable()
        program.proxies[name] = proxy
    control = serve_control(host, control_port, token, program.direct)
    ports = {name: proxy.port for name, proxy in program.proxies.items()}
    print(json.dumps({"control": control.server_address[1], "proxies": ports}), flush=True)
    await asyncio.Event().wait()


if __name__ == "__main__":
    asyncio.run(run(**json.loads(os.environ["ODOO_GATE_INSIDE"])))
