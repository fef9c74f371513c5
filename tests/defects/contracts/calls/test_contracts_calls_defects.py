"""Every planted mistake in an integration is found by the check that is there for it; the clean twins pass.

One small release holds all of them: a way to send, or a route, for each. What plays and judges is what the suite calls.
"""

from __future__ import annotations

import json
import shutil
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import pytest

from odoo_gate.contracts.calls import (
    Line,
    Received,
    Shelf,
    call_findings,
    document_findings,
    fault_findings,
    keep_documents,
    open_line,
    open_shelf,
    play_calls,
    receive_webhooks,
    webhook_findings,
)
from odoo_gate.model import Finding, Severity
from odoo_gate.odoo.testbed import Testbed, open_testbed
from odoo_gate.settings import load_settings
from odoo_gate.settings.contracts import CallContract, DocumentsContract, WebhookContract
from odoo_gate.stack.run import Run, new_run_id

CASES = Path(__file__).parent
SEND = """
import uuid

def prepare(env, say, interaction):
    return env["planted.order"].create({{"name": uuid.uuid4().hex}}).name

def send(env, say, key):
    env["planted.order"].search([("name", "=", key)]).send({way!r})
"""
REPORT = """
def prepare(env, say, interaction):
    return {{"event": {way!r}}}
"""
DOCUMENTS = """
def point(env, say, **store):
    for name, value in store.items():
        env["ir.config_parameter"].set_param("planted_calls." + name, value)

def store(env, say, name, content):
    return str(env["planted.document"].keep({way!r}, name, content))

def load(env, say, reference):
    return env["planted.document"].browse(int(reference)).give({way!r})
"""
SCRIPTS = {"call": SEND, "report": REPORT, "documents": DOCUMENTS}
Findings = dict[str, list[Finding]]


@dataclass(frozen=True)
class Case:
    """`way` is the method that sends or keeps, or the route reported to; `faults` and `lasting` are what is played."""

    name: str
    defect: str
    kind: str
    way: str
    check: str = ""
    rule: str = ""
    faults: tuple[str, ...] = ()
    lasting: tuple[str, ...] = ()

    @property
    def call(self) -> CallContract:
        return CallContract(
            name=self.name.replace("_", "-"),
            pact="contracts/orders.pact.json",
            script=f"contracts/{self.name}.py",
            parameter="planted_calls.url",
            business_key="$.order",
            idempotency_header="Idempotency-Key",
            outcome="SELECT state, visible FROM planted_order WHERE name = %(key)s",
            delivered=["sent"],
            attempts=3,
            budget_seconds=3,
            faults=list(self.faults),
            lasting=list(self.lasting),
        )

    @property
    def webhook(self) -> WebhookContract:
        return WebhookContract(
            name=self.name.replace("_", "-"),
            pact=f"contracts/{self.name}.pact.json",
            script=f"contracts/{self.name}.py",
            secret_parameter="planted_calls.secret",
            signature_header="X-Signature",
            timestamp_header="X-Timestamp",
            effect=f"SELECT count(*) FROM planted_report WHERE way = '{self.way}' AND event = %(event)s",
        )

    def write(self, folder: Path) -> None:
        text = SCRIPTS[self.kind].format(way=self.way)
        (folder / f"{self.name}.py").write_text(text, "utf-8")
        if self.kind == "report":
            (folder / f"{self.name}.pact.json").write_text(json.dumps(self._report_pact()), "utf-8")

    def _report_pact(self) -> dict:
        request = {
            "method": "POST",
            "path": f"/planted/{self.way}",
            "headers": {"Content-Type": "application/json"},
            "body": {"event": "replaced"},
        }
        return {
            "consumer": {"name": "portal"},
            "provider": {"name": "planted"},
            "interactions": [{"description": "a report", "request": request, "response": {"status": 200}}],
            "metadata": {"pactSpecification": {"version": "3.0.0"}},
        }


def cases() -> list[Case]:
    return [
        Case(path.parent.name, **{key: tuple(value) if isinstance(value, list) else value for key, value in each})
        for path in sorted(CASES.glob("*/expect.toml"))
        for each in [tomllib.loads(path.read_text("utf-8")).items()]
    ]


@dataclass
class Bed:
    """The planted release on one clone, the counterpart, and what each case led to."""

    testbed: Testbed
    database: str
    line: Line

    def examined(self, case: Case) -> Findings:
        """What each check of the suite says of the case."""
        if case.kind == "documents":
            contract = DocumentsContract(script=f"contracts/{case.name}.py")
            testbed = self.testbed
            kept = keep_documents(testbed, testbed.candidate, self.database, contract, self._shelf, print)
            return {"contracts.documents": document_findings(kept, None)}
        if case.kind == "report":
            return {"contracts.webhooks": webhook_findings([self._received[case.webhook.name]], None)}
        played = [play_calls(self.testbed, self.testbed.candidate, self.database, case.call, self.line, print)]
        return {"contracts.calls": call_findings(played, None), "contracts.faults": fault_findings(played, None)}

    @cached_property
    def _shelf(self) -> Shelf:
        return open_shelf(self.testbed)

    @cached_property
    def _received(self) -> dict[str, Received]:
        contracts = [case.webhook for case in cases() if case.kind == "report"]
        received = receive_webhooks(self.testbed, self.testbed.candidate, self.database, contracts, print)
        return {each.contract.name: each for each in received}


@pytest.fixture(scope="module")
def bed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Bed]:
    root = tmp_path_factory.mktemp("calls") / "project"
    shutil.copytree(CASES / "project", root)
    for case in cases():
        case.write(root / "contracts")
    with Run(new_run_id(), root / "run", print) as run:
        testbed = open_testbed(load_settings(root, {}), run, print)
        template = testbed.exact_template(testbed.candidate, "planted_calls")
        with testbed.clone(template) as clone:
            yield Bed(testbed, clone.database, open_line(testbed))


def errors(findings: list[Finding]) -> list[Finding]:
    return [finding for finding in findings if finding.severity is Severity.ERROR]


@pytest.mark.parametrize("case", [case for case in cases() if not case.check], ids=lambda case: case.name)
def test_the_clean_twin_passes(case, bed):
    said = bed.examined(case)
    assert said
    assert not [finding for found in said.values() for finding in found]


@pytest.mark.parametrize("case", [case for case in cases() if case.check], ids=lambda case: case.name)
def test_the_named_check_finds_the_defect(case, bed):
    found = errors(bed.examined(case)[case.check])
    assert case.rule in {finding.rule for finding in found}, found
    assert all(finding.message and finding.remedy for finding in found)
