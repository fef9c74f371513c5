"""Whether the release keeps what other systems rely on: their calls, their rights, their files, their tables.

Every contract is asked of the candidate and of the baseline, each served by an Odoo of its own on production-like data.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass

import psycopg
import pytest

from odoo_gate.contracts import (
    Answer,
    Inquiry,
    exercised_findings,
    findings_of,
    latency_picture,
    load_contracts,
    open_site,
)
from odoo_gate.errors import StackError
from odoo_gate.model import Finding, Say, Severity
from odoo_gate.odoo.store import Template
from odoo_gate.odoo.testbed import Release, Testbed
from odoo_gate.picture import Picture
from odoo_gate.settings import Settings
from pytest_odoo_gate.checks import CheckFailed, GateRecord


@dataclass(frozen=True)
class _Asked:
    """Both releases, asked the same contracts."""

    candidate: Inquiry
    baseline: Inquiry | None


@pytest.fixture(scope="module")
def asked(
    testbed: Testbed,
    candidate: Release,
    baseline: Release | None,
    candidate_data: Template,
    baseline_data: Template | None,
    gate_settings: Settings,
    say: Say,
) -> Iterator[_Asked]:
    contracts = load_contracts(gate_settings)
    with ExitStack() as stack:
        old = None
        if baseline is not None and baseline_data is not None:
            old = Inquiry(stack.enter_context(open_site(testbed, baseline, baseline_data, say)), contracts)
        new = Inquiry(stack.enter_context(open_site(testbed, candidate, candidate_data, say)), contracts)
        yield _Asked(new, old)


def _judge(
    asked: _Asked,
    record: GateRecord,
    ask: Callable[[Inquiry], list[Answer]],
    *,
    at_once: bool = True,
    draw: Callable[[list[Answer], list[Answer] | None], Picture | None] | None = None,
) -> None:
    """Ask both releases: one after the other where time is measured."""
    __tracebackhide__ = True
    try:
        with ThreadPoolExecutor(max_workers=2 if at_once else 1) as pool:
            new = pool.submit(ask, asked.candidate)
            old = None if asked.baseline is None else pool.submit(ask, asked.baseline)
            candidate, baseline = new.result(), None if old is None else old.result()
    except psycopg.Error as error:
        raise StackError(f"the database cannot be asked: {error}", hint="read the servers' logs (logs/)") from error
    if not candidate:
        message = "there is no contract of this kind to ask the release for"
        remedy = "write one (docs/contracts.md), or take the check from the policy"
        raise CheckFailed([Finding("no-contract", message, remedy=remedy)])
    record.metric("contracts", len(candidate), "1")
    for answer in candidate:
        record.metrics.extend(answer.metrics)
    picture = draw(candidate, baseline) if draw else None
    if picture is not None:
        record.picture("contracts/latency", picture)
    record.judge(findings_of(candidate, baseline))


@pytest.mark.gate("contracts.api")
def test_consumers_find_what_they_call(asked: _Asked, gate_record: GateRecord) -> None:
    _judge(asked, gate_record, lambda inquiry: inquiry.api)


@pytest.mark.gate("contracts.rights")
def test_consumers_may_what_they_need_and_no_more(asked: _Asked, gate_record: GateRecord) -> None:
    _judge(asked, gate_record, lambda inquiry: inquiry.rights)


@pytest.mark.gate("contracts.latency")
def test_consumers_wait_no_longer_than_agreed(asked: _Asked, gate_record: GateRecord) -> None:
    _judge(asked, gate_record, lambda inquiry: inquiry.latency, at_once=False, draw=latency_picture)


@pytest.mark.gate("contracts.files")
def test_files_are_as_agreed(asked: _Asked, gate_record: GateRecord) -> None:
    _judge(asked, gate_record, lambda inquiry: inquiry.files)


@pytest.mark.gate("contracts.bi")
def test_bi_reads_what_it_was_promised(asked: _Asked, gate_record: GateRecord) -> None:
    _judge(asked, gate_record, lambda inquiry: inquiry.bi)


@pytest.mark.gate("contracts.exercised")
def test_every_contract_was_tried(
    request: pytest.FixtureRequest, gate_settings: Settings, gate_record: GateRecord
) -> None:
    contracts, section = load_contracts(gate_settings), gate_settings.contracts
    if not contracts and (section.calls or section.webhooks or section.documents):
        message = (
            f"all contracts are in gate.toml, none in {section.folder}/: their own checks fail when nothing happens"
        )
        gate_record.finding(Finding("elsewhere", message, Severity.NOTE))
        return
    answers = request.getfixturevalue("asked").candidate.everything if contracts else []
    gate_record.metric("contracts", len(contracts), "1")
    gate_record.metric("interactions", sum(answer.interactions for answer in answers), "1")
    gate_record.judge(exercised_findings(contracts, answers, section.folder))
