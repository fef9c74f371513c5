"""The ingress of a run: nginx with TLS in front of a running Odoo, with the user's own configuration or ours."""

from __future__ import annotations

import socket
import ssl
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from odoo_gate.errors import SettingsError, StackError
from odoo_gate.stack.archive import Upload
from odoo_gate.stack.certificates import Certificates, issue
from odoo_gate.stack.client import engine_errors
from odoo_gate.stack.container import ContainerSpec, RunningContainer
from odoo_gate.stack.ingress_conf import (
    OWN_NAMES,
    authority_paths,
    certificate_paths,
    default_conf,
    frame_of_site,
    is_whole,
    key_paths,
    listening_ports,
    names_in,
    runs_in_background,
)
from odoo_gate.stack.run import Run

_CONF = "/etc/nginx/nginx.conf"
_SITE = "/etc/nginx/ingress/site.conf"
_START_TIMEOUT = 30.0
_HANDSHAKE_TIMEOUT = 5.0
_FOREGROUND = "nginx -t && exec nginx -g 'daemon off;'"
_AS_CONFIGURED = "nginx -t && exec nginx"


@dataclass(frozen=True)
class Ingress:
    """A running TLS proxy of one run.

    `host` is the name clients ask for. From this machine it is reached at `address`: `https_port`, and `http_port`,
    None when it listens without TLS nowhere. `inside_address` is its own in the private network, from which Odoo sees
    requests come. `authority` is the PEM of the authority to trust, `conf` the configuration it runs with.
    """

    host: str
    address: str
    https_port: int
    http_port: int | None
    inside_address: str
    authority: bytes
    conf: str
    container: RunningContainer

    @property
    def url(self) -> str:
        """Its address as a client that knows `host` by name would write it, without a trailing slash."""
        return f"https://{self.host}:{self.https_port}"

    @property
    def log(self) -> Path:
        """Where its log is once it was stopped or the run has ended."""
        return self.container.log


def start_ingress(
    run: Run, image: str, odoo: RunningContainer, conf: str, *, upstreams: Sequence[str] = ("odoo",), name: str
) -> Ingress:
    """Start nginx in front of the container `odoo` and wait until it answers on TLS.

    `conf` is a whole nginx.conf or a site of one, empty for odoo-gate's own; it reaches Odoo under each of the host
    names `upstreams`, and finds a certificate of the run wherever it looks for one. Raises StackError, and
    SettingsError with nginx's own words when nginx refuses the configuration.
    """
    text = conf or default_conf()
    names = tuple(dict.fromkeys((*names_in(text), *OWN_NAMES)))
    https = _https_port(text)
    http = next(iter(listening_ports(text, tls=False)), None)
    certificates = issue(names)
    container = run.start(
        ContainerSpec(
            name=name,
            image=image,
            command=("sh", "-c", _AS_CONFIGURED if runs_in_background(text) else _FOREGROUND),
            ports=(https,) if http is None else (https, http),
            upload=_files(text, certificates),
            options={"extra_hosts": dict.fromkeys(upstreams, _inside_address(run, odoo))},
        )
    )
    _wait(run, container, https, names[0])
    address, https_port = container.address(https)
    return Ingress(
        host=names[0],
        address=address,
        https_port=https_port,
        http_port=None if http is None else container.address(http)[1],
        inside_address=_inside_address(run, container),
        authority=certificates.authority,
        conf=text,
        container=container,
    )


def _https_port(conf: str) -> int:
    for port in listening_ports(conf, tls=True):
        return port
    raise SettingsError(
        "the configuration of the ingress listens nowhere with TLS (`listen 443 ssl;`)",
        hint="give stack.ingress_conf the configuration of the proxy that ends TLS",
    )


def _files(conf: str, certificates: Certificates) -> Upload:
    if is_whole(conf):
        texts = [(_CONF, conf.encode())]
    else:
        texts = [(_CONF, frame_of_site(_SITE).encode()), (_SITE, conf.encode())]
    return Upload(
        (
            *texts,
            *((path, certificates.chain) for path in certificate_paths(conf)),
            *((path, certificates.authority) for path in authority_paths(conf)),
            *((path, certificates.key) for path in key_paths(conf)),
        )
    )


def _inside_address(run: Run, container: RunningContainer) -> str:
    with engine_errors(f"asking for the address of {container.name}"):
        container.docker.reload()
        networks = container.docker.attrs["NetworkSettings"]["Networks"]
    return str(networks[run.network]["IPAddress"])


def _wait(run: Run, container: RunningContainer, port: int, name: str) -> None:
    try:
        container.wait_until(lambda: _greets(container, port, name), what="answering on TLS", timeout=_START_TIMEOUT)
    except StackError as error:
        said = container.tail()
        if "test failed" not in said:
            raise
        run.stop(container)
        raise SettingsError(
            f"nginx refuses the configuration of the ingress (`nginx -t`):\n{said}",
            hint="correct the file that stack.ingress_conf names; hosts it may name besides addresses are those of "
            "stack.ingress_upstreams",
        ) from error


def _greets(container: RunningContainer, port: int, name: str) -> bool:
    """Whether a TLS server is there, whatever it thinks of us. Docker's proxy accepts before anybody listens."""
    context = ssl.create_default_context()
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    try:
        where = container.address(port)
        with (
            socket.create_connection(where, timeout=_HANDSHAKE_TIMEOUT) as connection,
            context.wrap_socket(connection, server_hostname=name),
        ):
            return True
    except (ssl.SSLEOFError, ssl.SSLZeroReturnError):
        return False
    except ssl.SSLError:
        return True
    except (OSError, StackError):
        return False
