"""Whether Odoo and the systems it works with understand each other, also on a bad day.

Each release plays every scenario once, on clones of its own; the checks ask what happened.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import cache, cached_property

import pytest

from odoo_gate.contracts.calls import (
    DOCUMENTS,
    Kept,
    Line,
    Played,
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
    recorded,
    webhook_findings,
)
from odoo_gate.model import Say
from odoo_gate.odoo.store import Template
from odoo_gate.odoo.testbed import Release, Testbed
from pytest_odoo_gate.checks import GateRecord


@dataclass
class _Side:
    """One release with its data, and what it did; each played when first asked for."""

    testbed: Testbed
    release: Release
    data: Template
    line: Callable[[], Line]
    shelf: Callable[[], Shelf]
    say: Say

    @cached_property
    def played(self) -> list[Played]:
        played = []
        for contract in self.testbed.settings.contracts.calls:
            line = self.line()
            with self.testbed.clone(self.data, self.release) as clone:
                played.append(play_calls(self.testbed, self.release, clone.database, contract, line, self.say))
        return played

    @cached_property
    def received(self) -> list[Received]:
        contracts = self.testbed.settings.contracts.webhooks
        if not contracts:
            return []
        with self.testbed.clone(self.data, self.release) as clone:
            return receive_webhooks(self.testbed, self.release, clone.database, contracts, self.say)

    @cached_property
    def kept(self) -> Kept | None:
        contract = self.testbed.settings.contracts.documents
        if contract is None:
            return None
        with self.testbed.clone(self.data, self.release) as clone:
            return keep_documents(self.testbed, self.release, clone.database, contract, self.shelf(), self.say)


@pytest.fixture(scope="module")
def line(testbed: Testbed) -> Callable[[], Line]:
    """The counterpart and the way to it, started when first asked for."""
    return cache(lambda: open_line(testbed))


@pytest.fixture(scope="module")
def shelf(testbed: Testbed) -> Callable[[], Shelf]:
    """The object store and the way to it, started when first asked for."""
    return cache(lambda: open_shelf(testbed))


@pytest.fixture(scope="module")
def candidate_side(
    testbed: Testbed,
    candidate: Release,
    candidate_data: Template,
    line: Callable[[], Line],
    shelf: Callable[[], Shelf],
    say: Say,
) -> _Side:
    return _Side(testbed, candidate, candidate_data, line, shelf, say)


@pytest.fixture(scope="module")
def baseline_side(
    testbed: Testbed,
    baseline: Release | None,
    baseline_data: Template | None,
    line: Callable[[], Line],
    shelf: Callable[[], Shelf],
    say: Say,
) -> _Side | None:
    if baseline is None or baseline_data is None:
        return None
    return _Side(testbed, baseline, baseline_data, line, shelf, say)


@pytest.mark.gate("contracts.calls")
def test_calls_are_as_agreed(candidate_side: _Side, baseline_side: _Side | None, gate_record: GateRecord) -> None:
    played = candidate_side.played
    gate_record.metric("contracts", len(played), "1")
    gate_record.metric("interactions", sum(len(each.pact.interactions) for each in played), "1")
    _keep(played, gate_record)
    gate_record.judge(call_findings(played, baseline_side.played if baseline_side else None))


@pytest.mark.gate("contracts.faults")
def test_faults_lose_and_repeat_nothing(
    candidate_side: _Side, baseline_side: _Side | None, gate_record: GateRecord
) -> None:
    played = candidate_side.played
    plays = [play for each in played for play in each.plays]
    gate_record.metric("scenarios", len(plays), "1")
    gate_record.metric("requests", sum(len(play.heard) for play in plays), "1")
    gate_record.metric("longest_step", max((step.seconds for play in plays for step in play.steps), default=0), "s")
    gate_record.judge(fault_findings(played, baseline_side.played if baseline_side else None))


@pytest.mark.gate("contracts.webhooks")
def test_only_signed_reports_count_and_once(
    candidate_side: _Side, baseline_side: _Side | None, gate_record: GateRecord
) -> None:
    received = candidate_side.received
    gate_record.metric("contracts", len(received), "1")
    gate_record.metric("reports", sum(len(sent) for each in received for sent in each.reports.values()), "1")
    gate_record.judge(webhook_findings(received, baseline_side.received if baseline_side else None))


@pytest.mark.gate("contracts.documents")
def test_documents_come_back_whole(candidate_side: _Side, baseline_side: _Side | None, gate_record: GateRecord) -> None:
    kept = candidate_side.kept
    gate_record.metric("documents", len(DOCUMENTS) if kept else 0, "1")
    gate_record.judge(document_findings(kept, baseline_side.kept if baseline_side else None))


def _keep(played: Iterable[Played], record: GateRecord) -> None:
    """What was really exchanged, as Pact files in the run folder."""
    for each in played:
        kept = record.run_folder / f"calls-{each.contract.name}.pact.json"
        kept.write_text(json.dumps(recorded(each), indent=2), "utf-8")
        record.artifact(kept)
