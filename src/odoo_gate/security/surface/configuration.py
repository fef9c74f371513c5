"""What production's odoo.conf says of the deployment: judged as written, for what cannot be asked of a clone."""

from __future__ import annotations

import base64
import hashlib
import hmac
import re
import secrets
from collections.abc import Iterator

from odoo_gate.model import Finding, Place, Severity
from odoo_gate.stack.odoo_conf import option

DEFAULT_PASSWORD = "admin"
"""Odoo's own master password, where odoo.conf sets none."""

GUESSES = (DEFAULT_PASSWORD, "odoo", "password", "master", "123456")
_TRUE, _FALSE = ("true", "1", "yes", "on", "t", "y"), ("false",)
_HASH = re.compile(r"^\$pbkdf2-sha512\$(\d+)\$([A-Za-z0-9./]+)\$([A-Za-z0-9./]+)$")
_SHORTEST_PASSWORD = 16
_FEWEST_CHARACTERS = 8
_SUPERUSERS = ("postgres",)


def configuration_findings(conf: str, path: str) -> list[Finding]:
    """What is wrong with the odoo.conf whose text is `conf` and whose path in the project is `path`.

    An empty path means that gate.toml names none. Raises SettingsError when Odoo could not read it.
    """
    if not path:
        return [
            Finding(
                "no-configuration",
                "gate.toml names no [stack] odoo_conf: nobody knows what production runs with",
                remedy="keep production's odoo.conf in the repository and name it in gate.toml: stack.odoo_conf",
            )
        ]
    place = Place(path)
    return [*_databases(conf, place), *_master_password(conf, place), *_processes(conf, place), *_role(conf, place)]


def _databases(conf: str, place: Place) -> Iterator[Finding]:
    listed = option(conf, "list_db")
    if listed is None or listed.strip().lower() not in _FALSE:
        yield Finding(
            "list-db-on",
            f"list_db is {listed or 'not set'}: the database manager works, and anybody may list the databases",
            place=place,
            remedy="set list_db = False",
        )
    pattern, named = (option(conf, "dbfilter") or "").strip(), (option(conf, "db_name") or "").strip()
    if not pattern and (not named or named.lower() == "false"):
        yield Finding(
            "no-dbfilter",
            "neither dbfilter nor db_name is set: the server serves every database that its role can see",
            place=place,
            remedy="set dbfilter = ^<database>$, or a filter on the host name (%d, %h)",
        )
    elif pattern:
        yield from _filter(pattern, place)


def _filter(pattern: str, place: Place) -> Iterator[Finding]:
    expression = pattern.replace("%h", "odoo.example.com").replace("%d", "odoo")
    try:
        compiled = re.compile(expression, re.IGNORECASE)
    except re.error as error:
        message = f"dbfilter = {pattern} is not a regular expression: {error}"
        yield Finding("dbfilter-broken", message, place=place, remedy="correct it")
        return
    if compiled.match(secrets.token_hex(8)) and compiled.match("zz_" + secrets.token_hex(8)):
        yield Finding(
            "no-dbfilter",
            f"dbfilter = {pattern} lets every database through",
            place=place,
            remedy="set dbfilter = ^<database>$, or a filter on the host name (%d, %h)",
        )
        return
    name = re.sub(r"^\^|\$$", "", expression).replace("\\", "")
    if compiled.match(name) and compiled.match(name + "_copy"):
        yield Finding(
            "dbfilter-loose",
            f"dbfilter = {pattern} also lets {name}_copy through: a copy restored beside production is served, too",
            Severity.WARNING,
            place,
            remedy="end the expression with $",
        )


def _master_password(conf: str, place: Place) -> Iterator[Finding]:
    password = option(conf, "admin_passwd")
    remedy = "set admin_passwd to a long random value: Odoo stores it hashed; hand it in with the file, not with git"
    if password is None or not password.strip():
        closed = (option(conf, "list_db") or "").strip().lower() in _FALSE
        yield Finding(
            "default-master-password",
            f"admin_passwd is not set: the master password is Odoo's own, {DEFAULT_PASSWORD!r}"
            + ("; with list_db off nothing can be done with it" if closed else ""),
            Severity.WARNING if closed else Severity.ERROR,
            place,
            remedy,
        )
    elif known := next((guess for guess in GUESSES if _is(guess, password.strip())), None):
        yield Finding("default-master-password", f"admin_passwd is {known!r}", place=place, remedy=remedy)
    elif not _HASH.match(password.strip()) and _is_weak(password.strip()):
        yield Finding(
            "weak-master-password",
            f"admin_passwd has fewer than {_SHORTEST_PASSWORD} characters, or repeats a few",
            place=place,
            remedy=remedy,
        )


def _is(guess: str, stored: str) -> bool:
    """Whether the stored master password, plain or hashed as Odoo does it, is `guess`."""
    found = _HASH.match(stored)
    if not found:
        return stored == guess
    rounds, salt, expected = int(found[1]), _decoded(found[2]), _decoded(found[3])
    return hmac.compare_digest(hashlib.pbkdf2_hmac("sha512", guess.encode(), salt, rounds), expected)


def _decoded(text: str) -> bytes:
    """passlib's base64: `.` for `+`, no padding."""
    return base64.b64decode(text.replace(".", "+") + "=" * (-len(text) % 4))


def _is_weak(password: str) -> bool:
    return len(password) < _SHORTEST_PASSWORD or len(set(password)) < _FEWEST_CHARACTERS


def _processes(conf: str, place: Place) -> Iterator[Finding]:
    workers = (option(conf, "workers") or "0").strip()
    if not workers.isdigit() or int(workers) < 1:
        yield Finding(
            "no-workers",
            f"workers = {workers}: one process with threads serves everybody, without limits of memory and time",
            place=place,
            remedy="set workers to (processors x 2) + 1, and the limits that belong to it",
        )
    if (option(conf, "proxy_mode") or "").strip().lower() not in _TRUE:
        yield Finding(
            "no-proxy-mode",
            "proxy_mode is off: behind the ingress links are http, and every client has the address of the proxy",
            place=place,
            remedy="set proxy_mode = True, and let nobody reach Odoo but the proxy",
        )
    if developing := (option(conf, "dev_mode") or "").strip():
        yield Finding(
            "developer-mode",
            f"dev_mode = {developing}: tracebacks and reloading are for developers",
            place=place,
            remedy="take dev_mode out",
        )


def _role(conf: str, place: Place) -> Iterator[Finding]:
    role = (option(conf, "db_user") or "").strip()
    if role.lower() in _SUPERUSERS:
        yield Finding(
            "database-superuser",
            f"db_user = {role}: Odoo works as the superuser of PostgreSQL, and so does whoever finds a hole in it",
            place=place,
            remedy="give Odoo a role of its own: NOSUPERUSER NOCREATEDB",
        )
