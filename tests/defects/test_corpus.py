"""Every planted defect is found by the check that is there for it, and keeps its release from GO.

Each release goes the real road: pytest with the plugin, in a process of its own, on a project folder; what it
leaves is evidence, and the policy judges that.
"""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from datetime import UTC, datetime
from functools import cache
from pathlib import Path

import pytest
from releases import Case, cases, clean_release, defective_release

import pytest_odoo_gate
from odoo_gate.evidence import read_evidence
from odoo_gate.model import CheckResult, Outcome, Status
from odoo_gate.policy import default_policy, judge, load_policy

SUITE = Path(pytest_odoo_gate.__file__).parent / "suite"
STATIC = [str(SUITE / "test_modules_static.py")]
POLICY = load_policy(
    # run.snapshot is the answer of `odoo-gate run`, which starts pytest; here pytest is started by itself
    b"".join(line for line in default_policy().splitlines(keepends=True) if b"run.snapshot" not in line)
).only("production", ("modules", "tests"))
Results = list[CheckResult]


@pytest.fixture(scope="session")
def results_of(tmp_path_factory: pytest.TempPathFactory) -> Callable[[Case], Results]:
    """The evidence of the release a case is planted in; cases of one batch share a release and a run."""

    @cache
    def batch(name: str) -> tuple[CheckResult, ...]:
        planted = [case for case in cases() if case.batch == name]
        root = defective_release(tmp_path_factory.mktemp(f"batch-{name}"), planted)
        chosen = [node for case in planted for node in case.selected()]
        return gate(root, chosen or STATIC)

    @cache
    def alone(case: Case) -> tuple[CheckResult, ...]:
        root = defective_release(tmp_path_factory.mktemp(case.name), [case])
        return gate(root, case.selected() or STATIC)

    return lambda case: list(alone(case) if case.batch == "alone" else batch(case.batch))


@pytest.fixture(scope="session")
def clean_results(tmp_path_factory: pytest.TempPathFactory) -> Results:
    """The evidence of the clean twins: all checks and all tests."""
    root = clean_release(tmp_path_factory.mktemp("clean"))
    return list(gate(root, ["addons", *map(str, sorted(SUITE.glob("test_modules*.py")))]))


def gate(root: Path, selection: list[str]) -> tuple[CheckResult, ...]:
    """Run pytest with the plugin on the project in `root` and read the evidence it leaves."""
    run_folder = root / "run"
    nodes = [str(SUITE.parent / node) if node.startswith("suite/") else node for node in selection]
    command = [
        *(sys.executable, "-m", "pytest", "--override-ini", "addopts=", "--rootdir", str(root)),
        *("-p", "no:cacheprovider", "--odoo-gate-project", str(root), "--odoo-gate-run", str(run_folder)),
    ]
    done = subprocess.run(
        [*command, *dict.fromkeys(nodes)], cwd=root, capture_output=True, text=True, check=False, timeout=900
    )
    evidence = run_folder / "evidence.jsonl"
    assert evidence.is_file(), f"no evidence, status {done.returncode}\n{done.stdout[-4000:]}\n{done.stderr[-4000:]}"
    return tuple(read_evidence([evidence]))


def test_the_clean_twins_are_go(clean_results):
    verdict = judge(POLICY, "production", clean_results, datetime.now(UTC))
    assert verdict.status is Status.GO, verdict.reasons


@pytest.mark.parametrize("case", cases(), ids=lambda case: case.name)
def test_the_named_check_finds_the_defect(case, results_of):
    found = [result for result in results_of(case) if case.matches(result.check, result.target)]
    assert found, f"{case.check} said nothing of {case.target or 'the release'}"
    worst = next((result for result in found if result.outcome == case.outcome), None)
    assert worst is not None, [(result.target, result.outcome, result.reason) for result in found]
    assert case.reason in worst.reason
    if case.rule:
        told = [finding for finding in worst.findings if finding.rule == case.rule]
        assert told, worst.findings
        assert all(finding.remedy for finding in told)
        assert case.batch == "alone" or any(case.name in f"{each.place} {each.message}" for each in told)


@pytest.mark.parametrize("case", cases(), ids=lambda case: case.name)
def test_the_defect_alone_keeps_the_clean_release_from_go(case, results_of, clean_results):
    defective = [result for result in results_of(case) if case.matches(result.check, result.target)]
    blocking = [result for result in defective if result.outcome is not Outcome.PASSED]
    status = judge(POLICY, "production", [*clean_results, *blocking], datetime.now(UTC)).status
    assert blocking
    assert status is (Status.NO_GO if case.outcome == "failed" else Status.INCONCLUSIVE)
