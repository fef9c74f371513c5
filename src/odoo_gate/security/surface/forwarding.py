"""Whether a client can lie, through the ingress, about who it is and what it asked for."""

from __future__ import annotations

import re
from collections.abc import Iterator

from odoo_gate.model import Finding, Severity
from odoo_gate.security.surface.browser import Browser
from odoo_gate.security.surface.door import front_door
from odoo_gate.security.surface.site import Site
from odoo_gate.stack.ingress import Ingress

_FORGED_HOST, _FORGED_PROTOCOL, _FORGED_CLIENT = "forged.example.org", "http", "203.0.113.66"
_FORGED = {
    "X-Forwarded-Host": _FORGED_HOST,
    "X-Forwarded-Proto": _FORGED_PROTOCOL,
    "X-Forwarded-For": _FORGED_CLIENT,
    "X-Real-IP": _FORGED_CLIENT,
    "Forwarded": f"for={_FORGED_CLIENT};host={_FORGED_HOST};proto={_FORGED_PROTOCOL}",
}
_FREEZE, _BASE_URL = "web.base.url.freeze", "web.base.url"
_OVERWRITE = (
    "let the proxy set X-Forwarded-Host, -Proto and -For itself "
    "(nginx: proxy_set_header with $host, $scheme, $remote_addr)"
)


def forwarding_findings(site: Site, ingress: Ingress) -> list[Finding]:
    """Log in as the administrator with forged headers, and see what Odoo made of them.

    Odoo writes what it believes its address to be into `web.base.url`, which every link in a mail starts with, and the
    client's address into its log. `web.base.url` is put back afterwards. Raises StackError, OSError.
    """
    administrator = site.session_of(site.admin)
    before = administrator.call("ir.config_parameter", "get_param", _BASE_URL)
    frozen = administrator.call("ir.config_parameter", "get_param", _FREEZE)
    administrator.call("ir.config_parameter", "set_param", _FREEZE, False)
    administrator.call("ir.config_parameter", "set_param", _BASE_URL, "unknown")
    try:
        let_in = Browser(front_door(ingress)).log_in(
            site.server.database, site.admin.login, site.admin.password, _FORGED
        )
        believed = str(administrator.call("ir.config_parameter", "get_param", _BASE_URL))
    finally:
        administrator.call("ir.config_parameter", "set_param", _BASE_URL, before)
        administrator.call("ir.config_parameter", "set_param", _FREEZE, frozen)
    if not let_in:
        message = "nobody can log in through the ingress: what Odoo makes of forged headers cannot be seen"
        return [Finding("no-login", message, remedy="read the logs of the ingress and of Odoo")]
    return [*_links(believed, ingress), *_client(site, ingress), *_unknown_host(ingress)]


def _links(believed: str, ingress: Ingress) -> Iterator[Finding]:
    scheme, _, host = believed.partition("://")
    if _FORGED_HOST in host:
        yield Finding(
            "forged-host-believed",
            f"a client's own X-Forwarded-Host goes into the links Odoo sends out: they became {believed}",
            remedy=_OVERWRITE,
        )
    elif host != ingress.host:
        yield Finding(
            "wrong-links",
            f"behind the ingress Odoo takes {believed} for its address, not https://{ingress.host}",
            remedy="set proxy_mode = True, and let the proxy set Host and X-Forwarded-Host",
        )
    if scheme != "https":
        yield Finding(
            "links-without-tls",
            f"behind the ingress the links Odoo sends out are {scheme}: {believed}",
            remedy="set proxy_mode = True, and let the proxy set X-Forwarded-Proto to $scheme",
        )


def _client(site: Site, ingress: Ingress) -> Iterator[Finding]:
    """The last login of the administrator in Odoo's log is ours, with the address Odoo saw."""
    printed = site.server.container.docker.logs(tail=400).decode(errors="replace")
    seen = re.findall(rf"Login successful for .*login:{re.escape(site.admin.login)} from (\S+)", printed)
    if not seen:
        yield Finding(
            "client-address-unknown",
            "Odoo's log does not say from where the administrator logged in: forged addresses cannot be told",
            remedy="log at level info (log_level, log_handler): without it nobody can follow an attack either",
        )
    elif seen[-1] == _FORGED_CLIENT:
        yield Finding(
            "forged-client-believed",
            "a client's own X-Forwarded-For is what Odoo logs, and pauses after failed logins, as its address",
            remedy=_OVERWRITE,
        )
    elif seen[-1] == ingress.inside_address:
        yield Finding(
            "client-address-lost",
            "Odoo takes the proxy's address for every client's: one who fails to log in locks out all others",
            remedy="set proxy_mode = True, and let the proxy set X-Forwarded-Host and X-Forwarded-For",
        )


def _unknown_host(ingress: Ingress) -> Iterator[Finding]:
    try:
        answer = front_door(ingress).ask("GET", "/web/login", headers={"Host": _FORGED_HOST})
    except OSError:  # the connection was closed without an answer, as it should be
        return
    if answer.status < 400:
        yield Finding(
            "any-host-served",
            f"the ingress passes requests for any name on to Odoo ({_FORGED_HOST} was answered with {answer.status})",
            Severity.WARNING,
            remedy="name the hosts in server_name, and give all others a default_server that returns 444",
        )
