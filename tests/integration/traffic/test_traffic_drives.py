"""Real people on a real Odoo: what they were told is what the database holds, on one generator or on two."""

from __future__ import annotations

import dataclasses
import json
import os
import shutil
import socket
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psycopg
import pytest
import requests
from typed import typed

from odoo_gate.data import like_production
from odoo_gate.odoo.testbed import Testbed, open_testbed
from odoo_gate.picture import read_picture
from odoo_gate.settings import load_settings
from odoo_gate.stack.addresses import GEVENT_PORT
from odoo_gate.stack.odoo_server import OdooServer
from odoo_gate.stack.run import Run, new_run_id
from odoo_gate.traffic import (
    WITHOUT_WEBSOCKET,
    Notifications,
    Outcome,
    Person,
    Plan,
    Sample,
    Site,
    Traffic,
    business_metrics,
    drive,
    driving,
    ledger,
    locustfile,
    prepare_site,
    read_samples,
)

EXAMPLE = Path(__file__).parents[3] / "examples/construction"
WORK = 12
AGAIN_SECONDS = 5.0
"""By then everybody has come back whose websocket was cut off: the client waits three at most."""
MONTH_END = Plan("month-end", 60, 240, 3, seed=5, fixed_work=WORK)


@dataclass(frozen=True)
class Company:
    testbed: Testbed
    server: OdooServer
    url: str
    dsn: str
    site: Site


@pytest.fixture(scope="module")
def company(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Company]:
    with Run(new_run_id(), tmp_path_factory.mktemp("traffic")) as run:
        testbed = open_testbed(load_settings(EXAMPLE, os.environ), run)
        release = testbed.candidate
        with testbed.clone(like_production(testbed, release, print), release) as clone:
            site = prepare_site(testbed, release, clone, people={"month-end": 3, "payroll": 5})
            server = testbed.start_server(release, clone.database)
            site = dataclasses.replace(site, websocket=server.gevent_url)
            yield Company(testbed, server, server.url, testbed.postgres.dsn(clone.database), site)
            testbed.stop_server(server)


@pytest.fixture(scope="module")
def month_end(company: Company, tmp_path_factory: pytest.TempPathFactory) -> Traffic:
    return drive(company.url, company.site, MONTH_END, tmp_path_factory.mktemp("local") / "drive")


def kinds(samples: tuple[Sample, ...]) -> Counter[tuple[str, str, str]]:
    """What was done, by whom, and which arrival it was."""
    return Counter((sample.intent.rpartition("/")[2], sample.transaction, sample.user) for sample in samples)


def test_everything_acknowledged_is_in_the_database_once_and_whole(company: Company, month_end: Traffic):
    assert {sample.outcome for sample in month_end.samples} == {Outcome.ACKNOWLEDGED}
    found = ledger(company.dsn, month_end.samples)
    assert found.is_right
    assert len(found.done) == len(found.entries) > WORK / 3


def test_the_business_result_is_read_back(company: Company, month_end: Traffic):
    metrics = {metric.name: (metric.value, expected) for metric, expected in business_metrics(company.dsn, month_end)}
    assert metrics["posted per minute"][0] > 0
    assert {name for name, (_value, expected) in metrics.items() if expected is not None} >= {"debit minus credit"}
    assert all(value == expected for value, expected in metrics.values() if expected is not None)


def test_everybody_holds_a_websocket(month_end: Traffic):
    assert month_end.notifications is not None
    assert month_end.notifications.people >= len({sample.user for sample in month_end.samples})
    assert (month_end.notifications.refused, month_end.notifications.lost) == (0, 0)


def test_what_odoo_tells_is_heard_also_after_a_cut(company: Company, tmp_path: Path):
    proxy = company.testbed.start_fault_proxy({"bus": f"{company.server.container.name}:{GEVENT_PORT}"})
    site = dataclasses.replace(company.site, websocket="http://{}:{}".format(*proxy.outside("bus")))
    plan = Plan("payroll", 600, 30, 1, seed=2, mix={"write-timesheet": 1})
    with driving(company.url, site, plan, tmp_path / "drive") as under_way:
        deadline = time.monotonic() + 60
        while not under_way.samples and time.monotonic() < deadline:
            time.sleep(0.2)
        (person,) = (each for each in site.people if each.login == under_way.samples[0].user)
        tell_oneself(company, person)
        time.sleep(1)
        proxy.down("bus")
        for _ in range(3):
            tell_oneself(company, person)
        proxy.up("bus")
        time.sleep(AGAIN_SECONDS)
        traffic = under_way.stop()
    told = traffic.notifications
    assert told is not None
    assert (told.people, told.refused, told.lost) == (1, 0, 1)
    assert told.heard in (4, 5), "what a new user was told within Odoo's minute before may come, too"


def test_an_address_that_serves_no_websocket_is_told(company: Company, tmp_path: Path):
    """The port of the workers, which do not serve it."""
    site = dataclasses.replace(company.site, websocket=company.url)
    plan = Plan("payroll", 5, 60, 1, seed=2, fixed_work=1, mix={"write-timesheet": 1})
    traffic = drive(company.url, site, plan, tmp_path / "drive")
    assert traffic.notifications == Notifications(people=1, refused=1, lost=0, heard=0)
    told = {metric.name: (metric.value, expected) for metric, expected in business_metrics(company.dsn, traffic)}
    assert told[WITHOUT_WEBSOCKET] == (1, 0)
    assert "no websocket at ws://" in (tmp_path / "drive/locust.log").read_text("utf-8")


def tell_oneself(company: Company, person: Person) -> None:
    """Change a setting of one's own: Odoo tells every window of that user."""
    session = requests.Session()

    def call(path: str, **params: object) -> dict[str, Any]:
        answer = session.post(company.url + path, json={"jsonrpc": "2.0", "params": params}, timeout=60).json()
        return answer["result"]

    told = call("/web/session/authenticate", db=company.site.database, login=person.login, password=person.password)
    method = {"model": "res.users.settings", "method": "set_res_users_settings"}
    args = [[told["user_settings"]["id"]], {"push_to_talk_key": "shift"}]
    call("/web/dataset/call_kw", **method, args=args, kwargs={})


def test_a_master_and_two_workers_do_what_one_generator_does(company: Company, month_end: Traffic, tmp_path: Path):
    site = tmp_path / "site.json"
    company.site.write(site)
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = str(free.getsockname()[1])
    common = [sys.executable, "-m", "locust", "-f", str(locustfile("month-end")), "--headless"]
    worker = [*common, "--worker", "--master-host", "127.0.0.1", "--master-port", port]
    master = [*common, "--master", "--master-bind-host", "127.0.0.1", "--master-bind-port", port, "-u", "2"]
    load = ["--site", str(site), "--people", "3", "--fixed-work", str(WORK), "--arrivals-per-minute", "240"]
    load += ["--seed", "5", "--samples", str(tmp_path / "drive"), "--expect-workers", "2", "--host", company.url]
    with (tmp_path / "log").open("wb") as log:
        processes = [
            subprocess.Popen(each, stdin=subprocess.DEVNULL, stdout=log, stderr=log)
            for each in ([*master, *load], worker, worker)
        ]
        try:
            for process in processes:
                process.wait(120)
        finally:
            for process in processes:
                process.kill()
    samples = read_samples(tmp_path / "drive/samples.jsonl")
    assert kinds(samples) == kinds(month_end.samples), (tmp_path / "log").read_text("utf-8")
    assert ledger(company.dsn, samples).is_right


def test_the_command_drives_a_running_odoo_and_reads_its_database(company: Company, tmp_path: Path):
    site, kept = tmp_path / "site.json", tmp_path / "load"
    company.site.write(site)
    running = ("--url", company.url, "--site", str(site), "--dsn", company.dsn)
    plan = ("--seconds", "6", "--arrivals", "60", "--people", "3", "--seed", "9", "--output", str(kept), "--json")
    told = json.loads(
        typed("load", "run", "--profile", "month-end", *running, *plan, folder=tmp_path, status=(0, 3))
    )  # 3: other work on this machine had the generator begin late, and it says so
    samples = read_samples(kept / "samples.jsonl")
    assert sum(row["count"] for row in told["transactions"].values()) == len(samples) > 2
    assert told["wrong"] == []
    assert told["records_done"] == told["records"] == len(ledger(company.dsn, samples).done) > 0


def test_the_command_drives_a_stack_of_its_own(tmp_path: Path):
    plan = ("--seconds", "6", "--arrivals", "60", "--people", "3", "--output", str(tmp_path / "load"))
    told = typed(
        "load", "run", "--profile", "payroll", "--project", str(EXAMPLE), *plan, folder=tmp_path, status=(0, 3)
    )
    assert "people without a websocket: 0.00 (must be 0)" in told
    assert read_samples(tmp_path / "load/drive/samples.jsonl")


def test_the_command_raises_arrivals_and_keeps_the_curve(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("ODOO_GATE_LOAD__CAPACITY_STEP_SECONDS", "5")
    monkeypatch.setenv("ODOO_GATE_LOAD__CAPACITY_MAX_FACTOR", "1")
    kept = ("--output", str(tmp_path / "capacity"))
    typed(
        "load", "capacity", "--profile", "month-end", "--project", str(EXAMPLE), *kept,
        folder=tmp_path, status=(0, 1, 3),
    )  # fmt: skip
    told = json.loads((tmp_path / "capacity/capacity.json").read_text("utf-8"))
    assert told["declared_per_minute"] == 40
    assert told["steps"][0]["per_minute"] == 20
    assert all(step["transactions"] and step["p95_seconds"] > 0 for step in told["steps"])
    picture = read_picture((tmp_path / "capacity/capacity-month-end.picture.json").read_text("utf-8"))
    assert len(picture.lines[0].points) == len(told["steps"])


def test_the_month_is_locked_when_it_is_closed(company: Company, month_end: Traffic):
    (lock,) = month_end.of("lock-month")
    assert lock.scheduled == max(sample.scheduled for sample in month_end.samples)
    with psycopg.connect(company.dsn) as connection:
        late = connection.execute(
            "SELECT m.date > c.purchase_lock_date, m.invoice_date <= c.purchase_lock_date FROM account_move m"
            " JOIN res_company c ON c.id = m.company_id WHERE m.ref = %s",
            [f"{lock.intent}/late"],
        ).fetchone()
    assert late == (True, True)


@pytest.mark.parametrize(
    ("profile", "transaction", "least"), [("subcontractor-billing", "post-batch", 50), ("tender", "upload-plans", 5)]
)
def test_long_pieces_of_work_are_there_whole(
    company: Company, profile: str, transaction: str, least: int, tmp_path: Path
):
    plan = Plan(profile, 5, 60, 9, seed=1, fixed_work=1, mix={transaction: 1})
    traffic = drive(company.url, company.site, plan, tmp_path / "drive")
    (sample,) = traffic.samples
    assert (sample.outcome, sample.error, sample.lines) == (Outcome.ACKNOWLEDGED, "", least)
    found = ledger(company.dsn, traffic.samples)
    assert found.is_right
    assert len(found.done) == 1
    assert all(
        value.value == expected for value, expected in business_metrics(company.dsn, traffic) if expected is not None
    )


def test_errors_inside_http_200_are_refusals(company: Company, tmp_path: Path):
    """Workers who are told to correct attendances, which they may not."""
    workers = [each for each in company.site.people if each.role == "site_worker"]
    site = dataclasses.replace(
        company.site, people=tuple(dataclasses.replace(each, role="hours_clerk") for each in workers)
    )
    plan = Plan("payroll", 10, 240, 1, seed=1, fixed_work=2, mix={"correct-attendance": 1})
    traffic = drive(company.url, site, plan, tmp_path / "drive")
    assert [sample.outcome for sample in traffic.samples] == [Outcome.REFUSED] * 2
    assert "AccessError" in traffic.samples[0].error
    assert not ledger(company.dsn, traffic.samples).is_right


def test_a_drive_can_be_stopped_and_read_meanwhile(company: Company, tmp_path: Path):
    plan = Plan("payroll", 600, 120, 3, seed=2, mix={"write-timesheet": 1})
    with driving(company.url, company.site, plan, tmp_path / "drive") as under_way:
        deadline = time.monotonic() + 60
        while not under_way.samples and time.monotonic() < deadline:
            time.sleep(0.2)
        traffic = under_way.stop()
    assert 0 < len(traffic.samples) == traffic.planned < plan.arrivals
    assert ledger(company.dsn, traffic.samples).is_right


def test_nobody_to_log_in_is_no_traffic(company: Company, tmp_path: Path):
    from odoo_gate.errors import StackError

    people = tuple(dataclasses.replace(each, password="wrong") for each in company.site.people)
    with pytest.raises(StackError, match="month-end could not be driven"):
        drive(company.url, dataclasses.replace(company.site, people=people), MONTH_END, tmp_path / "drive")


def test_the_ledger_finds_what_is_lost_doubled_and_half(company: Company, month_end: Traffic):
    invoices = [sample for sample in month_end.samples if sample.transaction == "post-invoice"]
    first, second, third = (sample.intent for sample in invoices[:3])
    with psycopg.connect(company.dsn) as connection:
        connection.execute("UPDATE account_move SET ref = %s WHERE ref = %s", [first, second])
        connection.execute(
            "UPDATE account_move_line SET debit = debit + 1 WHERE id = (SELECT min(l.id) FROM account_move_line l"
            " JOIN account_move m ON m.id = l.move_id WHERE m.ref = %s AND l.debit > 0)",
            [third],
        )
    found = ledger(company.dsn, month_end.samples)
    assert [entry.sample.intent for entry in found.doubled] == [first]
    assert [entry.sample.intent for entry in found.lost] == [second]
    assert [entry.sample.intent for entry in found.half] == [third]


def test_locustfiles_import_nothing_of_odoo_gate(tmp_path: Path):
    """They are used by Locust alone, on machines that have nothing else."""
    copied = shutil.copytree(locustfile("month-end").parent, tmp_path / "locustfiles")
    done = subprocess.run(
        [sys.executable, "-c", f"import sys; sys.path.insert(0, {str(copied)!r}); import month_end, payroll, sys;"
         "print([name for name in sys.modules if name.startswith('odoo_gate')])"],
        capture_output=True, text=True, check=True,
    )  # fmt: skip
    assert done.stdout.strip() == "[]"
