"""docs/schemas/ is what the code says, and real documents keep to it."""

import json
from datetime import UTC, datetime
from pathlib import Path

import pytest
from jsonschema import Draft202012Validator

from odoo_gate.cli import wire
from odoo_gate.cli.schemas import DOCUMENTS, schemas
from odoo_gate.doctor import Diagnosis, Health
from odoo_gate.evidence import EvidenceWriter
from odoo_gate.judgement.explanation import Blocker, Explanation
from odoo_gate.model import CheckResult, Finding, Metric, Outcome, Place, Reason, Status, Verdict
from odoo_gate.odoo.store import StoredTemplate
from odoo_gate.stack.standing import Person, Standing

FOLDER = Path(__file__).parents[3] / "docs" / "schemas"
NOW = datetime(2026, 5, 4, 18, 0, tzinfo=UTC)
FINDING = Finding("sql-built", "SQL is built from strings", place=Place("a.py", 3), remedy="use parameters")
RESULT = CheckResult(
    "security.code", "a", Outcome.FAILED, NOW, 1.0, "why", findings=(FINDING,), metrics=(Metric("n", 1, "1"),)
)
REASON = Reason("security.code", Outcome.FAILED, "why", ("a",))
VERDICT = Verdict(Status.NO_GO, "production", (REASON,))
EXPLANATION = Explanation(VERDICT, (Blocker(REASON, "developers", ((RESULT, FINDING),), ("mend it",)),))
STANDING = Standing(
    root="/p", run="r", pid=1, release="candidate", holds="all", url="http://127.0.0.1:1", websocket_url="",
    database="c", dsn="", container="o", conf="", folder="/f", people=(Person("admin", "admin", "admin"),), started=1.0,
)  # fmt: skip


def validator(name: str) -> Draft202012Validator:
    schema = json.loads((FOLDER / f"{name}.v1.schema.json").read_text("utf-8"))
    Draft202012Validator.check_schema(schema)
    return Draft202012Validator(schema)


def test_the_published_schemas_are_those_of_the_code():
    """If not: python scripts/write_schemas.py"""
    assert {path.name: path.read_text("utf-8") for path in FOLDER.glob("*.json")} == dict(schemas())


@pytest.mark.parametrize("name", sorted(DOCUMENTS))
def test_each_is_a_schema_that_refuses_something(name):
    assert list(validator(name).iter_errors({"version": 99}))


@pytest.mark.parametrize(
    ("name", "document"),
    [
        ("run", wire.VerdictV1.of(VERDICT, Path("/run"), exit_status=1)),
        ("explain", wire.ExplanationV1.of(EXPLANATION, Path("/r"), None)),
        ("doctor", wire.DoctorV1.of([Diagnosis("docker", Health.PROBLEM, "down", "start it")], 4)),
        ("templates", wire.TemplatesV1.of([StoredTemplate("k", "t_k", "base", 1.0, 2.0, 3)])),
        ("up", wire.StandingV1.of(STANDING, already=True)),
        ("down", wire.ClearedV1(stood=True, kept_databases=1)),
        ("error", wire.ErrorV1(error="no", hint="yes", exit_status=2)),
    ],
    ids=["run", "explain", "doctor", "templates", "up", "down", "error"],
)  # fmt: skip
def test_documents_of_commands_keep_to_them(name, document):
    assert list(validator(name).iter_errors(json.loads(document.model_dump_json()))) == []


def test_evidence_keeps_to_it(tmp_path):
    writer = EvidenceWriter(tmp_path / "evidence.jsonl")
    writer.write(RESULT)
    (line,) = writer.path.read_text().splitlines()
    assert list(validator("evidence-line").iter_errors(json.loads(line))) == []
