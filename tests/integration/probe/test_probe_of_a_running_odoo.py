"""A probe of a real Odoo: what it finds, and that it changes nothing but what every sign-in writes."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import psycopg
import pytest
from psycopg import sql

from odoo_gate.attest import KeySigner, new_signer
from odoo_gate.attest.bundle import write_bundle
from odoo_gate.attest.run_folder import BUNDLE, PAYLOAD
from odoo_gate.attest.statement import (
    DigestV1,
    FileV1,
    ReadinessV1,
    ReleaseV1,
    StatementV1,
    SubjectV1,
    ToolV1,
    sha256,
    statement_bytes,
)
from odoo_gate.cli import main
from odoo_gate.evidence import CheckResultV1
from odoo_gate.model import CheckResult, ImageIdentity, Metric, Outcome, ReleaseSubject, Status
from odoo_gate.odoo.rpc import login
from odoo_gate.odoo.testbed import open_testbed
from odoo_gate.probe import Answer, SignedReport, look, read_signed
from odoo_gate.settings import ProbeSettings, load_settings
from odoo_gate.stack.odoo_server import OdooServer
from odoo_gate.stack.run import Run, new_run_id

EXAMPLE = Path(__file__).parents[3] / "examples/construction"
PASSWORD = "only read here"
CANARY = "Canary BV"
POLICY = f"""
version = 1
[environments.production]
demands = ["run.complete"]
canary_company = "{CANARY}"
"""
WRITE = {
    "model": "purchase.order", "key": "partner_ref", "values": {"partner_id": "Canary supplier"},
    "cancel": "button_cancel",
}  # fmt: skip
SIGN_IN = {"res_users_log", "res_device_log"}
"""What Odoo writes when anybody signs in."""
READS = ("ir.cron", "ir.module.module")
GENTLE = {
    "login": "probe", "repeats": 2, "pause_seconds": 0.05, "apps": 6, "slow_seconds": 60, "far_too_slow_seconds": 120,
    "journeys": [
        {
            "name": "partners", "model": "res.partner", "arguments": {"domain": [], "fields": ["name"], "limit": 20},
            "reference": "contracts.latency:accounting-slowest-median",
        },
    ],
}  # fmt: skip


@dataclass(frozen=True)
class Released:
    """An environment that runs, its database, and the report it was released by."""

    server: OdooServer
    dsn: str
    folder: Path
    signer: KeySigner

    def report(self, **changes: object) -> SignedReport:
        write_report(self.folder, self.signer, **changes)
        return read_signed(self.folder, self.signer.public_key, "production")

    def execute(self, statement: str) -> None:
        with psycopg.connect(self.dsn, autocommit=True) as connection:
            connection.execute(statement.encode())


def versions(folder: Path) -> dict[str, str]:
    manifests = {path.parent.name: path.read_text("utf-8") for path in folder.glob("*/__manifest__.py")}
    found = {name: re.search(r'"version": "([^"]+)"', text) for name, text in manifests.items()}
    return {name: match[1] for name, match in found.items() if match}


def write_report(
    folder: Path,
    signer: KeySigner,
    *,
    modules: Mapping[str, str] | None = None,
    median: float = 60_000.0,
    series: str = "19.0",
    policy: str = "",
) -> None:
    """A run folder as the gate leaves it, as far as a probe reads it. `median` is in ms."""
    listed = versions(EXAMPLE / "addons") if modules is None else modules
    components = [{"group": "odoo-addon", "name": name, "version": version} for name, version in listed.items()]
    sbom = json.dumps({"components": components}).encode()
    (folder / "sbom.cdx.json").write_bytes(sbom)
    now = datetime.now(UTC)
    checks = tuple(
        CheckResult(check, "", Outcome.PASSED, now, 1.0, metrics=metrics)
        for check, metrics in {
            "run.complete": (),
            "contracts.latency": (Metric("accounting-slowest-median", median, "ms"),),
        }.items()
    )
    image = ImageIdentity("odoo", "odoo:19.0", f"sha256:{'0' * 64}", "built")
    release = ReleaseV1.of(ReleaseSubject("p", series, "production", "", False, {}, (image,), "0" * 64))
    predicate = ReadinessV1(
        verdict=Status.GO, reasons=(), release=release, policy=policy, run="r1",
        tool=ToolV1(name="odoo-gate", version="0"), started_on=now, finished_on=now, judged_on=now,
        valid_until=now + timedelta(hours=1), checks=tuple(map(CheckResultV1.of, checks)),
        evidence=(FileV1(path="sbom.cdx.json", sha256=sha256(sbom), size=len(sbom)),),
    )  # fmt: skip
    payload = statement_bytes(
        StatementV1(subject=(SubjectV1(name="source.json", digest=DigestV1(sha256="0" * 64)),), predicate=predicate)
    )
    (folder / PAYLOAD).write_bytes(payload)
    (folder / BUNDLE).write_bytes(write_bundle(signer.sign(payload), signer.public_key.hint))


@pytest.fixture(scope="module")
def released(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Released]:
    folder = tmp_path_factory.mktemp("probe")
    with Run(new_run_id(), folder / "run") as run:
        testbed = open_testbed(load_settings(EXAMPLE, os.environ), run)
        with testbed.clone(testbed.full_template(testbed.candidate)) as clone:
            dsn = testbed.postgres.dsn(clone.database)
            with psycopg.connect(dsn, autocommit=True) as connection:  # jobs that run would write beside the probe
                connection.execute("UPDATE ir_cron SET active = id = (SELECT min(id) FROM ir_cron)")
                connection.execute("UPDATE ir_cron SET nextcall = now() AT TIME ZONE 'UTC' + interval '1 day'")
            server = testbed.start_server(testbed.candidate, clone.database)
            make_user(server)
            (folder / "report").mkdir()
            yield Released(server, dsn, folder / "report", new_signer())


def make_user(server: OdooServer) -> None:
    """A user as docs/probe.md tells to make one."""
    env = login(server).env
    group = env["res.groups"].create({"name": "Probe"})
    for model in READS:
        found = env["ir.model"].search([("model", "=", model)])[0]
        env["ir.model.access"].create({"name": model, "model_id": found, "group_id": group, "perm_read": True})
    reader = env.ref("construction_subcontract.group_subcontract_user").id
    values = {"name": "Probe", "login": "probe", "password": PASSWORD, "group_ids": [(6, 0, [group, reader])]}
    env["res.users"].create(values)


def changed_tables(dsn: str, since: int) -> set[str]:
    """Tables that hold a row which a transaction from `since` on has written."""
    with psycopg.connect(dsn) as connection:
        names = [name for (name,) in connection.execute("SELECT tablename FROM pg_tables WHERE schemaname = 'public'")]
        question = "SELECT EXISTS (SELECT FROM {} WHERE xmin::text::bigint >= %s)"
        return {
            name
            for name in names
            if connection.execute(sql.SQL(question).format(sql.Identifier(name)), [since]).fetchone() == (True,)
        }


def rows(dsn: str) -> dict[str, int]:
    with psycopg.connect(dsn) as connection:
        names = [name for (name,) in connection.execute("SELECT tablename FROM pg_tables WHERE schemaname = 'public'")]
        counts = {}
        for name in names:
            counted = connection.execute(sql.SQL("SELECT count(*) FROM {}").format(sql.Identifier(name))).fetchone()
            counts[name] = counted[0] if counted else 0
        return counts


def next_transaction(dsn: str) -> int:
    with psycopg.connect(dsn, autocommit=True) as connection:
        found = connection.execute("SELECT pg_current_xact_id()::text::bigint").fetchone()
        assert found is not None
        return int(found[0])


def test_a_healthy_release_is_fine_and_nothing_is_written(released: Released):
    report, settings = released.report(), ProbeSettings.model_validate(GENTLE)
    look(released.server.url, report, "probe", PASSWORD, settings)  # the first visit makes what Odoo caches
    counted, since = rows(released.dsn), next_transaction(released.dsn)
    conclusion = look(released.server.url, report, "probe", PASSWORD, settings)
    assert conclusion.findings == ()
    assert conclusion.answer is Answer.FINE
    names = [journey.name for journey in conclusion.journeys]
    assert names[:3] == ["sign-in", "web-client", "partners"]
    assert len(names) >= 5, "the user's apps are opened"
    assert all(journey.failed == 0 for journey in conclusion.journeys)
    assert len(conclusion.looked_at) == 3
    assert changed_tables(released.dsn, since) <= SIGN_IN
    after = rows(released.dsn)
    assert {name: after[name] for name in after.keys() - SIGN_IN} == {
        name: counted[name] for name in counted.keys() - SIGN_IN
    }


def test_the_measurement_of_writes_sees_one(released: Released):
    since = next_transaction(released.dsn)
    login(released.server).env["res.partner"].create({"name": "somebody"})
    assert "res_partner" in changed_tables(released.dsn, since)


def test_slow_against_the_signed_figure_and_other_modules_are_found(released: Released):
    report = released.report(median=0.01, modules={"construction_retention": "19.0.9.9.9"})
    tight = ProbeSettings.model_validate({**GENTLE, "patient_seconds": 0.001, "apps": 0})
    conclusion = look(released.server.url, report, "probe", PASSWORD, tight)
    rules = {each.observed.rule: each for each in conclusion.findings}
    assert rules.keys() == {"far-too-slow", "other-modules"}
    assert "construction_retention is 19.0.1.1.0, 19.0.9.9.9 was judged" in rules["other-modules"].observed.message
    assert rules["far-too-slow"].observed.journey == "partners"
    assert conclusion.answer is Answer.ROLL_BACK


def test_jobs_that_stand_still_and_a_module_between_two_states_are_found(released: Released):
    released.execute("UPDATE ir_module_module SET state = 'to upgrade' WHERE name = 'construction_retention'")
    released.execute("UPDATE ir_cron SET nextcall = nextcall - interval '9 days', active = false")
    try:
        conclusion = look(
            released.server.url,
            released.report(),
            "probe",
            PASSWORD,
            ProbeSettings.model_validate({**GENTLE, "apps": 0}),
        )
    finally:
        released.execute("UPDATE ir_module_module SET state = 'installed' WHERE name = 'construction_retention'")
        released.execute("UPDATE ir_cron SET nextcall = nextcall + interval '9 days'")
        released.execute("UPDATE ir_cron SET active = id = (SELECT min(id) FROM ir_cron)")
    assert {each.observed.rule for each in conclusion.findings} == {"module-stuck", "cron-standing-still"}


def test_who_cannot_sign_in_or_may_not_read_is_never_fine(released: Released):
    settings = ProbeSettings.model_validate({**GENTLE, "apps": 0})
    refused = look(released.server.url, released.report(), "probe", "wrong", settings)
    assert [each.observed.rule for each in refused.findings] == ["sign-in-refused"]
    assert refused.answer is Answer.INVESTIGATE
    env = login(released.server).env
    access = env["ir.model.access"].search([("name", "=", "ir.cron")])
    env["ir.model.access"].write(access, {"active": False})
    try:
        blind = look(released.server.url, released.report(), "probe", PASSWORD, settings)
    finally:
        env["ir.model.access"].write(access, {"active": True})
    assert [each.observed.rule for each in blind.findings] == ["not-looked-at"]


def make_canary(server: OdooServer) -> None:
    """A company for nothing else, its supplier, and a buyer who works there only, as docs/probe.md tells."""
    env = login(server).env
    company = env["res.company"].create({"name": CANARY})
    env["res.partner"].create({"name": "Canary supplier", "company_id": company})
    values = {"name": "Canary", "login": "canary", "password": PASSWORD, "company_id": company}
    groups = [env.ref("base.group_user").id, env.ref("purchase.group_purchase_user").id]
    env["res.users"].create({**values, "company_ids": [(6, 0, [company])], "group_ids": [(6, 0, groups)]})


def orders(dsn: str) -> list[tuple[object, ...]]:
    question = "SELECT o.id, o.state, c.name FROM purchase_order o JOIN res_company c ON c.id = o.company_id ORDER BY 1"
    with psycopg.connect(dsn) as connection:
        return connection.execute(question).fetchall()


def test_a_canary_is_written_where_the_signed_policy_allows_and_gone_afterwards(released: Released):
    make_canary(released.server)
    settings = ProbeSettings.model_validate(
        {**GENTLE, "apps": 0, "journeys": [], "canary": WRITE, "crons": False, "modules": False}
    )
    before, nowhere = orders(released.dsn), released.report(policy=POLICY.replace(CANARY, ""))
    look(released.server.url, nowhere, "canary", PASSWORD, settings)  # who comes for the first time is greeted
    began = next_transaction(released.dsn)
    forbidden = look(released.server.url, nowhere, "canary", PASSWORD, settings)
    assert [each.observed.rule for each in forbidden.findings] == ["not-looked-at"]
    assert changed_tables(released.dsn, began) <= SIGN_IN
    report = released.report(policy=POLICY)
    look(released.server.url, report, "canary", PASSWORD, settings)  # the first order makes what Odoo caches
    counted = rows(released.dsn)
    conclusion = look(released.server.url, report, "canary", PASSWORD, settings)
    assert conclusion.findings == ()
    assert conclusion.answer is Answer.FINE
    journey = next(each for each in conclusion.journeys if each.name == "canary-write")
    assert (journey.failed, journey.median is not None) == (0, True)
    assert orders(released.dsn) == before
    after = rows(released.dsn)
    assert {name for name in after if after[name] != counted[name]} <= SIGN_IN


def test_what_cannot_be_written_in_the_canary_company_is_never_written_elsewhere(released: Released):
    settings = ProbeSettings.model_validate({**GENTLE, "apps": 0, "journeys": [], "canary": WRITE})
    before = orders(released.dsn)
    outsider = look(released.server.url, released.report(policy=POLICY), "probe", PASSWORD, settings)
    assert [each.observed.rule for each in outsider.findings] == ["refused"]
    assert outsider.answer is Answer.INVESTIGATE
    assert orders(released.dsn) == before


def test_the_command_writes_prometheus_text_and_ends_as_it_concludes(
    released: Released, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
):
    released.report()
    key = tmp_path / "gate.key.pub"
    key.write_bytes(released.signer.public_key.pem)
    (tmp_path / "addons").mkdir()
    (tmp_path / "gate.toml").write_text(
        '[project]\nseries = "19.0"\n[probe]\nlogin = "probe"\napps = 1\nrepeats = 1\npause_seconds = 0.05\n'
    )
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("ODOO_GATE_PROBE_PASSWORD", PASSWORD)
    text = tmp_path / "odoo_gate.prom"
    arguments = [
        *("probe", "--url", released.server.url, "--report", str(released.folder / PAYLOAD), "--key", str(key)),
        *("--environment", "production", "--json", "--prometheus", str(text)),
    ]
    monkeypatch.setattr("sys.argv", ["odoo-gate", *arguments])
    with pytest.raises(SystemExit) as ended:
        main()
    answer = json.loads(capsys.readouterr().out)
    assert ended.value.code == answer["exit"]
    assert answer["version"] == 1
    assert re.search(r'^odoo_gate_probe_outcome\{url="http://127', text.read_text(), re.MULTILINE)
