"""What can be wrong with a session store that is in Redis; which of it is planted says a file."""

import pathlib

import redis

from odoo import http

FILE = pathlib.Path("/tmp/desk-defect")
KEPT = {}


def activate():
    store = http.root.session_store
    store.get = or_the_last(store.get)
    store.client = Client(store.client)


def planted():
    name, _, nonce = FILE.read_text().strip().partition(" ") if FILE.exists() else ("", "", "")
    return name, nonce


def or_the_last(get):
    """A cache of "the last session", for whoever comes with a session that the store does not know."""
    last = []

    def get_or_last(sid):
        session = get(sid)
        if session.uid:
            last[:] = [session]
        elif last and planted()[0] == "last_session":
            return under_its_own_key(last[0])
        return session

    return get_or_last


def under_its_own_key(session):
    """A copy that keeps its key, whatever key Odoo says that the browser has."""
    key = session.sid

    class Kept(http.Session):
        sid = property(lambda _: key, lambda _, given: None)

    return Kept(dict(session), key)


class Client:
    """The store's own client, or one whose only connection is never opened again."""

    def __init__(self, sound):
        self._sound = sound

    def __getattr__(self, name):
        kind, nonce = planted()
        return getattr(self._kept(nonce) if kind == "dead_connection" else self._sound, name)

    def _kept(self, nonce):
        if nonce not in KEPT:
            pool = self._sound.connection_pool
            only = redis.ConnectionPool(connection_class=OpenedOnce, max_connections=1, **pool.connection_kwargs)
            KEPT[nonce] = redis.Redis(connection_pool=only)
        return KEPT[nonce]


class OpenedOnce(redis.Connection):
    opened = False

    def connect(self):
        if self._sock is None and self.opened:
            raise redis.ConnectionError("the connection is closed")
        super().connect()
        self.opened = True
