"""What is judged as written: odoo.conf, the definition's ports, and the TLS this machine can ask with."""

from __future__ import annotations

import base64
import hashlib
import ssl

import pytest

from odoo_gate.model import Severity
from odoo_gate.security.surface import configuration_findings, publication_findings, role_findings
from odoo_gate.security.surface.browser import _session_in
from odoo_gate.security.surface.tls import _can_speak, _written
from odoo_gate.stack.certificates import issue

GOOD = {
    "list_db": "False",
    "dbfilter": "^devries$",
    "admin_passwd": "ptpT-mE4x-9zQf-Lw2s",
    "proxy_mode": "True",
    "workers": "9",
    "db_user": "odoo",
}


def rules(severity: Severity = Severity.ERROR, **changes: str | None) -> set[str]:
    options = {key: value for key, value in {**GOOD, **changes}.items() if value is not None}
    text = "[options]\n" + "".join(f"{key} = {value}\n" for key, value in options.items())
    return {each.rule for each in configuration_findings(text, "odoo.conf") if each.severity is severity}


def hashed(password: str) -> str:
    def encoded(data: bytes) -> str:
        return base64.b64encode(data).decode().rstrip("=").replace("+", ".")

    salt = b"0123456789abcdef"
    digest = hashlib.pbkdf2_hmac("sha512", password.encode(), salt, 1000)
    return f"$pbkdf2-sha512$1000${encoded(salt)}${encoded(digest)}"


def test_a_good_configuration_has_no_findings():
    assert rules() == rules(Severity.WARNING) == set()


def test_no_configuration_is_a_finding():
    assert [each.rule for each in configuration_findings("", "")] == ["no-configuration"]


@pytest.mark.parametrize(
    ("changes", "rule"),
    [
        ({"list_db": None}, "list-db-on"),
        ({"list_db": "True"}, "list-db-on"),
        ({"dbfilter": None}, "no-dbfilter"),
        ({"dbfilter": ".*"}, "no-dbfilter"),
        ({"dbfilter": "[", "db_name": "x"}, "dbfilter-broken"),
        ({"admin_passwd": "admin"}, "default-master-password"),
        ({"admin_passwd": hashed("admin")}, "default-master-password"),
        ({"admin_passwd": None, "list_db": "True"}, "default-master-password"),
        ({"admin_passwd": "short"}, "weak-master-password"),
        ({"admin_passwd": "aaaaaaaaaaaaaaaaaaaaaa"}, "weak-master-password"),
        ({"workers": None}, "no-workers"),
        ({"workers": "0"}, "no-workers"),
        ({"workers": "many"}, "no-workers"),
        ({"proxy_mode": None}, "no-proxy-mode"),
        ({"dev_mode": "all"}, "developer-mode"),
        ({"db_user": "postgres"}, "database-superuser"),
    ],
)
def test_what_lies_open_is_found(changes, rule):
    assert rule in rules(**changes)


@pytest.mark.parametrize(
    "changes",
    [
        {"dbfilter": None, "db_name": "devries"},
        {"dbfilter": "^%d$"},
        {"dbfilter": "%h"},
        {"admin_passwd": hashed("ptpT-mE4x-9zQf-Lw2s")},
        {"list_db": "false"},
        {"workers": "1"},
    ],
)
def test_other_ways_to_be_closed_are_no_finding(changes):
    assert rules(**changes) == set()


def test_what_is_less_than_wrong_is_a_warning():
    assert rules(Severity.WARNING, dbfilter="^devries") == {"dbfilter-loose"}
    assert rules(Severity.WARNING, admin_passwd=None) == {"default-master-password"}


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("services: {odoo: {ports: ['8069:8069']}}", ["port-published"]),
        ("services: {odoo: {ports: ['0.0.0.0:80:8069/tcp']}}", ["port-published"]),
        ("services: {odoo: {ports: [{target: 8072, published: 8072}]}}", ["port-published"]),
        ("services: {db: {ports: ['5432:5432']}}", ["port-published"]),
        ("services: {odoo: {ports: ['127.0.0.1:8069:8069']}, proxy: {ports: ['443:443']}}", []),
        ("services: {odoo: {expose: [8069]}}", []),
        ("kind: Service\nspec: {type: NodePort, ports: [{port: 80, targetPort: 8069}]}", ["port-published"]),
        ("kind: Service\nspec: {type: ClusterIP, ports: [{port: 8069}]}", []),
        ("services: [", ["unreadable-definition"]),
        ("", ["empty-definition"]),
    ],
)
def test_ports_past_the_ingress_are_found(tmp_path, text, found):
    (tmp_path / "compose.yaml").write_text(text)
    assert [each.rule for each in publication_findings(tmp_path, ["compose.yaml"])] == found


@pytest.mark.parametrize(
    ("user", "found"), [("{POSTGRES_USER: odoo}", ["database-superuser"]), ("[POSTGRES_USER=dba]", [])]
)
def test_odoo_as_the_superuser_of_its_database_server_is_found(tmp_path, user, found):
    text = f"services: {{odoo: {{environment: {{HOST: db, USER: odoo}}}}, db: {{environment: {user}}}}}"
    (tmp_path / "compose.yaml").write_text(text)
    assert [each.rule for each in role_findings(tmp_path, ["compose.yaml"])] == found


def test_without_a_definition_it_is_said_that_nothing_was_judged(tmp_path):
    assert [each.severity for each in publication_findings(tmp_path, [])] == [Severity.WARNING]


def test_old_versions_are_found_as_written():
    assert not list(_written("ssl_protocols TLSv1.2 TLSv1.3; # TLSv1"))
    assert [each.rule for each in _written("server { ssl_protocols TLSv1 TLSv1.2; }")] == ["old-tls"]


def test_whether_this_machine_can_ask_is_known():
    assert _can_speak(ssl.TLSVersion.TLSv1_2, issue(("localhost",)))


def test_the_session_is_read_from_the_cookie():
    assert _session_in("session_id=abc-_1; HttpOnly; Path=/; Secure; SameSite=Lax") == "abc-_1"
    assert _session_in("frontend_lang=en; Path=/") == ""
