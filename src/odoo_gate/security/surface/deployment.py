"""`security.deployment`: what the outside can do to databases, and who gets in with a password everybody knows."""

from __future__ import annotations

import http.client
import secrets
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import psycopg

from odoo_gate.model import Finding, Severity
from odoo_gate.security.surface.browser import Browser
from odoo_gate.security.surface.configuration import GUESSES
from odoo_gate.security.surface.door import Door
from odoo_gate.security.surface.site import Site

_MANAGER = "/web/database/manager"
_DISABLED = b"disabled by the administrator"
"""In the page that Odoo shows in place of the manager when list_db is off."""
_COOLDOWN = "base.login_cooldown_after"
_KNOWN = (("admin", "admin"), ("demo", "demo"), ("portal", "portal"), ("admin", "odoo"), ("admin", "password"))
_MOST_USERS = 20


def manager_findings(straight: Door, front: Door | None) -> list[Finding]:
    """What a stranger can see of databases and do to them: past the ingress, and through it where there is one."""
    found = [*_listed(straight, "past the ingress"), *_master_passwords(straight)]
    page = straight.ask("GET", _MANAGER)
    if _is_open(page.status, page.body):
        found.append(
            Finding(
                "database-manager-open",
                f"{_MANAGER} works past the ingress: databases can be made, copied and dropped with one password",
                remedy="set list_db = False",
            )
        )
    return found if front is None else [*found, *_through(front)]


def _through(front: Door) -> Iterator[Finding]:
    yield from _listed(front, "through the ingress")
    page = front.ask("GET", _MANAGER)
    if page.status == http.client.OK:
        works = _is_open(page.status, page.body)
        state = "works" if works else "answers (list_db is off, so it does nothing)"
        yield Finding(
            "database-manager-not-blocked",
            f"{_MANAGER} {state} through the ingress",
            Severity.ERROR if works else Severity.WARNING,
            remedy="block /web/database in the proxy (nginx: location /web/database { return 404; })",
        )


def _is_open(status: int, body: bytes) -> bool:
    return status == http.client.OK and b"/web/database/" in body and _DISABLED not in body


def _listed(door: Door, where: str) -> Iterator[Finding]:
    for path, params in (
        ("/web/database/list", {}),
        ("/jsonrpc", {"service": "db", "method": "list", "args": []}),
    ):
        _, said = door.call(path, params)
        listed = said.get("result") if isinstance(said, dict) else None
        if isinstance(listed, list):
            yield Finding(
                "databases-listed",
                f"{path} tells everybody the names of the databases, {where} ({len(listed)} now)",
                remedy="set list_db = False",
            )


def _master_passwords(door: Door) -> Iterator[Finding]:
    """Asks to drop a database that does not exist: the answer tells whether the password was accepted."""
    for guess in GUESSES:
        arguments = [guess, f"no-such-database-{secrets.token_hex(8)}"]
        _, said = door.call("/jsonrpc", {"service": "db", "method": "drop", "args": arguments})
        if isinstance(said, dict) and said.get("result") is False:
            yield Finding(
                "master-password-guessed",
                f"the server takes {guess!r} for its master password: anybody may copy and drop its databases",
                remedy="set admin_passwd to a long random value, and list_db = False",
            )


@dataclass(frozen=True, slots=True)
class Guessed:
    """What came of trying known passwords: how many logins were tried, and what is wrong."""

    attempts: int
    findings: tuple[Finding, ...]


def password_findings(site: Site, dsn: str) -> Guessed:
    """Who gets in with a password everybody knows: the usual accounts, and users whose password is their login.

    `dsn` opens the site's database. Odoo's pause after failed logins is off meanwhile, or it would hide an answer.
    Raises StackError, psycopg.Error.
    """
    with psycopg.connect(dsn) as connection:
        users = _users_with_password(connection, (site.admin.login, site.user.login))
        findings = list(_demo(connection))
    if len(users) > _MOST_USERS:
        message = f"{len(users)} users have a password; whether it is their login was tried of {_MOST_USERS}"
        findings.append(
            Finding("passwords-not-tried", message, Severity.WARNING, remedy="review the users of the data")
        )
    tried = [*_KNOWN, *((login, login) for login in users[:_MOST_USERS])]
    administrator = site.session_of(site.admin)
    before = administrator.call("ir.config_parameter", "get_param", _COOLDOWN)
    administrator.call("ir.config_parameter", "set_param", _COOLDOWN, "0")
    try:
        let_in = [pair for pair in dict.fromkeys(tried) if _lets_in(site, *pair)]
    finally:
        administrator.call("ir.config_parameter", "set_param", _COOLDOWN, before)
    findings += [
        Finding(
            "known-password",
            f"the user {login} logs in with the password {password!r}",
            remedy="make users without a password: they set it through the link of an invitation",
        )
        for login, password in let_in
    ]
    return Guessed(len(set(tried)), tuple(findings))


def _lets_in(site: Site, login: str, password: str) -> bool:
    return Browser(site.door).log_in(site.server.database, login, password)


def _users_with_password(connection: psycopg.Connection, but: Sequence[str]) -> list[str]:
    rows = connection.execute(
        "SELECT login FROM res_users WHERE active AND coalesce(password, '') <> '' AND NOT login = ANY(%s) ORDER BY id",
        [list(but)],
    ).fetchall()
    return [str(login) for (login,) in rows]


def _demo(connection: psycopg.Connection) -> Iterator[Finding]:
    modules = connection.execute("SELECT name FROM ir_module_module WHERE demo AND state = 'installed'").fetchall()
    users = connection.execute(
        "SELECT u.login FROM ir_model_data d JOIN res_users u ON u.id = d.res_id"
        " WHERE d.model = 'res.users' AND d.module = 'base' AND d.name IN ('user_demo', 'demo_user0') AND u.active"
    ).fetchall()
    if modules or users:
        what = f"{len(modules)} modules with demonstration data" + "".join(f", the user {login}" for (login,) in users)
        yield Finding(
            "demo-data",
            f"the database holds {what}: its users have passwords that everybody knows",
            remedy="make the database without demonstration data (database.demo = false)",
        )
