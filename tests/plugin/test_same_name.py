"""Tests whose names cannot be told apart never make a complete run."""

from __future__ import annotations

from odoo_gate.evidence import RUN_COMPLETE, EvidenceWriter, read_evidence
from odoo_gate.model import Outcome
from pytest_odoo_gate.recorder import Recorder


def test_two_tests_of_one_name_are_told(tmp_path):
    recorder = Recorder(EvidenceWriter(tmp_path / "evidence.jsonl"))
    recorder.expect(["::TestThing::test_a", "::TestThing::test_a"])
    recorder.close(0, [])
    (complete,) = [r for r in read_evidence([tmp_path / "evidence.jsonl"]) if r.check == RUN_COMPLETE]
    assert complete.outcome is Outcome.ERRORED
    assert "same-name" in [finding.rule for finding in complete.findings]
