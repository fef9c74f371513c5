"""Which sessions of pytest a run consists of."""

import sys
from datetime import UTC, datetime

import pytest

from odoo_gate.cli import phases
from odoo_gate.cli.phases import FAMILIES, PHASES, phases_of, run_phases
from odoo_gate.errors import UsageError
from odoo_gate.evidence import collect_evidence
from odoo_gate.settings import load_settings


def test_the_policy_says_what_is_rehearsed():
    assert phases_of("", {"run", *FAMILIES}) == PHASES
    assert phases_of("", {"run", "recovery"})[1].families == ("recovery",)
    assert phases_of("", {"run"}) == PHASES[:1]


def test_some_families_keep_their_phase():
    (phase,) = phases_of("recovery, migration", ())
    assert (phase.name, phase.families, phase.side_by_side) == ("rehearsals", ("migration", "recovery"), False)
    assert [each.families for each in phases_of("modules,recovery", {"tests"})] == [("modules",), ("recovery",)]


def test_an_unknown_family_is_guessed():
    with pytest.raises(UsageError, match="no family of checks 'migrations'") as raised:
        phases_of("migrations", ())
    assert "did you mean migration?" in raised.value.hint


def test_every_phase_leaves_its_own_evidence():
    assert len({phase.evidence for phase in PHASES}) == len({phase.junit for phase in PHASES}) == len(PHASES)


def test_a_phase_that_dies_before_its_first_word_is_told(tmp_path, monkeypatch):
    """The session cannot even start: its empty evidence file says so."""
    (tmp_path / "gate.toml").write_text('[project]\nname = "shed"\nseries = "19.0"\n')
    (tmp_path / "addons").mkdir()
    settings = load_settings(tmp_path, {})
    run = tmp_path / "run"
    run.mkdir()
    monkeypatch.setattr("sys.executable", "/bin/false")
    assert run_phases(phases_of("recovery", ()), settings, run, "2") is False
    (result,) = collect_evidence(run, at=datetime.now(UTC))
    assert (result.check, result.target) == ("run.evidence-readable", "evidence-rehearsals.jsonl")


def test_the_tested_code_gets_no_way_to_sign(tmp_path, monkeypatch):
    """Neither the key, nor the program that reaches it, nor the authority that stamps."""
    (tmp_path / "gate.toml").write_text('[project]\nname = "shed"\nseries = "19.0"\n')
    (tmp_path / "addons").mkdir()
    settings = load_settings(tmp_path, {})
    run, seen = tmp_path / "run", tmp_path / "environment"
    run.mkdir()
    program = tmp_path / "python"
    program.write_text(f"#!/bin/sh\nenv > {seen}\n")
    program.chmod(0o755)
    monkeypatch.setattr(sys, "executable", str(program))
    kept = "ODOO_GATE_STACK__WORKERS"
    names = ("SIGNING_KEY", "SIGNING_KEY_PASSPHRASE", "SIGNER_COMMAND", "SIGNER_PUBLIC_KEY", "TSA_URL")
    for name in (*(f"ODOO_GATE_{name}" for name in names), kept):
        monkeypatch.setenv(name, "3")
    run_phases(phases_of("modules", ()), settings, run, "0")
    given = {line.partition("=")[0] for line in seen.read_text().splitlines()}
    assert kept in given
    assert not {f"ODOO_GATE_{name}" for name in names} & given


def test_what_a_killed_session_left_is_swept(tmp_path, monkeypatch):
    """Nobody else takes its containers away before the next run."""
    (tmp_path / "gate.toml").write_text('[project]\nname = "shed"\nseries = "19.0"\n')
    (tmp_path / "addons").mkdir()
    run, swept = tmp_path / "run", []
    run.mkdir()
    program = tmp_path / "python"
    program.write_text("#!/bin/sh\nkill -9 $$\n")
    program.chmod(0o755)
    monkeypatch.setattr(sys, "executable", str(program))
    monkeypatch.setattr(phases, "sweep", swept.append)
    assert run_phases(phases_of("recovery", ()), load_settings(tmp_path, {}), run, "2") is False
    assert len(swept) == 1
