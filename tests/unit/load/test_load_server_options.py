"""A server that is measured logs its requests, whatever the user's own odoo.conf says."""

from __future__ import annotations

from configparser import ConfigParser

from odoo_gate.load.counting import SINGLE_USER
from odoo_gate.stack.addresses import PostgresAddress
from odoo_gate.stack.odoo_server import server_conf

USER_CONF = "[options]\nlog_handler = :INFO,werkzeug:WARNING\nworkers = 9\nlimit_request = 8192\n"


def options_of(options):
    conf = server_conf(
        USER_CONF,
        series="19.0",
        database="c_1",
        postgres=PostgresAddress("127.0.0.1", 5432, "odoo", "secret", "db"),
        addons_path=("/a",),
        workers=None,
        server_wide_modules=None,
        options=options,
    )
    parser = ConfigParser(interpolation=None)
    parser.read_string(conf.text)
    return dict(parser["options"]), {each.key for each in conf.overrides}


def test_the_options_of_one_server_replace_the_users():
    written, told = options_of(SINGLE_USER)
    assert (written["log_handler"], written["workers"], written["max_cron_threads"]) == (":INFO", "1", "0")
    assert written["limit_request"] != "8192", "a new worker would count cold caches"
    assert "log_handler" in told


def test_without_them_the_users_stand():
    written, _ = options_of(None)
    assert (written["log_handler"], written["workers"]) == (":INFO,werkzeug:WARNING", "9")
