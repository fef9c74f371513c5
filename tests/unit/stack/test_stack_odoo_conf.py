from __future__ import annotations

import configparser

import pytest

from odoo_gate.errors import SettingsError
from odoo_gate.stack.addresses import PostgresAddress
from odoo_gate.stack.odoo_conf import EffectiveConf, Override, Required, effective_conf, option
from odoo_gate.stack.odoo_server import server_conf

POSTGRES = PostgresAddress("127.0.0.1", 40000, "odoo", "s3cret", "store")


def options(conf: EffectiveConf) -> dict[str, str]:
    parser = configparser.RawConfigParser()
    parser.read_string(conf.text)
    return dict(parser["options"])


def conf_of(user_conf: str, *, series: str = "19.0", workers: int | None = None) -> EffectiveConf:
    return server_conf(
        user_conf,
        series=series,
        database="c_run_1",
        postgres=POSTGRES,
        addons_path=["/mnt/odoo-gate/addons/0"],
        workers=workers,
        server_wide_modules=None,
    )


def test_what_the_user_wrote_stays() -> None:
    theirs = "[options]\nlimit_time_cpu = 900\nproxy_mode = True\n[queue_job]\nchannels = root:2\n"
    conf = effective_conf(theirs, {"db_host": Required("store", "private")})
    assert options(conf)["limit_time_cpu"] == "900"
    assert options(conf)["proxy_mode"] == "True"
    assert "[queue_job]\nchannels = root:2" in conf.text
    assert conf.overrides == ()


def test_an_override_is_shown_with_both_values_and_the_reason() -> None:
    conf = effective_conf("[options]\ndb_host = prod-db\n", {"db_host": Required("store", "private")})
    assert conf.overrides == (Override("db_host", "prod-db", "store", "private"),)


def test_the_same_value_is_no_override() -> None:
    assert effective_conf("[options]\nhttp_port = 8069\n", {"http_port": Required("8069", "x")}).overrides == ()


def test_an_option_can_be_taken_out() -> None:
    conf = effective_conf("[options]\nlogfile = /var/log/odoo.log\n", {"logfile": Required(None, "log")})
    assert "logfile" not in options(conf)
    assert conf.overrides[0].ours == "(unset)"


def test_secrets_are_not_shown() -> None:
    conf = effective_conf("[options]\ndb_password = theirs\n", {"db_password": Required("ours", "private")})
    assert {conf.overrides[0].theirs, conf.overrides[0].ours} == {"(hidden)"}
    assert options(conf)["db_password"] == "ours"


def test_percent_signs_are_taken_as_they_are() -> None:
    assert option("[options]\nadmin_passwd = 50%off\n", "admin_passwd") == "50%off"


def test_no_user_conf_is_an_empty_one() -> None:
    conf = effective_conf("", {"db_name": Required("x", "y")})
    assert options(conf) == {"db_name": "x"}


@pytest.mark.parametrize("text", ["db_host = x\n", "[options]\na = 1\na = 2\n", "[options\n"])
def test_a_file_odoo_cannot_read_is_refused(text: str) -> None:
    with pytest.raises(SettingsError, match=r"odoo\.conf cannot be read"):
        effective_conf(text, {})


def test_the_server_serves_exactly_one_database_and_sends_no_mail() -> None:
    found = options(conf_of("[options]\nsmtp_server = mail.example.com\ndbfilter = .*\n"))
    assert found["db_name"] == "c_run_1"
    assert found["dbfilter"] == "^c_run_1$"
    assert found["list_db"] == "False"
    assert found["smtp_server"] == "127.0.0.1"


@pytest.mark.parametrize(
    ("user_conf", "asked", "used"),
    [
        ("", None, "2"),
        ("[options]\nworkers = 6\n", None, "6"),
        ("[options]\nworkers = 0\n", None, "2"),
        ("[options]\nworkers = 6\n", 3, "3"),
    ],
)
def test_workers_are_asked_for_or_the_users_or_two(user_conf: str, asked: int | None, used: str) -> None:
    assert options(conf_of(user_conf, workers=asked))["workers"] == used


def test_workers_that_are_no_number_are_refused() -> None:
    with pytest.raises(SettingsError, match="workers = many"):
        conf_of("[options]\nworkers = many\n")


def test_the_gevent_port_has_its_old_name_on_old_series() -> None:
    assert options(conf_of("", series="14.0"))["longpolling_port"] == "8072"
    assert options(conf_of("", series="19.0"))["gevent_port"] == "8072"


def test_the_users_server_wide_modules_stay() -> None:
    assert options(conf_of("[options]\nserver_wide_modules = base,web,x\n"))["server_wide_modules"] == "base,web,x"
