import json

from odoo.http import STORED_SESSION_BYTES
from odoo.tests.common import BaseCase
from odoo.tools import mute_logger

from ..session_store import RedisSessionStore
from .fake_redis import FakeRedis

PREFIX = "odoo:session:"


class TestSessionStore(BaseCase):
    def setUp(self):
        super().setUp()
        self.client = FakeRedis()
        self.store = RedisSessionStore(self.client, PREFIX, lifetime=1000)

    def _saved(self, **data):
        session = self.store.new()
        session.update(data)
        self.store.save(session)
        return session

    def test_a_session_comes_back(self):
        session = self._saved(login="jan", context={"lang": "nl_NL"})
        again = self.store.get(session.sid)
        self.assertEqual(dict(again), {"login": "jan", "context": {"lang": "nl_NL"}})
        self.assertFalse(again.is_new)

    def test_it_is_stored_as_json(self):
        session = self._saved(login="jan")
        self.assertEqual(json.loads(self.client.values[PREFIX + session.sid]), {"login": "jan"})

    def test_an_unknown_key_gives_a_new_one(self):
        sid = self.store.generate_key()
        session = self.store.get(sid)
        self.assertTrue(session.is_new)
        self.assertNotEqual(session.sid, sid)

    def test_an_invalid_key_is_never_looked_up(self):
        self.client.values["odoo:session:*"] = "{}"
        self.assertTrue(self.store.get("*").is_new)

    def test_what_is_not_json_is_ignored(self):
        session = self._saved(login="jan")
        self.client.values[PREFIX + session.sid] = "(dp0\n."
        with mute_logger("odoo.addons.construction_session_redis.session_store"):
            self.assertTrue(self.store.get(session.sid).is_new)

    def test_a_session_expires(self):
        session = self._saved(login="jan")
        self.client.offset = 1001
        self.assertTrue(self.store.get(session.sid).is_new)

    def test_delete(self):
        session = self._saved(login="jan")
        self.store.delete(session)
        self.assertFalse(self.client.values)

    def test_vacuum_deletes_what_is_older(self):
        old = self._saved(login="old")
        self.client.offset = 500
        new = self._saved(login="new")
        self.store.vacuum(max_lifetime=300)
        self.assertEqual(self.store.list(), [new.sid])
        self.assertNotIn(old.sid, self.store.list())

    def test_soft_rotation_keeps_the_identifier(self):
        session = self._saved(create_time=0)
        old = session.sid
        self.store.rotate(session, None, soft=True)
        self.assertNotEqual(session.sid, old)
        self.assertEqual(session.sid[:STORED_SESSION_BYTES], old[:STORED_SESSION_BYTES])
        self.assertEqual(self.store.get(old)["next_sid"], session.sid)

    def test_hard_rotation_forgets_the_old_key(self):
        session = self._saved(create_time=0)
        old = session.sid
        self.store.rotate(session, None)
        self.assertEqual(self.store.list(), [session.sid])
        self.assertNotEqual(session.sid, old)

    def test_a_revoked_device_has_no_session(self):
        session = self._saved(create_time=0)
        other = self._saved(create_time=0)
        self.store.rotate(session, None, soft=True)
        self.store.delete_from_identifiers([session.sid[:STORED_SESSION_BYTES]])
        self.assertEqual(self.store.list(), [other.sid])

    def test_missing_identifiers(self):
        session = self._saved()
        here, gone = session.sid[:STORED_SESSION_BYTES], "x" * STORED_SESSION_BYTES
        self.assertEqual(self.store.get_missing_session_identifiers([here, gone]), {gone})

    def test_a_pattern_is_no_identifier(self):
        with self.assertRaises(ValueError):
            self.store.delete_from_identifiers(["*"])

    def test_nothing_is_a_file(self):
        self.assertIsNone(self.store.path)
        with self.assertRaises(NotImplementedError):
            self.store.get_session_filename(self.store.generate_key())
