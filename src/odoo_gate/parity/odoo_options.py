"""Odoo's options: those that change what it does must be the tested ones."""

from __future__ import annotations

from odoo_gate.parity.accepted import Differences
from odoo_gate.parity.definition import Definition
from odoo_gate.parity.services import Value
from odoo_gate.parity.tested import StackUnderTest

_OF_THE_MACHINE = frozenset(
    {"addons_path", "data_dir", "db_host", "db_port", "db_user", "db_password", "db_name", "db_sslmode",
     "db_replica_host", "db_replica_port", "admin_passwd", "http_interface", "http_port", "xmlrpc_port",
     "gevent_port", "longpolling_port", "logfile", "syslog", "log_db", "log_level", "log_handler", "pidfile",
     "smtp_server", "smtp_port", "smtp_user", "smtp_password", "smtp_ssl", "email_from", "config", "init", "update",
     "stop_after_init", "screenshots", "screencasts", "geoip_city_db", "geoip_country_db", "bin_path", "pg_path"}
)  # fmt: skip
"""What must differ between machines, or is compared elsewhere."""
_DEFAULTS = {
    "workers": "0",
    "max_cron_threads": "2",
    "limit_memory_soft": "2147483648",
    "limit_memory_hard": "2684354560",
    "limit_time_cpu": "60",
    "limit_time_real": "120",
    "limit_time_real_cron": "-1",
    "db_maxconn": "64",
    "list_db": "True",
    "proxy_mode": "False",
    "dbfilter": "",
    "x_sendfile": "False",
    "unaccent": "False",
    "test_enable": "False",
    "dev_mode": "",
}
"""What Odoo takes where a file is silent: silence on one side is then no difference."""
_ALWAYS = ("workers", "max_cron_threads", "limit_memory_hard", "limit_time_real", "list_db", "proxy_mode", "dbfilter")
_ORDERED = ("server_wide_modules",)


def compare_options(found: Differences, definition: Definition, tested: StackUnderTest) -> None:
    """Every option either side has. A difference is an error, whichever side is silent."""
    if not definition.odoo:
        return
    names = sorted({*definition.odoo, *tested.odoo, *_ALWAYS} - _OF_THE_MACHINE)
    for name in names:
        known = tested.odoo.get(name)
        for written in definition.odoo.get(name, (None,)):
            found.compared += 1
            if _same(name, written, known):
                continue
            found.error(
                f"configuration.{name}",
                "another-option",
                f"{name} is {_shown(name, written.text if written else None)} in the environment, "
                f"and {_shown(name, known)} is tested",
                written.place if written else None,
                "test with the environment's own odoo.conf: [stack] odoo_conf, and without overriding it in gate.toml",
            )


def _same(name: str, written: Value | None, known: str | None) -> bool:
    one = written.text if written else _DEFAULTS.get(name)
    other = known if known is not None else _DEFAULTS.get(name)
    if one is None or other is None:
        return one == other
    return _plain(name, one) == _plain(name, other)


def _plain(name: str, text: str) -> object:
    word = text.strip()
    if word.lower() in ("true", "false"):
        return word.lower() == "true"
    if word.lower() in ("", "none"):
        return ""
    if "," in word or name in _ORDERED:
        return tuple(each.strip() for each in word.split(","))
    try:
        return float(word)
    except ValueError:
        return word


def _shown(name: str, text: str | None) -> str:
    if text is not None:
        return text or "empty"
    return f"{_DEFAULTS[name] or 'empty'} (Odoo's default)" if name in _DEFAULTS else "not set"
