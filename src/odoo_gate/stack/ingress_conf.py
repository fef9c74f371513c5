"""An nginx configuration as the ingress of a run uses it: what it names is found, so that the run can put it there."""

from __future__ import annotations

import ipaddress
import re
from importlib import resources

_WORD = re.compile(r""""(?:\\.|[^"\\])*"|'(?:\\.|[^'\\])*'|\#[^\n]*|[{};]|[^\s{};"']+""")
_SITE_FRAME = (
    "events {{}}\nhttp {{\n    include /etc/nginx/mime.types;\n    access_log /dev/stdout;\n"
    "    include {path};\n}}\nerror_log /dev/stderr warn;\npid /run/nginx.pid;\n"
)
OWN_NAMES = ("localhost", "127.0.0.1")
"""What the default configuration answers to."""

_HTTP_PORT = 80
Directive = tuple[str, ...]


def default_conf() -> str:
    """The configuration of a run whose gate.toml names none."""
    return (resources.files(__package__) / "ingress_default.conf").read_text("utf-8")


def directives(conf: str) -> list[Directive]:
    """Every directive of an nginx configuration, blocks flattened: (name, argument, ...), comments and quotes gone."""
    found: list[Directive] = []
    words: list[str] = []
    for word in _WORD.findall(conf):
        if word.startswith("#"):
            continue
        if word in ("{", "}", ";"):
            if words:
                found.append(tuple(words))
            words = []
        else:
            words.append(word[1:-1] if word[0] in "\"'" else word)
    return found


def is_whole(conf: str) -> bool:
    """Whether it is a whole nginx.conf; else it is a site, as distributions keep them in `sites-enabled`."""
    return ("http",) in directives(conf)


def frame_of_site(path: str) -> str:
    """The nginx.conf that includes the site at `path` of the container."""
    return _SITE_FRAME.format(path=path)


def runs_in_background(conf: str) -> bool:
    """Whether it says itself whether nginx is a daemon; then the command line must not."""
    return any(directive[0] == "daemon" for directive in directives(conf))


def listening_ports(conf: str, *, tls: bool) -> tuple[int, ...]:
    """The ports it listens on, with TLS or without."""
    listens = [directive for directive in directives(conf) if directive[0] == "listen" and len(directive) > 1]
    ports = [_port(directive[1]) for directive in listens if ("ssl" in directive[2:]) is tls]
    return tuple(dict.fromkeys(port for port in ports if port is not None))


def names_in(conf: str) -> tuple[str, ...]:
    """The plain host names and addresses it answers to, in its order; patterns and `_` left out."""
    named = [directive[1:] for directive in directives(conf) if directive[0] == "server_name"]
    return tuple(dict.fromkeys(name for names in named for name in names if _plain(name)))


def certificate_paths(conf: str) -> tuple[str, ...]:
    """The files it takes its own certificates from."""
    return _files(conf, "ssl_certificate")


def authority_paths(conf: str) -> tuple[str, ...]:
    """The files it takes authorities from."""
    return _files(conf, "ssl_trusted_certificate", "ssl_client_certificate")


def key_paths(conf: str) -> tuple[str, ...]:
    """The files it takes private keys from."""
    return _files(conf, "ssl_certificate_key")


def _files(conf: str, *names: str) -> tuple[str, ...]:
    paths = [directive[1] for directive in directives(conf) if directive[0] in names and len(directive) > 1]
    return tuple(dict.fromkeys(path if path.startswith("/") else f"/etc/nginx/{path}" for path in paths))


def _port(where: str) -> int | None:
    """`443`, `10.0.0.1:443`, `[::]:443` or an address alone; None for a socket in the file system."""
    if where.startswith("unix:"):
        return None
    last = where.rpartition(":")[2]
    return int(last) if last.isdigit() else _HTTP_PORT


def _plain(name: str) -> bool:
    """A name a client can ask for and a certificate can carry."""
    try:
        ipaddress.ip_address(name)
    except ValueError:
        return bool(re.fullmatch(r"(?!_$)[A-Za-z0-9_]([A-Za-z0-9_.-]*[A-Za-z0-9_])?", name))
    return True
