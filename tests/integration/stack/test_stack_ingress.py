"""The ingress on a real engine, in front of a server that answers with the headers it was given."""

from __future__ import annotations

import http.client
import json
import socket
import ssl
from collections.abc import Iterator

import pytest

from odoo_gate.errors import SettingsError
from odoo_gate.stack.archive import Upload
from odoo_gate.stack.container import ContainerSpec, RunningContainer
from odoo_gate.stack.images import Images, run_reference
from odoo_gate.stack.ingress import Ingress, start_ingress
from odoo_gate.stack.labels import Labels
from odoo_gate.stack.run import Run, new_run_id

ECHO = """
events {}
http {
    default_type application/json;
    server {
        listen 8069; listen 8072;
        add_header Set-Cookie "session_id=x; HttpOnly";
        return 200 '{"port": "$server_port", "host": "$http_host", "forwarded_host": "$http_x_forwarded_host",
                     "proto": "$http_x_forwarded_proto", "for": "$http_x_forwarded_for"}';
    }
}
"""
SITE = """
upstream odoo { server erp-workers:8069; }
server {
    listen 443 ssl;
    server_name erp.example.com;
    ssl_certificate /etc/letsencrypt/live/erp/fullchain.pem;
    ssl_certificate_key /etc/letsencrypt/live/erp/privkey.pem;
    location / { proxy_pass http://odoo; proxy_set_header Host $host; }
}
"""
FORGED = {"X-Forwarded-Host": "forged.example", "X-Forwarded-Proto": "http", "X-Forwarded-For": "203.0.113.66"}
Headers = dict[str, str]


@pytest.fixture(scope="module")
def image() -> str:
    return run_reference(Images(print).nginx())


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Run]:
    with Run(new_run_id(), tmp_path_factory.mktemp("run"), print) as run:
        yield run


@pytest.fixture(scope="module")
def echo(run: Run, image: str) -> RunningContainer:
    container = run.start(
        ContainerSpec("odoo", image, ports=(8069,), upload=Upload((("/etc/nginx/nginx.conf", ECHO.encode()),)))
    )
    container.wait_until(lambda: answers(container), what="answering", timeout=30)
    return container


@pytest.fixture(scope="module")
def ingress(run: Run, image: str, echo: RunningContainer) -> Ingress:
    return start_ingress(run, image, echo, "", name="ingress")


def answers(container: RunningContainer) -> bool:
    try:
        connection = http.client.HTTPConnection(*container.address(8069), timeout=5)
        connection.request("GET", "/")
        return connection.getresponse().status == http.client.OK
    except (OSError, http.client.HTTPException):
        return False


def ask(ingress: Ingress, path: str, headers: Headers | None = None) -> tuple[int, Headers, bytes]:
    """Over TLS, trusting nothing but the authority of the ingress."""
    connection = http.client.HTTPConnection(ingress.address, ingress.https_port, timeout=10)
    context = ssl.create_default_context(cadata=ingress.authority.decode())
    plain = socket.create_connection((ingress.address, ingress.https_port), timeout=10)
    connection.sock = context.wrap_socket(plain, server_hostname=ingress.host)
    connection.request("GET", path, headers={"Host": ingress.host, **(headers or {})})
    answer = connection.getresponse()
    content = answer.read()
    connection.close()
    return answer.status, dict(answer.getheaders()), content


def test_what_the_client_says_of_itself_is_dropped(ingress: Ingress) -> None:
    status, headers, body = ask(ingress, "/web/login", FORGED)
    told = json.loads(body)
    assert status == http.client.OK
    assert (told["port"], told["host"]) == ("8069", "localhost")
    assert (told["forwarded_host"], told["proto"]) == ("localhost", "https")
    assert "203.0.113.66" not in told["for"]
    assert "max-age=31536000" in headers["Strict-Transport-Security"]
    assert headers["Set-Cookie"] == "session_id=x; HttpOnly; Secure; SameSite=Lax"


@pytest.mark.parametrize("path", ["/websocket", "/longpolling/poll"])
def test_what_waits_goes_to_the_gevent_port(ingress: Ingress, path: str) -> None:
    assert json.loads(ask(ingress, path)[2])["port"] == "8072"


def test_the_database_manager_is_not_passed_on(ingress: Ingress) -> None:
    assert ask(ingress, "/web/database/manager")[0] == http.client.NOT_FOUND


def test_a_name_that_is_nobodys_gets_no_answer(ingress: Ingress) -> None:
    with pytest.raises(http.client.RemoteDisconnected):
        ask(ingress, "/", {"Host": "another.example"})


def test_without_tls_it_only_redirects(ingress: Ingress) -> None:
    connection = http.client.HTTPConnection(ingress.address, ingress.http_port, timeout=10)
    connection.request("GET", "/web/login?x=1", headers={"Host": "localhost"})
    answer = connection.getresponse()
    assert (answer.status, answer.getheader("Location")) == (301, "https://localhost/web/login?x=1")


def test_it_is_labelled_and_published_on_this_machine_only(ingress: Ingress, run: Run) -> None:
    container = ingress.container.docker
    container.reload()
    assert container.labels[Labels.RUN] == run.id
    bound = container.attrs["NetworkSettings"]["Ports"].values()
    assert {each["HostIp"] for port in bound for each in port or ()} == {"127.0.0.1"}


def test_a_site_of_the_user_finds_its_upstream_and_its_certificate(
    run: Run, image: str, echo: RunningContainer
) -> None:
    ingress = start_ingress(run, image, echo, SITE, upstreams=("erp-workers",), name="ingress-site")
    assert (ingress.host, ingress.http_port) == ("erp.example.com", None)
    assert json.loads(ask(ingress, "/")[2])["host"] == "erp.example.com"
    run.stop(ingress.container, timeout=10)
    assert "GET / HTTP/1.1" in ingress.log.read_text()


@pytest.mark.parametrize(
    ("spoilt", "said"),
    [
        (SITE.replace("proxy_pass", "proxi_pass"), 'unknown directive "proxi_pass"'),
        (SITE.replace("erp-workers", "elsewhere"), "host not found in upstream"),
    ],
    ids=["directive", "upstream"],
)
def test_a_broken_configuration_is_told_in_nginx_own_words(
    run: Run, image: str, echo: RunningContainer, spoilt: str, said: str
) -> None:
    with pytest.raises(SettingsError, match=said):
        start_ingress(run, image, echo, spoilt, upstreams=("erp-workers",), name="ingress-broken")
