"""The page and what is signed are one: the statement is in it, byte for byte, and a changed page is found out."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from odoo_gate.attest import Deployment, Source, verify
from odoo_gate.model import Status
from odoo_gate.report import embedded_payload


def verified(report: Any) -> dict[str, bool]:
    digests = {image.role: image.digest for image in report.subject.images}
    listing = (report.folder / "addons.sha256").read_bytes()
    deployment = Deployment(
        "production", report.policy, listing, Source(report.subject.commit), digests, timedelta(hours=24)
    )
    found = verify(report.folder, deployment, report.signer.public_key, report.judged + timedelta(minutes=1))
    return {each.name: each.held for each in found.examined}


@pytest.mark.parametrize("status", list(Status), ids=str)
def test_the_embedded_statement_is_the_signed_one(reports: dict[Status, Any], status: Status) -> None:
    folder = reports[status].folder
    assert embedded_payload((folder / "report.html").read_bytes()) == (folder / "readiness.json").read_bytes()


def test_a_page_with_another_statement_or_word_is_found_out(reports: dict[Status, Any]) -> None:
    report = reports[Status.GO]
    page = report.folder / "report.html"
    genuine = page.read_bytes()
    assert verified(report)["report"]
    other = (reports[Status.NO_GO].folder / "report.html").read_bytes()
    for forged in (genuine.replace(b"may be deployed", b"can be deployed"), other):
        page.write_bytes(forged)
        try:
            assert not verified(report)["report"]
        finally:
            page.write_bytes(genuine)
