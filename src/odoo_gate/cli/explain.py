"""`odoo-gate explain`: why is this verdict what it is, what would change it, who must act?"""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from odoo_gate.catalogue import entry
from odoo_gate.cli.latest import latest_run
from odoo_gate.cli.output import Json, print_json
from odoo_gate.cli.verdict import EXIT, STYLE
from odoo_gate.cli.wire import ExplanationV1
from odoo_gate.errors import UsageError
from odoo_gate.evidence import collect_evidence
from odoo_gate.judgement import Blocker, Explanation, read_prepared
from odoo_gate.judgement import explain as explain_results
from odoo_gate.report import visible

_FINDINGS_SHOWN = 5


def explain(
    run: Annotated[Path | None, typer.Argument(help="A run folder (default: the project's latest run).")] = None,
    project: Annotated[
        Path | None, typer.Option(help="The project whose latest run it is (default: where gate.toml is found).")
    ] = None,
    policy: Annotated[
        Path | None, typer.Option(help="Judge the run's evidence by this policy instead of its own.")
    ] = None,
    as_json: Json = False,
) -> int:
    """Tell why a run's verdict is what it is, what would change it, and who must act. It proves nothing: verify does.

    Examples: odoo-gate explain · odoo-gate explain run/ --policy stricter.toml
    """
    folder = run or latest_run(project)
    prepared = read_prepared(folder)
    now = datetime.now(UTC)
    text = _read(policy) if policy else prepared.policy
    explanation = explain_results(text, prepared.subject.environment, collect_evidence(folder, at=now), now)
    if as_json:
        print_json(ExplanationV1.of(explanation, folder, policy))
        return int(EXIT[explanation.verdict.status])
    _print(explanation, folder, policy)
    return int(EXIT[explanation.verdict.status])


def _read(policy: Path) -> bytes:
    try:
        return policy.read_bytes()
    except OSError as error:
        raise UsageError(f"the policy {policy} cannot be read: {error.strerror}", hint="name a policy file") from error


def _print(explanation: Explanation, folder: Path, policy: Path | None) -> None:
    console = Console(soft_wrap=True, highlight=False)
    verdict = explanation.verdict
    console.print(f"{verdict.status} for {verdict.environment}", style=STYLE[verdict.status])
    console.print(f"run {folder.name}, judged by {policy or 'its own policy'}, as of now", markup=False)
    if not explanation.blockers:
        console.print("Every check that the policy demands passed, and nothing else failed.")
    for number, blocker in enumerate(explanation.blockers, start=1):
        _print_blocker(console, number, blocker)


def _print_blocker(console: Console, number: int, blocker: Blocker) -> None:
    reason = blocker.reason
    first = visible(reason.message.partition("\n")[0])
    console.print(f"\n{number}. {visible(reason.check)}  {reason.outcome or 'not run'}", style="bold", markup=False)
    console.print(f"   why      {first}", markup=False)
    known = entry(reason.check)
    if known:
        console.print(f"   asks     {known.question} {known.why}", markup=False)
    for result, finding in blocker.errors[:_FINDINGS_SHOWN]:
        place = f"{visible(str(finding.place))}: " if finding.place else ""
        target = f" ({visible(result.target)})" if result.target else ""
        message = visible(finding.message.partition("\n")[0])
        console.print(f"   finding  {finding.fingerprint}  {place}{message}{target}", markup=False)
        if finding.remedy:
            console.print(f"            remedy: {visible(finding.remedy)}", markup=False)
    if len(blocker.errors) > _FINDINGS_SHOWN:
        console.print(f"            and {len(blocker.errors) - _FINDINGS_SHOWN} more, all in the report")
    if known:
        console.print(f"   to do    {known.remedy}", markup=False)
    console.print(f"   who      {blocker.who}", markup=False)
    for way in blocker.ways:
        console.print(f"   way out  {way}", markup=False)
