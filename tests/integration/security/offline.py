"""Run where there is no network but loopback: what security says there, as JSON on standard output."""

from __future__ import annotations

import json
import socket
import sys
from datetime import UTC, datetime
from pathlib import Path

from odoo_gate.addons import baseline_graph, baseline_root, candidate_graph
from odoo_gate.errors import GateError
from odoo_gate.security.code import code_findings, lint_findings
from odoo_gate.security.supply import examine_dependencies, examine_secrets
from odoo_gate.settings import Settings, load_settings

NOT_ROUTED = ("192.0.2.1", 443)
"""TEST-NET-1: no network has it, and without a network the kernel says so at once."""
SERVICE = "https://192.0.2.1/"


def main(root: Path, version: str) -> None:
    settings = load_settings(root, {})
    candidate = candidate_graph(settings, None)
    baseline = baseline_graph(settings, baseline_root(settings), None)
    packages = {"pypi:jinja2": version}
    wanted = settings.addons.model_copy(update={"requirements": ()})
    local = settings.model_copy(update={"addons": wanted})
    said = {
        "network": network(),
        "code": rules(code_findings(candidate, baseline).findings),
        "lint": rules(lint_findings(candidate, baseline).findings),
        "secrets": rules(examine_secrets(settings).findings),
        "local": dependencies(local, packages),
        "service": dependencies(with_security(local, advisories=None, osv_url=SERVICE), packages),
        "nothing": dependencies(with_security(local, advisories=None, osv_url=""), packages),
    }
    json.dump(said, sys.stdout)


def network() -> str:
    try:
        socket.create_connection(NOT_ROUTED, timeout=2).close()
    except OSError as error:
        return type(error).__name__ if error.errno is None else str(error.strerror)
    return "there"


def with_security(settings: Settings, **update: object) -> Settings:
    return settings.model_copy(update={"security": settings.security.model_copy(update=update)})


def dependencies(settings: Settings, packages: dict[str, str]) -> list[str]:
    try:
        return rules(examine_dependencies(settings, packages, None, datetime.now(UTC)).findings)
    except GateError as error:
        return [f"{type(error).__name__} {int(error.exit_code)}"]


def rules(findings: object) -> list[str]:
    return sorted({each.rule for each in findings if each.severity == "error"})  # type: ignore[attr-defined]


main(Path(sys.argv[1]), sys.argv[2])
