"""What is found in an nginx configuration, whatever its style."""

from __future__ import annotations

import ssl
from pathlib import Path

import pytest
from cryptography import x509

from odoo_gate.errors import SettingsError
from odoo_gate.stack.certificates import issue
from odoo_gate.stack.ingress import _https_port
from odoo_gate.stack.ingress_conf import (
    authority_paths,
    certificate_paths,
    default_conf,
    directives,
    is_whole,
    key_paths,
    listening_ports,
    names_in,
    runs_in_background,
)

SITE = """
# server_name commented.example;
upstream odoo { server odoo:8069; }
server {
    listen [::]:443 ssl http2; listen 10.0.0.1:8443 ssl;
    listen 80; listen unix:/run/nginx.sock; listen 127.0.0.1;
    server_name "erp.example.com" _ *.example.org ~^www\\d+$ .example.net 192.0.2.7;
    ssl_certificate /etc/letsencrypt/live/erp/fullchain.pem; ssl_certificate_key tls/key.pem;
    ssl_trusted_certificate /etc/tls/ca.pem;
    location ~ ^/a{2}$ { add_header X 'a; b { c'; }
}
"""


def test_the_default_is_a_whole_configuration_with_everything_a_run_needs():
    conf = default_conf()
    assert is_whole(conf)
    assert listening_ports(conf, tls=True) == (443,)
    assert listening_ports(conf, tls=False) == (80,)
    assert names_in(conf) == ("localhost", "127.0.0.1")
    assert certificate_paths(conf) == ("/etc/nginx/ingress/chain.pem",)


def test_a_site_is_not_a_whole_configuration():
    assert not is_whole(SITE)
    assert not is_whole("# http {\nserver { listen 443 ssl; }")


def test_ports_are_told_apart_by_tls():
    assert listening_ports(SITE, tls=True) == (443, 8443)
    assert listening_ports(SITE, tls=False) == (80,)


def test_only_names_a_client_can_ask_for_are_names():
    assert names_in(SITE) == ("erp.example.com", "192.0.2.7")


def test_files_are_found_where_nginx_looks_for_them():
    assert certificate_paths(SITE) == ("/etc/letsencrypt/live/erp/fullchain.pem",)
    assert key_paths(SITE) == ("/etc/nginx/tls/key.pem",)
    assert authority_paths(SITE) == ("/etc/tls/ca.pem",)


def test_quoted_text_is_one_word():
    assert ("add_header", "X", "a; b { c") in directives(SITE)


@pytest.mark.parametrize(("conf", "expected"), [("daemon off;", True), ("# daemon off;", False)])
def test_whether_it_says_how_to_run(conf, expected):
    assert runs_in_background(conf) is expected


def test_a_proxy_without_tls_is_refused():
    with pytest.raises(SettingsError, match="nowhere with TLS"):
        _https_port("server { listen 80; }")


def test_a_certificate_is_for_its_names_and_of_its_authority(tmp_path: Path):
    made = issue(("erp.example.com", "127.0.0.1"))
    leaf, authority = (x509.load_pem_x509_certificate(pem) for pem in (made.chain, made.authority))
    leaf.verify_directly_issued_by(authority)
    names = leaf.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    assert names.get_values_for_type(x509.DNSName) == ["erp.example.com"]
    assert [str(each) for each in names.get_values_for_type(x509.IPAddress)] == ["127.0.0.1"]
    file = tmp_path / "server.pem"
    file.write_bytes(made.chain + made.key)
    ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER).load_cert_chain(file)
