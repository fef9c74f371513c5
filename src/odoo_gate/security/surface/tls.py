"""Which versions of TLS an ingress speaks, and whether clients can trust it."""

from __future__ import annotations

import socket
import ssl
import tempfile
import warnings
from collections.abc import Iterator
from pathlib import Path

from odoo_gate.model import Finding
from odoo_gate.security.surface.door import Door
from odoo_gate.stack.certificates import Certificates, issue
from odoo_gate.stack.ingress_conf import directives

_TIMEOUT = 10.0
_MOST_TURNS = 10
_OLD = {"TLSv1": ssl.TLSVersion.TLSv1, "TLSv1.1": ssl.TLSVersion.TLSv1_1}
_WRITTEN_OLD = ("SSLv2", "SSLv3", *_OLD)
_REMEDY = "allow TLS 1.2 and later only (nginx: ssl_protocols TLSv1.2 TLSv1.3;)"


def tls_findings(front: Door, conf: str) -> list[Finding]:
    """Old TLS spoken by the ingress or allowed by its configuration, or a certificate a client refuses.

    Raises OSError when nobody answers.
    """
    return [*_trust(front), *_written(conf), *_spoken(front)]


def _trust(front: Door) -> Iterator[Finding]:
    try:
        front.ask("GET", "/web/login")
    except ssl.SSLError as error:
        yield Finding(
            "untrusted-certificate",
            f"a client that trusts the authority refuses the ingress for {front.host}: {error.reason or error}",
            remedy="serve the whole chain, for every name in server_name, with TLS 1.2 or 1.3",
        )


def _written(conf: str) -> Iterator[Finding]:
    """As written: nginx may not speak a version that the library it was built with has switched off."""
    for directive in directives(conf):
        old = [name for name in directive[1:] if name in _WRITTEN_OLD]
        if directive[0] == "ssl_protocols" and old:
            yield Finding("old-tls", f"the ingress is configured to allow {', '.join(old)}", remedy=_REMEDY)


def _spoken(front: Door) -> Iterator[Finding]:
    certificates = issue((front.host,))
    for name, version in _OLD.items():
        if not _can_speak(version, certificates):
            yield Finding(
                "old-tls-not-asked",
                f"this machine's own TLS library cannot speak {name}: whether the ingress does is not known",
                remedy="run the gate with a Python whose OpenSSL has not dropped old versions",
            )
        elif _speaks(front, version):
            yield Finding("old-tls", f"the ingress speaks {name}", remedy=_REMEDY)


def _speaks(front: Door, version: ssl.TLSVersion) -> bool:
    connection = socket.create_connection((front.address, front.port), timeout=_TIMEOUT)
    with connection:
        try:
            with _only(version).wrap_socket(connection, server_hostname=front.host):
                return True
        except (ssl.SSLError, ConnectionResetError):
            return False


def _only(version: ssl.TLSVersion, side: int = ssl.PROTOCOL_TLS_CLIENT) -> ssl.SSLContext:
    """One version only, at the lowest security level: old versions sign with what newer levels refuse."""
    context = ssl.SSLContext(side)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    context.set_ciphers("ALL:@SECLEVEL=0")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # old versions are what is asked for
        context.minimum_version = context.maximum_version = version
    return context


def _can_speak(version: ssl.TLSVersion, certificates: Certificates) -> bool:
    """Whether client and server of this machine's own library agree on it, with each other."""
    server = _only(version, ssl.PROTOCOL_TLS_SERVER)
    _load(server, certificates)
    to_server, to_client = ssl.MemoryBIO(), ssl.MemoryBIO()
    ends = [
        _only(version).wrap_bio(to_client, to_server, server_hostname="localhost"),
        server.wrap_bio(to_server, to_client, server_side=True),
    ]
    for _ in range(_MOST_TURNS):
        try:
            for end in list(ends):
                try:
                    end.do_handshake()
                    ends.remove(end)
                except ssl.SSLWantReadError:
                    continue
        except ssl.SSLError:
            return False
        if not ends:
            return True
    return False


def _load(context: ssl.SSLContext, certificates: Certificates) -> None:
    """`load_cert_chain` reads files only."""
    with tempfile.TemporaryDirectory(prefix="odoo-gate-tls-") as folder:
        file = Path(folder) / "server.pem"
        file.write_bytes(certificates.chain + certificates.key)
        context.load_cert_chain(file)
