"""Odoo's session store on Redis. Sessions are JSON, as Odoo's own files are; never pickle."""

import json
import logging
import re

from odoo.http import SESSION_LIFETIME, STORED_SESSION_BYTES, FilesystemSessionStore, Session

_logger = logging.getLogger(__name__)
_identifier_re = re.compile(rf"^[A-Za-z0-9_-]{{{STORED_SESSION_BYTES}}}$")


class RedisSessionStore(FilesystemSessionStore):
    """Keeps each session under `<prefix><sid>`, and the sids of one device under `<prefix>of:<identifier>`.

    The keys, their rotation and their validity are Odoo's. An error of Redis is an error of the request:
    nothing falls back to files. `path` is None so that anything that would touch a file fails.
    `client` is a redis.Redis that decodes its responses.
    """

    path = None

    def __init__(self, client, prefix, lifetime=SESSION_LIFETIME):
        # Not super(): it would set up a folder.
        self.client = client
        self.prefix = prefix
        self.lifetime = lifetime
        self.session_class = Session
        self.renew_missing = True

    def get(self, sid):
        """Return the session of a key; a new one with a new key when there is none."""
        if not self.is_valid_key(sid):
            return self.new()
        try:
            data = json.loads(self.client.get(self._key(sid)) or "null")
        except ValueError:
            _logger.warning("A session in Redis is not JSON; it is ignored")
            data = None
        return self.new() if data is None else self.session_class(data, sid, False)

    def save(self, session):
        """Write the session; it expires when it is not written again for the lifetime."""
        members = self._members_key(session.sid)
        with self.client.pipeline() as pipeline:
            pipeline.set(self._key(session.sid), json.dumps(dict(session)), ex=self.lifetime)
            pipeline.sadd(members, session.sid)
            pipeline.expire(members, self.lifetime)
            pipeline.execute()

    def delete(self, session):
        """Forget the session."""
        with self.client.pipeline() as pipeline:
            pipeline.delete(self._key(session.sid))
            pipeline.srem(self._members_key(session.sid), session.sid)
            pipeline.execute()

    def vacuum(self, max_lifetime=SESSION_LIFETIME):
        """Delete what was written more than `max_lifetime` seconds ago; Redis expires the rest itself."""
        if max_lifetime >= self.lifetime:
            return
        for key in self.client.scan_iter(match=f"{self.prefix}*", count=1000):
            if 0 <= self.client.ttl(key) < self.lifetime - max_lifetime:
                self.client.delete(key)

    def get_missing_session_identifiers(self, identifiers):
        """Return which of the identifiers have no session any more."""
        identifiers = sorted(identifiers)
        with self.client.pipeline() as pipeline:
            for identifier in identifiers:
                pipeline.exists(self._members_key(identifier))
            found = pipeline.execute()
        return {identifier for identifier, exists in zip(identifiers, found, strict=True) if not exists}

    def delete_from_identifiers(self, identifiers):
        """Forget every session of the identifiers, as when a user revokes a device."""
        for identifier in identifiers:
            if not _identifier_re.match(identifier):
                raise ValueError("Identifier format incorrect, did you pass in a string instead of a list?")
        for identifier in identifiers:
            members = self._members_key(identifier)
            self.client.delete(members, *map(self._key, self.client.smembers(members)))

    def list(self):
        """Return the keys of all sessions."""
        of = f"{self.prefix}of:"
        keys = self.client.scan_iter(match=f"{self.prefix}*", count=1000)
        return [key.removeprefix(self.prefix) for key in keys if not key.startswith(of)]

    def get_session_filename(self, sid):
        raise NotImplementedError("Sessions are in Redis: they have no file")

    def _key(self, sid):
        return f"{self.prefix}{sid}"

    def _members_key(self, sid):
        return f"{self.prefix}of:{sid[:STORED_SESSION_BYTES]}"
