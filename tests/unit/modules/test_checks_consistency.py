"""A check has a test in the suite, a defect in the corpus and an entry in the catalogue: none without the others."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

import pytest

from odoo_gate.catalogue import entries
from odoo_gate.invariants import INVARIANTS

ROOT = Path(__file__).parents[3]
SUITE = ROOT / "pytest_plugin/pytest_odoo_gate/suite"
IDS = {
    check
    for path in SUITE.glob("test_*.py")
    for check in re.findall(r'mark\.gate\("([a-z.-]+)"\)', path.read_text("utf-8"))
}
EXPECTED = [tomllib.loads(path.read_text("utf-8")) for path in (ROOT / "tests/defects").rglob("expect.toml")]
DEFECTS = {facts["check"] for facts in EXPECTED if "check" in facts}  # a clean twin names none
INVARIANT_CHECKS = {f"migration.{each}" for each in INVARIANTS}
COMMANDS = {"plan", "scan"}
"""What the anonymiser's defects are found by: commands, no checks."""
DOCUMENTED = {each.check for each in entries()}


def test_there_are_checks():
    assert len(IDS) >= 13


@pytest.mark.parametrize("check", sorted(IDS))
def test_every_check_of_the_suite_has_a_defect_and_an_entry(check):
    assert check in DOCUMENTED
    assert check in DEFECTS


@pytest.mark.parametrize("check", sorted(DEFECTS - IDS - INVARIANT_CHECKS - COMMANDS))
def test_what_a_defect_expects_beyond_the_suite_is_documented(check):
    assert check in DOCUMENTED
