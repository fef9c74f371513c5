"""How fast data is generated: by the ORM, by Odoo's own `populate`, by odoo-gate; and what of it holds.

    .venv/bin/python benchmarks/data_generation.py --project examples/construction --scale large

All three start from a clone of one template on one PostgreSQL of this machine: the ORM posts invoices of four lines
in batches for some seconds, `populate` duplicates the archetypes' moves, odoo-gate generates the scale and proves it.
Journal items a second are compared; what `populate` leaves is measured by the invariants.
"""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

import psycopg

from odoo_gate.data import SCALES, DataSpec, generate
from odoo_gate.data.generation import make_archetypes
from odoo_gate.invariants import holding, observe
from odoo_gate.odoo.store import Clone, Template
from odoo_gate.odoo.testbed import Release, Testbed, open_testbed
from odoo_gate.settings import load_settings
from odoo_gate.stack.run import Run, new_run_id

ORM_SCRIPT = Path(__file__).with_name("data_generation_orm.py")
ORM_SECONDS = 15.0
ORM_LINES = 4
POPULATED = "account.move"


@dataclass(frozen=True)
class Rate:
    """Rows of moves and of their items, made in so many seconds."""

    moves: int
    lines: int
    seconds: float

    @property
    def per_second(self) -> float:
        return self.lines / self.seconds

    def __str__(self) -> str:
        return f"{self.lines:>9,} journal items in {self.seconds:6.1f} s: {self.per_second:8,.0f}/s"


class Bench:
    def __init__(self, testbed: Testbed, release: Release, template: Template) -> None:
        self._testbed = testbed
        self._release = release
        self._template = template
        self._agent = release.agent

    def orm(self, clone: Clone) -> Rate:
        """On a database that has the archetypes: companies, taxes and journals are as in what is generated."""
        run = self._agent.run_script(
            clone.database, ORM_SCRIPT, "post_invoices", {"seconds": ORM_SECONDS, "lines": ORM_LINES}, say=_say
        )
        return Rate(**run.result)

    def archetypes(self, spec: DataSpec) -> Clone:
        clone = self._testbed.store.clone(self._template, self._agent)
        make_archetypes(self._agent, clone.database, spec, _say)
        return clone

    def populate(self, clone: Clone, factor: int) -> tuple[Rate, list[str], int]:
        """Odoo's own; the invariants that fail afterwards, and how many were asked."""
        before = self._counts(clone)
        arguments = ["populate", "--models", POPULATED, "--factors", str(factor)]
        started = time.monotonic()
        end = self._testbed.start_command(self._release, clone.database, arguments).wait()
        seconds = time.monotonic() - started
        if end.status:
            raise SystemExit(f"odoo populate ended with {end.status}: {end.log}")
        after = self._counts(clone)
        failed, asked = self._failures(clone)
        return Rate(after[0] - before[0], after[1] - before[1], seconds), failed, asked

    def generate(self, spec: DataSpec) -> tuple[Rate, dict[str, float]]:
        clone = self._testbed.store.clone(self._template, self._agent)
        before = self._counts(clone)
        made = generate(self._testbed.postgres.dsn(clone.database), clone.database, self._agent, spec, _say)
        after = self._counts(clone)
        unproved = made.seconds["archetypes"] + made.seconds["copies"]
        return Rate(after[0] - before[0], after[1] - before[1], unproved), made.seconds

    def _counts(self, clone: Clone) -> tuple[int, int]:
        with psycopg.connect(self._testbed.postgres.dsn(clone.database)) as connection:
            row = connection.execute(
                "SELECT (SELECT count(*) FROM account_move), (SELECT count(*) FROM account_move_line)"
            ).fetchone()
        assert row is not None
        return int(row[0]), int(row[1])

    def _failures(self, clone: Clone) -> tuple[list[str], int]:
        results = holding(observe(self._testbed.postgres.dsn(clone.database), clone.database, self._agent))
        failed = [f"{each.id}: {each.reason}" for each in results if str(each.outcome) == "failed"]
        asked = [each for each in results if str(each.outcome) != "not-applicable"]
        return failed, len(asked)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--project", type=Path, default=Path("examples/construction"))
    parser.add_argument("--scale", choices=list(SCALES), default="large")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--factor", type=int, default=100, help="how often `odoo populate` duplicates every move")
    options = parser.parse_args()
    spec = DataSpec(scale=options.scale, seed=options.seed)
    settings = load_settings(options.project.absolute(), os.environ)
    with tempfile.TemporaryDirectory() as folder, Run(new_run_id(), Path(folder), _say) as run:
        testbed = open_testbed(settings, run, _say)
        release = testbed.baseline or testbed.candidate
        bench = Bench(testbed, release, testbed.full_template(release))
        archetypes = bench.archetypes(DataSpec(scale="small", seed=options.seed))
        populated, failed, asked = bench.populate(archetypes, options.factor)
        testbed.store.drop(archetypes, release.agent)
        archetypes = bench.archetypes(DataSpec(scale="small", seed=options.seed))
        orm = bench.orm(archetypes)
        testbed.store.drop(archetypes, release.agent)
        ours, seconds = bench.generate(spec)
    print(f"ORM        {orm} (posted invoices)")
    print(f"populate   {populated}; {len(failed)} of {asked} invariants broken:")
    for line in failed:
        print(f"           - {line}")
    print(f"odoo-gate  {ours} with all that belongs to them; every invariant holds")
    print("           " + ", ".join(f"{part} {spent:.1f} s" for part, spent in seconds.items()))
    print(f"ratio to the ORM: {ours.per_second / orm.per_second:,.0f}x, archetypes included;"
          f" {ours.lines / seconds['copies'] / orm.per_second:,.0f}x for the copies alone")  # fmt: skip
    print(f"1,000,000 journal items at this rate: {1e6 / ours.per_second:,.0f} s")
    return 0


def _say(line: str) -> None:
    print(line, file=sys.stderr, flush=True)


if __name__ == "__main__":
    sys.exit(main())
