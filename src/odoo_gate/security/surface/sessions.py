"""`security.sessions`: a session begins at login, and ends at logout, at a change of password and with its key."""

from __future__ import annotations

import secrets
from collections.abc import Iterator

import redis

from odoo_gate.model import Finding, Severity
from odoo_gate.security.surface.browser import Browser
from odoo_gate.security.surface.site import Account, Site
from odoo_gate.stack.addresses import RedisAddress


def session_findings(site: Site, store: RedisAddress) -> list[Finding]:
    """What is wrong with the sessions of `site`; its user has another password afterwards. Raises StackError."""
    return [
        *_at_login(site),
        *_at_logout(site),
        *_in_redis(site, store),
        *_at_a_change_of_password(site),
    ]


def _at_login(site: Site) -> Iterator[Finding]:
    browser = Browser(site.door)
    browser.visit("/web/login")
    before = browser.session
    if not before:
        yield Finding(
            "no-session",
            "/web/login gives a visitor no session cookie: whether its id changes at login cannot be seen",
            remedy="let Odoo set its cookie session_id",
        )
    if not browser.log_in(site.server.database, site.user.login, site.user.password) or not browser.is_logged_in():
        yield Finding("no-login", f"{site.user.login} cannot log in, or is logged out at once", remedy="read the log")
        return
    if before and browser.session == before:
        yield Finding(
            "session-fixed",
            "the session id stays the same at login: who gave a victim a session id is logged in with them",
            remedy="give the session a new id at login, as Odoo does; look for an override of the session store",
        )
    elif before and Browser(site.door, before).is_logged_in():
        yield Finding(
            "session-fixed",
            "the session id from before the login is logged in as well",
            remedy="delete the session of before the login, as Odoo does",
        )


def _at_logout(site: Site) -> Iterator[Finding]:
    browser = site.session_of(site.user)
    stolen = browser.session
    browser.log_out()
    if Browser(site.door, stolen).is_logged_in():
        yield Finding(
            "logout-does-not-revoke",
            "a session id is still logged in after its user logged out",
            remedy="delete the session at logout; look for an override of the session store or of logout",
        )


def _at_a_change_of_password(site: Site) -> Iterator[Finding]:
    owner, thief = site.session_of(site.user), site.session_of(site.user)
    changed = Account(site.user.login, secrets.token_urlsafe(18), site.user.uid)
    owner.call("res.users", "change_password", site.user.password, changed.password)
    if thief.is_logged_in():
        yield Finding(
            "password-change-does-not-revoke",
            "another session of a user is still logged in after they changed their password",
            remedy="keep `password` among res.users._get_session_token_fields()",
        )
    site.session_of(changed).call("res.users", "change_password", changed.password, site.user.password)


def _in_redis(site: Site, store: RedisAddress) -> Iterator[Finding]:
    browser = site.session_of(site.user)
    client = redis.Redis(host=store.host, port=store.port, socket_timeout=10, socket_connect_timeout=10)
    try:
        keys = list(client.scan_iter(match=f"*{browser.session}*", count=1000))
        if not keys:
            message = "no key of Redis is named after a session: the release keeps sessions elsewhere"
            yield Finding("sessions-not-in-redis", message, Severity.NOTE)
            return
        forever = [key.decode(errors="replace") for key in keys if client.ttl(key) < 0]
        client.delete(*keys)
    finally:
        client.close()
    if browser.is_logged_in():
        yield Finding(
            "session-outlives-its-key",
            "a session is still logged in after its key was deleted from Redis",
            remedy="read sessions from Redis at every request",
        )
    if forever:
        yield Finding(
            "session-never-expires",
            "a session's key in Redis has no time to live",
            remedy="store sessions with an expiry (SET ... EX)",
        )
