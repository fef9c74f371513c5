"""What a rehearsal costs over the plain upgrade anybody would try: pg_dump, pg_restore and `odoo -u`.

    .venv/bin/python benchmarks/rehearsal.py --pairs 2

- *plain*: the baseline's database copied to a durable PostgreSQL (pg_dump, pg_restore), then `odoo -u`, unwatched.
- *rehearsal*: the same, with backup, invariants and schema of before and after, locks sampled, the baseline's server
  and a user at work meanwhile, and the candidate's server started on the result.

Both work on the same template, on fresh servers; they alternate. Printed are the medians, the ratio of each pair, and
how much longer `odoo -u` itself takes while it is watched and users keep trying.
"""

from __future__ import annotations

import argparse
import os
import statistics
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

from odoo_gate.data import data_spec, data_template
from odoo_gate.errors import StackError
from odoo_gate.invariants import ProjectInvariants
from odoo_gate.migration import Stage, rehearse
from odoo_gate.migration.rehearsal import wait_for
from odoo_gate.odoo.store import Template
from odoo_gate.odoo.testbed import Release, Testbed, open_testbed
from odoo_gate.odoo.upgrade_plan import installed_modules, plan_upgrade
from odoo_gate.settings import load_settings
from odoo_gate.stack.run import Run, new_run_id

EXAMPLE = Path(__file__).parents[1] / "examples" / "construction"


@dataclass(frozen=True)
class Timing:
    """Seconds in all, and of the upgrade command alone."""

    total: float
    upgrade: float


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--project", type=Path, default=EXAMPLE, help="a project with a [baseline]")
    parser.add_argument("--scale", default="small", help="of the generated data")
    parser.add_argument("--pairs", type=int, default=2)
    chosen = parser.parse_args()
    settings = load_settings(chosen.project, os.environ)
    with tempfile.TemporaryDirectory() as folder, Run(new_run_id(), Path(folder), print) as run:
        testbed = open_testbed(settings, run, print)
        baseline = testbed.baseline
        if baseline is None:
            parser.error(f"{chosen.project} has no [baseline]")
        template = data_template(testbed, baseline, data_spec(settings, scale=chosen.scale), print)
        project = ProjectInvariants.of(settings)
        pairs = []
        for number in range(chosen.pairs):
            print(f"pair {number + 1} of {chosen.pairs}")
            pairs.append((plain(testbed, baseline, template), rehearsed(testbed, baseline, template, project)))
    report(pairs)


def plain(testbed: Testbed, baseline: Release, template: Template) -> Timing:
    started = time.monotonic()
    stage = Stage(testbed, baseline, testbed.candidate, template, quiet)
    with stage.connection() as connection:
        plan = plan_upgrade(installed_modules(connection), baseline.graph, testbed.candidate.graph)
    upgraded = wait_for(stage, plan)
    total = time.monotonic() - started
    stage.close()
    if not upgraded.is_done:
        raise StackError(f"the plain upgrade ended with status {upgraded.end.status}", hint=str(upgraded.end.log))
    return Timing(total, upgraded.end.seconds)


def rehearsed(testbed: Testbed, baseline: Release, template: Template, project: ProjectInvariants) -> Timing:
    started = time.monotonic()
    stage = Stage(testbed, baseline, testbed.candidate, template, quiet)
    rehearsal = rehearse(stage, project)
    total = time.monotonic() - started
    stage.close()
    if rehearsal.after is None:
        raise StackError("the rehearsed upgrade failed", hint=str(rehearsal.upgraded.end.log))
    return Timing(total, rehearsal.upgraded.end.seconds)


def quiet(_: str) -> None:
    """Printing is not what is measured."""


def report(pairs: list[tuple[Timing, Timing]]) -> None:
    print(f"{'':12}{'in all':>10}{'odoo -u':>10}   (s, medians of {len(pairs)})")
    for name, side in (("plain", 0), ("rehearsal", 1)):
        total = statistics.median(pair[side].total for pair in pairs)
        upgrade = statistics.median(pair[side].upgrade for pair in pairs)
        print(f"{name:12}{total:10.1f}{upgrade:10.1f}")
    for what in ("total", "upgrade"):
        ratios = [getattr(watched, what) / getattr(bare, what) for bare, watched in pairs]
        label = "rehearsal / plain" if what == "total" else "watched -u / plain -u"
        print(f"{label}: {statistics.median(ratios):.2f} ({', '.join(f'{ratio:.2f}' for ratio in ratios)})")


if __name__ == "__main__":
    main()
