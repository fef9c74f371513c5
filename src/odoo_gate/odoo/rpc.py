"""RPC sessions of a running Odoo through odoorpc, one per role."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from urllib.error import URLError
from urllib.parse import urlsplit

import odoorpc
from odoorpc.error import RPCError

from odoo_gate.errors import StackError, UsageError
from odoo_gate.settings import RolesSettings
from odoo_gate.stack.odoo_server import OdooServer
from odoo_gate.stack.series import traits_of

ADMIN = "admin"
"""Login and password of the administrator in every database odoo-gate makes, as Odoo sets them."""

_TIMEOUT = 120


def login(server: OdooServer, user: str = ADMIN, password: str = ADMIN) -> odoorpc.ODOO:
    """A session of `user` on the database `server` serves.

    Raises StackError when the server does not answer or refuses the login.
    """
    parts = urlsplit(server.url)
    try:
        session = odoorpc.ODOO(
            parts.hostname, protocol="jsonrpc", port=parts.port, timeout=_TIMEOUT, version=server.series
        )
        session.login(server.database, user, password)
    except (RPCError, URLError, OSError) as error:
        raise StackError(
            f"{user} cannot log in to {server.database} at {server.url}: {error}",
            hint=f"read the server's log: {server.log}",
        ) from error
    return session


def login_as(
    server: OdooServer, role: str, groups: Sequence[str], *, companies: Sequence[int] = (), password: str = ""
) -> odoorpc.ODOO:
    """A session of a user that holds exactly `groups` (external ids such as `project.group_project_user`).

    The user `role` is made when the database has none; `companies` are the ids it may work in, the first its
    own (default: the administrator's); `password` is a random one unless given. Raises StackError when the user
    cannot be made or log in.
    """
    admin = login(server)
    password = password or secrets.token_urlsafe(12)
    try:
        _write_user(admin, server.series, role, password, groups, companies)
    except RPCError as error:
        raise StackError(
            f"the user {role} with groups {', '.join(groups) or 'none'} could not be made: {error}",
            hint="name groups by external ids of modules that are installed",
        ) from error
    return login(server, role, password)


def session_of(server: OdooServer, role: str, roles: RolesSettings) -> odoorpc.ODOO:
    """A session of `role`: the administrator for `admin`, else a user with the groups gate.toml gives it.

    Raises UsageError for a role that gate.toml does not know, StackError as `login_as`.
    """
    if role == ADMIN:
        return login(server)
    groups = roles.groups(role)
    if groups is None:
        known = ", ".join((ADMIN, *roles.names))
        raise UsageError(f"there is no role {role!r}", hint=f"add it to [roles] in gate.toml; known: {known}")
    return login_as(server, role, groups)


def _write_user(
    admin: odoorpc.ODOO,
    series: str,
    role: str,
    password: str,
    groups: Sequence[str],
    companies: Sequence[int],
) -> None:
    users = admin.env["res.users"]
    values: dict[str, object] = {
        "name": role,
        "password": password,
        traits_of(series).user_groups_field: [(6, 0, [admin.env.ref(group).id for group in groups])],
    }
    if companies:
        values |= {"company_ids": [(6, 0, list(companies))], "company_id": companies[0]}
    found = users.search([("login", "=", role)])
    if found:
        users.write(found, values)
    else:
        users.create({"login": role, **values})
