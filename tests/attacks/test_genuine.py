"""The reports nobody touched: each verdict is reported as what it is, and only a GO lets a deploy job go on."""

from __future__ import annotations

from typing import Any

import pytest

from odoo_gate.errors import ExitCode


def test_a_genuine_go_is_accepted(go: Any) -> None:
    verification = go.verify()
    assert [e.name for e in verification.examined if not e.held] == []
    assert verification.exit_code is ExitCode.GO


def test_its_bundle_alone_is_accepted_too(go: Any) -> None:
    for name in ("readiness.json", "readiness.dsse.json", "readiness.svr.sigstore.json", "report.html"):
        go.file(name).unlink()
    assert go.verify("readiness.sigstore.json").exit_code is ExitCode.GO


@pytest.mark.parametrize(("run", "code"), [("no_go", ExitCode.NO_GO), ("inconclusive", ExitCode.INCONCLUSIVE)])
def test_genuine_bad_news_is_genuine_and_stops_the_deploy_job(
    run: str, code: ExitCode, request: pytest.FixtureRequest
) -> None:
    verification = request.getfixturevalue(run).verify()
    assert verification.accepted
    assert verification.exit_code is code


def test_everything_that_matters_is_looked_at(go: Any) -> None:
    assert [e.name for e in go.verify().examined] == [
        "signature",
        "key",
        "environment",
        "policy",
        "verdict",
        "settings",
        "addons",
        "configuration",
        "source",
        "image odoo",
        "image postgres",
        "image redis",
        "age",
        "payload",
        "evidence",
        "results",
        "svr",
        "report",
    ]
