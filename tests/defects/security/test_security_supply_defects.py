"""Every planted fault of a supply chain is found by the check that is there for it; the clean twins pass.

What judges is what the suite calls, with the real detect-secrets, pip-audit, git and CycloneDX.
"""

from __future__ import annotations

import subprocess
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from small_projects import Planted, planted_in

from odoo_gate.addons import candidate_graph
from odoo_gate.errors import ExitCode
from odoo_gate.model import Finding, ImageIdentity, Severity
from odoo_gate.security.supply import (
    AdvisoriesMissing,
    examine_dependencies,
    examine_images,
    examine_secrets,
    write_sbom,
)
from odoo_gate.security.supply.images import Process
from odoo_gate.settings import load_settings

CASES = planted_in(Path(__file__).parent / "supply")
DEFECTS = [case for case in CASES if case.check]
CHECKS = ("security.secrets", "security.dependencies", "security.sbom", "security.images")
TWINS = [
    (case, check) for case in CASES if not case.check for check in CHECKS if check in case.facts.get("twin_of", CHECKS)
]
NOW = datetime(2026, 11, 22, tzinfo=UTC)
PACKAGES = {"deb:openssl": "3.5", "pypi:requests": "2.32.3", "pypi:lxml": "5.4.0", "pypi:odoo": "19.0"}
DIGEST = "sha256:" + "a" * 64


def git(root: Path, *arguments: str) -> None:
    identity = ("-c", "user.name=t", "-c", "user.email=t@example.com", "-c", "commit.gpgsign=false")
    subprocess.run(["git", *identity, *arguments], cwd=root, check=True, capture_output=True)


def project(case: Planted, root: Path) -> Path:
    case.project(root)
    export = root / "advisories/export.json"
    made = NOW - timedelta(days=case.facts.get("days_old", 0))
    export.write_text(export.read_text("utf-8").replace("@TODAY@", made.isoformat()), "utf-8")
    removed = case.facts.get("committed_and_removed")
    if removed:
        secret = (root / removed).read_bytes()
        (root / removed).write_text("[options]\nworkers = 4\n", "utf-8")
        (root / "gate.toml").write_text((root / "gate.toml").read_text("utf-8") + '\n[baseline]\ngit = "v1"\n', "utf-8")
        git(root, "init", "--quiet")
        git(root, "add", ".")
        git(root, "commit", "--quiet", "--message", "release")
        git(root, "tag", "v1")
        clean = (root / removed).read_bytes()
        for content in (secret, clean):
            (root / removed).write_bytes(content)
            git(root, "commit", "--quiet", "--all", "--message", "try")
    return root


def examine(case: Planted, check: str, root: Path) -> tuple[Finding, ...]:
    settings = load_settings(root, {})
    packages = case.facts.get("packages", PACKAGES)
    image = ImageIdentity("odoo", "odoo:19.0", DIGEST, "pulled", packages)
    if check == "security.secrets":
        return examine_secrets(settings).findings
    if check == "security.dependencies":
        return examine_dependencies(settings, packages, case.facts.get("baseline_packages"), NOW).findings
    if check == "security.sbom":
        return write_sbom(root, "Supply", image, candidate_graph(settings, None), NOW).findings
    running = {"odoo": [Process(user, "odoo") for user in case.facts.get("users", ["101"])]}
    return examine_images(settings, [image], running, lambda *_: pytest.fail("nothing is signed")).findings


@pytest.mark.parametrize("case", DEFECTS, ids=lambda case: case.name)
def test_the_named_check_finds_the_defect(case, tmp_path):
    root = project(case, tmp_path)
    if case.facts.get("raises"):
        with pytest.raises(AdvisoriesMissing) as told:
            examine(case, case.check, root)
        assert told.value.exit_code is ExitCode.INCONCLUSIVE
        assert "[security] advisories" in told.value.hint
        return
    findings = examine(case, case.check, root)
    errors = [finding for finding in findings if finding.severity is Severity.ERROR]
    assert {finding.rule for finding in errors} == {case.facts["rule"]}, findings
    assert all(finding.remedy for finding in errors)
    assert case.facts.get("says", "") in " ".join(finding.message for finding in errors)
    if "place" in case.facts:
        assert [str(finding.place) for finding in errors] == [case.facts["place"]]
    if "hides" in case.facts:
        assert case.facts["hides"] not in repr(findings)


@pytest.mark.parametrize(("case", "check"), TWINS, ids=lambda each: getattr(each, "name", each))
def test_the_clean_twin_passes(case, check, tmp_path):
    findings = examine(case, check, project(case, tmp_path))
    assert [finding for finding in findings if finding.severity is Severity.ERROR] == []
    if "warns" in case.facts:
        assert case.facts["warns"] in " ".join(finding.message for finding in findings)
