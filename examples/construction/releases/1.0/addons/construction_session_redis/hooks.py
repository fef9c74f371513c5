"""Switch the session store of this process to Redis.

The module does its work as one of `server_wide_modules`. Then it is Redis or nothing: a server that kept its
sessions in files behind our back would log people out at the load balancer's whim, so it does not start.
"""

import logging
import os
from configparser import RawConfigParser

from odoo import http
from odoo.tools import config

MODULE = "construction_session_redis"
URL_VARIABLE = "REDIS_URL"

_logger = logging.getLogger(__name__)


def activate():
    """Post-load hook: put sessions in Redis when the module is server-wide.

    :raises SystemExit: (which ends the server) when Redis is not configured, not reachable or not installed
    """
    if MODULE not in config["server_wide_modules"]:
        _logger.info("%s is not in server_wide_modules: sessions stay where they are", MODULE)
        return
    http.root.session_store = open_store(read_options(config["config"]))


def read_options(conf):
    """Return the options: the module's own section of the file `conf`, under the environment's URL."""
    parser = RawConfigParser()
    if conf:
        parser.read(conf)
    options = dict(parser[MODULE]) if parser.has_section(MODULE) else {}
    if os.environ.get(URL_VARIABLE):
        options["url"] = os.environ[URL_VARIABLE]
    return options


def open_store(options):
    """Return a session store on the Redis of `options` (`url`, and optionally `prefix`), having tried it."""
    if not options.get("url"):
        raise SystemExit(f"{MODULE}: set url in section [{MODULE}] of odoo.conf, or {URL_VARIABLE}")
    try:
        import redis

        from .session_store import RedisSessionStore
    except ImportError as error:
        raise SystemExit(f"{MODULE}: {error}; install the Python package redis") from error
    try:
        client = redis.Redis.from_url(
            options["url"], decode_responses=True, socket_timeout=5, socket_connect_timeout=5
        )
        client.ping()
    except (ValueError, redis.RedisError) as error:
        raise SystemExit(f"{MODULE}: Redis does not answer: {error}") from error
    _logger.info("HTTP sessions are kept in Redis")
    return RedisSessionStore(client, options.get("prefix", "odoo:session:"))
