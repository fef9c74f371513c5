from __future__ import annotations

from dataclasses import replace

import pytest

from odoo_gate.contracts.calls import DOCUMENTS, Kept, document_findings
from odoo_gate.contracts.calls.documents import Attempt
from odoo_gate.model import Severity
from odoo_gate.settings.contracts import DocumentsContract

RAISED, QUIET = Attempt(None, "HTTPError: 403"), Attempt("x")
WELL = Kept(
    DocumentsContract(script="documents.py"),
    stored=tuple(Attempt(str(number)) for number in range(len(DOCUMENTS))),
    loaded=tuple(Attempt(document.sha256) for document in DOCUMENTS),
    in_store=frozenset(document.sha256 for document in DOCUMENTS),
    down_store=RAISED,
    down_load=RAISED,
    denied_store=RAISED,
    denied_load=RAISED,
    cut=RAISED,
    spoilt=RAISED,
)


def rules(found):
    assert all(finding.severity is Severity.ERROR and finding.remedy for finding in found)
    return [finding.rule for finding in found]


def test_documents_are_all_different_and_one_is_empty():
    assert len({document.sha256 for document in DOCUMENTS}) == len({document.name for document in DOCUMENTS})
    assert [len(document.content) for document in DOCUMENTS].count(0) == 1


def test_documents_that_come_back_and_faults_that_are_noticed_pass():
    assert document_findings(WELL, None) == []


@pytest.mark.parametrize(
    ("changed", "expected"),
    [
        ({"in_store": WELL.in_store - {DOCUMENTS[0].sha256}}, ["never-happened"]),
        ({"loaded": (QUIET, *WELL.loaded[1:])}, ["changed"]),
        ({"stored": (RAISED, *WELL.stored[1:]), "loaded": ()}, ["not-stored"]),
        ({"down_store": QUIET}, ["lost-silently"]),
        ({"denied_store": QUIET}, ["lost-silently"]),
        ({"down_load": QUIET}, ["error-swallowed"]),
        ({"denied_load": QUIET}, ["error-swallowed"]),
        ({"cut": QUIET}, ["truncation-unnoticed"]),
        ({"spoilt": QUIET}, ["truncation-unnoticed"]),
        ({"failure": "KeyError"}, ["not-played"]),
        ({"stored": ()}, ["not-played"]),
    ],
)
def test_each_flaw_has_its_rule(changed, expected):
    assert rules(document_findings(replace(WELL, **changed), None)) == expected


def test_nothing_declared_is_a_finding():
    assert rules(document_findings(None, None)) == ["no-documents"]


def test_what_the_baseline_does_too_is_shown_and_does_not_fail():
    bad = replace(WELL, spoilt=QUIET)
    (finding,) = document_findings(bad, bad)
    assert finding.severity is Severity.WARNING
    assert finding.message.endswith("(already in the baseline)")
