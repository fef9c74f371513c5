"""pip-audit, the real one, against services that do not answer as they should."""

from __future__ import annotations

import json
import threading
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest

from odoo_gate.security.supply.advisories import Advisories
from odoo_gate.security.supply.audit import AuditFailed, Package, audit, python_packages
from odoo_gate.security.supply.osv_server import serve_advisories

LXML = Package("lxml", "5.0.1")
RECORD = {
    "id": "CVE-0000-0001",
    "aliases": ["PYSEC-0000-1"],
    "modified": "2026-01-01T00:00:00Z",
    "summary": "planted",
    "affected": [{"package": {"ecosystem": "PyPI", "name": "lxml"}, "versions": ["5.0.1"],
                  "ranges": [{"type": "ECOSYSTEM", "events": [{"introduced": "5.0.1"}, {"fixed": "5.0.2"}]}]}],
}  # fmt: skip


@pytest.fixture
def service(request):
    """A service that gives the same answer to everything: (status, body)."""
    status, body = request.param

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self):
            self.rfile.read(int(self.headers["Content-Length"]))
            self.send_response(status)
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_):
            pass

    with HTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
        thread.start()
        yield f"http://127.0.0.1:{server.server_address[1]}/"
        server.shutdown()
        thread.join()


@pytest.mark.parametrize("service", [(500, b"{}"), (200, b"<html>log in first</html>"), (404, b"")], indirect=True)
def test_a_service_that_answers_something_else_is_no_clean_audit(service):
    with pytest.raises(AuditFailed) as told:
        audit([LXML], service)
    assert service in told.value.message
    assert told.value.hint


def test_our_server_answers_what_pip_audit_asks(monkeypatch):
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9")
    monkeypatch.setenv("PIP_AUDIT_FORMAT", "columns")
    other = Package("idna", "3.10")
    with serve_advisories(Advisories((RECORD,), None)) as server:
        done = audit([LXML, other], server.url)
    assert server.asked == {("lxml", "5.0.1"), ("idna", "3.10")}
    assert set(done.audited) == {LXML, other}
    assert done.skipped == ()
    [found] = done.vulnerabilities
    assert (found.package, found.fixed_in) == (LXML, ("5.0.2",))
    assert found.ids == {"CVE-0000-0001", "PYSEC-0000-1"}


def test_a_package_that_is_there_twice_is_audited_twice():
    packages = [LXML, Package("lxml", "5.0.2")]
    with serve_advisories(Advisories((json.loads(json.dumps(RECORD)),), None)) as server:
        done = audit(packages, server.url)
    assert set(done.audited) == set(packages)
    assert [each.package for each in done.vulnerabilities] == [LXML]


def test_names_are_normalised_and_other_packages_left_out():
    packages = python_packages({"pypi:Some_Name": "1", "pypi:a.b": "2", "deb:lxml": "3"})
    assert packages == (Package("a-b", "2"), Package("some-name", "1"))
