import os
from tempfile import NamedTemporaryFile
from unittest.mock import patch

from odoo.tests.common import BaseCase

from .. import hooks


class TestHooks(BaseCase):
    def _read(self, conf, environment):
        with NamedTemporaryFile("w", suffix=".conf") as file:
            file.write(conf)
            file.flush()
            with patch.dict(os.environ, environment, clear=True):
                return hooks.read_options(file.name)

    def test_url_comes_from_the_section(self):
        conf = "[options]\nworkers = 2\n[construction_session_redis]\nurl = redis://a:6379/1\nprefix = s:\n"
        self.assertEqual(self._read(conf, {}), {"url": "redis://a:6379/1", "prefix": "s:"})

    def test_the_environment_comes_first(self):
        conf = "[construction_session_redis]\nurl = redis://a:6379/1\n"
        self.assertEqual(self._read(conf, {"REDIS_URL": "redis://b"}), {"url": "redis://b"})

    def test_without_url_the_server_does_not_start(self):
        with self.assertRaisesRegex(SystemExit, "REDIS_URL"):
            hooks.open_store({})

    def test_without_redis_the_server_does_not_start(self):
        with self.assertRaisesRegex(SystemExit, "does not answer"):
            hooks.open_store({"url": "redis://127.0.0.1:1/0"})

    def test_with_a_wrong_url_the_server_does_not_start(self):
        with self.assertRaisesRegex(SystemExit, "does not answer"):
            hooks.open_store({"url": "http://127.0.0.1"})
