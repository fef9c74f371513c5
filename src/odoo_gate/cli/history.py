"""`odoo-gate history`: the judged runs that are kept, what takes longer than it used to, and what is flaky."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Literal

import typer
from pydantic import BaseModel, ConfigDict
from rich.console import Console
from rich.table import Table

from odoo_gate.cli.output import Json, print_json
from odoo_gate.cli.projects import open_project
from odoo_gate.errors import ExitCode
from odoo_gate.judgement import EarlierRuns, earlier_runs
from odoo_gate.report import Comparison, Flaky, RunLine, TrendLine, compare_runs, visible


class _Wire(BaseModel):
    model_config = ConfigDict(frozen=True)


class RunV1(_Wire):
    run: str
    judged: str
    verdict: str
    environment: str
    commit: str
    results: int
    not_passed: int
    seconds: float


class TrendV1(_Wire):
    """A number over the runs that have it, oldest first."""

    name: str
    target: str
    unit: str
    values: tuple[float, ...]


class FlakyV1(_Wire):
    check: str
    target: str
    passed_in: tuple[str, ...]
    not_passed_in: tuple[str, ...]
    fingerprint: str


class HistoryV1(_Wire):
    """What `odoo-gate history --json` prints: runs newest first, trends against runs for the same environment."""

    version: Literal[1] = 1
    runs: tuple[RunV1, ...]
    work_by_family: tuple[TrendV1, ...]
    moved_metrics: tuple[TrendV1, ...]
    flaky: tuple[FlakyV1, ...]
    unjudged: int
    unreadable: tuple[str, ...]

    @classmethod
    def of(cls, found: EarlierRuns, story: Comparison) -> HistoryV1:
        return cls(
            runs=tuple(_run_v1(line) for line in story.runs),
            work_by_family=tuple(_trend_v1(line) for line in story.durations),
            moved_metrics=tuple(_trend_v1(line) for line in story.metrics),
            flaky=tuple(_flaky_v1(each) for each in story.flaky),
            unjudged=found.unjudged,
            unreadable=found.unreadable,
        )


def history(
    project: Annotated[
        Path | None, typer.Option(help="The project whose runs they are (default: where gate.toml is found).")
    ] = None,
    most: Annotated[int, typer.Option("--most", "-n", min=1, max=100, help="How many runs, the newest first.")] = 10,
    as_json: Json = False,
) -> int:
    """Compare the judged runs kept under .odoo-gate/runs. It examines no signature: `odoo-gate verify` does.

    Examples: odoo-gate history · odoo-gate history -n 30 --json
    """
    settings = open_project(project)
    found = earlier_runs(settings.root, settings.project.name, most=most)
    story = compare_runs(found.runs)
    if as_json:
        print_json(HistoryV1.of(found, story))
    else:
        _print(found, story)
    return int(ExitCode.GO)


def _print(found: EarlierRuns, story: Comparison) -> None:
    console = Console(highlight=False)
    if not story.runs:
        console.print("no judged run is kept here: odoo-gate run makes one")
    else:
        console.print(_runs(story.runs))
    if len(story.runs) > 1:
        console.print(_trends("Work by family", story.durations))
        if story.metrics:
            console.print(_trends("Figures that moved by 10% or more", story.metrics))
        console.print(
            _flaky(story.flaky) if story.flaky else "Nothing passed and failed on one and the same candidate."
        )
    if found.unjudged:
        console.print(f"{found.unjudged} folders hold no verdict: those runs asked a part, or broke off")
    for each in found.unreadable:
        console.print(f"cannot be read: {visible(each)}", markup=False)


def _table(title: str, *columns: str) -> Table:
    table = Table(title=title, title_justify="left", box=None, pad_edge=False)
    for column in columns:
        table.add_column(column, overflow="fold")
    return table


def _plain(*cells: object) -> list[str]:
    """Cells in which nothing is taken for markup."""
    return [visible(str(cell)).replace("[", r"\[") for cell in cells]


def _runs(runs: Sequence[RunLine]) -> Table:
    table = _table("Runs", "run", "judged", "verdict", "environment", "candidate", "results", "not passed", "took")
    for run in runs:
        cells = (run.run, run.judged, run.status, run.environment, run.commit, run.results, run.troubled, run.took)
        table.add_row(*_plain(*cells))
    return table


def _trends(title: str, lines: Sequence[TrendLine]) -> Table:
    table = _table(title, "what", "now", "usual (median)", "change", "runs")
    for line in lines:
        name = f"{line.name} {line.target}".strip()
        table.add_row(*_plain(name, line.now, line.usual or "-", line.change or "-", line.samples))
    return table


def _flaky(found: Sequence[Flaky]) -> Table:
    table = _table(
        "Flaky: passed and did not pass on one candidate", "check", "target", "passed in", "not in", "finger"
    )
    for each in found:
        table.add_row(
            *_plain(each.check, each.target, ", ".join(each.passed), ", ".join(each.failed), each.fingerprint)
        )
    return table


def _run_v1(line: RunLine) -> RunV1:
    return RunV1(
        run=line.run,
        judged=line.judged_on.isoformat(),
        verdict=line.status,
        environment=line.environment,
        commit=line.commit,
        results=line.results,
        not_passed=line.troubled,
        seconds=line.seconds,
    )


def _trend_v1(line: TrendLine) -> TrendV1:
    return TrendV1(name=line.name, target=line.target, unit=line.unit, values=line.values)


def _flaky_v1(each: Flaky) -> FlakyV1:
    return FlakyV1(
        check=each.check,
        target=each.target,
        passed_in=each.passed,
        not_passed_in=each.failed,
        fingerprint=each.fingerprint,
    )
