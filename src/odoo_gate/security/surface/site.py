"""The site that is attacked: a server of its own, on a clone of its own, whose known passwords were changed first."""

from __future__ import annotations

import secrets
from dataclasses import dataclass, field

from odoo_gate.errors import StackError
from odoo_gate.odoo.rpc import ADMIN
from odoo_gate.security.surface.browser import Browser
from odoo_gate.security.surface.door import Door, straight_door
from odoo_gate.stack.odoo_server import OdooServer

USER = "surface.probe"
"""The internal user that the checks make for themselves."""

AS_IN_PRODUCTION = ("list_db",)
"""Options of the user's odoo.conf that the attacked server must keep, which other servers of a run do not."""


@dataclass(frozen=True)
class Account:
    login: str
    password: str = field(repr=False)
    uid: int


@dataclass(frozen=True)
class Site:
    """A running Odoo with two accounts of ours: an administrator and an internal user."""

    server: OdooServer
    admin: Account
    user: Account

    @property
    def door(self) -> Door:
        """Past the ingress."""
        return straight_door(self.server.url)

    def session_of(self, account: Account, door: Door | None = None) -> Browser:
        """A browser in which `account` is logged in. Raises StackError when the server does not let it in."""
        browser = Browser(door or self.door)
        browser.visit("/web/login")
        if not browser.log_in(self.server.database, account.login, account.password):
            raise StackError(
                f"{account.login} cannot log in to {self.server.database}",
                hint=f"read the server's log: {self.server.log}",
            )
        return browser


def secured(server: OdooServer) -> Site:
    """`server`, with the administrator's password changed from the one that every database of a run starts with.

    Raises StackError.
    """
    browser = Browser(straight_door(server.url))
    browser.visit("/web/login")
    if not browser.log_in(server.database, ADMIN, ADMIN):
        raise StackError(f"{ADMIN} cannot log in to {server.database}", hint=f"read the server's log: {server.log}")
    admin, user = secrets.token_urlsafe(18), secrets.token_urlsafe(18)
    made = browser.call("res.users", "create", {"name": USER, "login": USER, "password": user})
    uid = int(made[0] if isinstance(made, list) else made)
    own = int(browser.call("res.users", "search", [["login", "=", ADMIN]])[0])
    browser.call("res.users", "write", [own], {"password": admin})
    return Site(server, Account(ADMIN, admin, own), Account(USER, user, uid))
