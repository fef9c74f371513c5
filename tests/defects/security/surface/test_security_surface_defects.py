"""Every way a deployment lies open: the named check finds it, and the clean twins pass.

Two sites serve all cases. `clean` is configured as production should be. `open` lists its databases, takes `admin` for
its master password and from its administrator, knows of no proxy, and has a module that never ends a session. In front
of either stands the ingress of odoo-gate, with what a case plants in its configuration.
"""

from __future__ import annotations

import shutil
import tomllib
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from odoo_gate.model import Finding, Severity
from odoo_gate.odoo.rpc import ADMIN
from odoo_gate.odoo.testbed import Testbed, attach_testbed, open_testbed
from odoo_gate.security.surface import (
    AS_IN_PRODUCTION,
    Site,
    judge_deployment,
    judge_ingress,
    secured,
    session_findings,
)
from odoo_gate.security.surface.site import Account
from odoo_gate.settings import load_settings
from odoo_gate.stack.ingress_conf import default_conf
from odoo_gate.stack.odoo_server import OdooServer
from odoo_gate.stack.run import Run, new_run_id

CASES = Path(__file__).parent
GATE_TOML = """
[project]
name = "surface"
series = "19.0"
[addons]
modules = ["loose_sessions"]
[stack]
odoo_conf = "odoo.conf"
[parity]
definition = ["compose.yaml"]
"""
ODOO_CONF = {
    "list_db": "False",
    "dbfilter": "^devries$",
    "admin_passwd": "ptpT-mE4x-9zQf-Lw2s",
    "proxy_mode": "True",
    "workers": "2",
}
OPEN_CONF = {"list_db": "True", "workers": "2", "server_wide_modules": "base,web,loose_sessions"}
COMPOSE = "services:\n  odoo: {image: 'odoo:19.0'}\n  proxy: {image: 'nginx:1.26', ports: ['443:443']}\n"


@dataclass(frozen=True)
class Case:
    name: str
    facts: dict[str, Any]

    @property
    def asks(self) -> str:
        return self.facts.get("check") or self.facts["asks"]

    @property
    def conf(self) -> str:
        return written({**ODOO_CONF, **self.facts.get("odoo_conf", {})})

    @property
    def nginx(self) -> str:
        text = default_conf()
        for change in self.facts.get("nginx", ()):
            assert change["from"] in text, f"{self.name}: nothing to plant in"
            text = text.replace(change["from"], change["to"])
        return text


ALL = [Case(path.parent.name, tomllib.loads(path.read_text("utf-8"))) for path in sorted(CASES.glob("*/expect.toml"))]
CLEAN, PLANTED = ([case for case in ALL if ("check" in case.facts) is planted] for planted in (False, True))


def written(options: dict[str, str]) -> str:
    return "[options]\n" + "".join(f"{key} = {value}\n" for key, value in options.items() if value)


class Bed:
    """The two sites, each started when a case first needs it."""

    def __init__(self, testbed: Testbed, root: Path, stack: ExitStack) -> None:
        self.testbed = testbed
        self.root = root
        self._stack = stack
        self._sites: dict[str, tuple[Testbed, Site]] = {}
        self._said: dict[tuple[str, ...], tuple[Finding, ...]] = {}

    def site(self, name: str) -> tuple[Testbed, Site]:
        if name not in self._sites:
            self._sites[name] = self._open() if name == "open" else self._clean()
        return self._sites[name]

    def _clean(self) -> tuple[Testbed, Site]:
        return self.testbed, secured(self._server(self.testbed))

    def _open(self) -> tuple[Testbed, Site]:
        settings = load_settings(self.root, {"ODOO_GATE_STACK__ODOO_CONF": "open.conf"})
        testbed = attach_testbed(settings, self.testbed.address, print)
        site = secured(self._server(testbed))
        site.session_of(site.admin).call("res.users", "write", [site.admin.uid], {"password": ADMIN})
        return testbed, Site(site.server, Account(ADMIN, ADMIN, site.admin.uid), site.user)

    def _server(self, testbed: Testbed) -> OdooServer:
        template = self.testbed.exact_template(self.testbed.candidate, "base")
        clone = self._stack.enter_context(self.testbed.clone(template))
        server = testbed.start_server(self.testbed.candidate, clone.database, keep=AS_IN_PRODUCTION)
        self._stack.callback(testbed.stop_server, server)
        return server

    def ask(self, case: Case) -> tuple[Finding, ...]:
        """What the check of the case says; cases that plant the same are asked once."""
        planted = (case.asks, case.facts.get("site", "clean"), case.nginx, case.conf, case.facts.get("definition", ""))
        if planted not in self._said:
            self._said[planted] = self._ask(case)
        return self._said[planted]

    def _ask(self, case: Case) -> tuple[Finding, ...]:
        """By the functions that the suite calls."""
        testbed, site = self.site(case.facts.get("site", "clean"))
        dsn = testbed.postgres.dsn(site.server.database)
        if case.asks == "security.sessions":
            return tuple(session_findings(site, testbed.redis()))
        definition = case.facts.get("definition")
        text = (CASES / case.name / definition).read_text("utf-8") if definition else COMPOSE
        (self.root / "compose.yaml").write_text(text)
        if "odoo_conf" in case.facts:  # planted in what is read, not in what runs
            return judge_deployment(testbed.settings, case.conf, site, None, dsn).findings
        ingress = testbed.start_ingress(site.server, case.nginx)
        try:
            if case.asks == "security.ingress":
                return judge_ingress(testbed.settings, site, ingress).findings
            return judge_deployment(testbed.settings, case.conf, site, ingress, dsn).findings
        finally:
            testbed.stop_server(ingress)


@pytest.fixture(scope="module")
def bed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Bed]:
    root = tmp_path_factory.mktemp("surface")
    shutil.copytree(CASES / "addons", root / "addons")
    (root / "gate.toml").write_text(GATE_TOML)
    (root / "odoo.conf").write_text(written(ODOO_CONF))
    (root / "open.conf").write_text(written(OPEN_CONF))
    with Run(new_run_id(), root / "run", print) as run, ExitStack() as stack:
        yield Bed(open_testbed(load_settings(root, {}), run, print), root, stack)


def errors(findings: tuple[Finding, ...]) -> list[Finding]:
    return [finding for finding in findings if finding.severity is Severity.ERROR]


@pytest.mark.parametrize("case", CLEAN, ids=lambda case: case.name)
def test_the_clean_twin_passes(case, bed):
    assert not errors(bed.ask(case))


@pytest.mark.parametrize("case", PLANTED, ids=lambda case: case.name)
def test_the_named_check_finds_the_defect(case, bed):
    found = errors(bed.ask(case))
    assert case.facts["rule"] in {finding.rule for finding in found}, found
    assert all(finding.message and finding.remedy for finding in found)
