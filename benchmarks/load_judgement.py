"""How often the comparison of load is right: equal releases and a slower one, judged as `odoo-gate run` judges them.

    python benchmarks/load_judgement.py --project examples/construction --runs 5
    python benchmarks/load_judgement.py --recorded blocks.jsonl

The first runs the baseline against itself, and against itself with a wait added to posting that makes the typical
transaction 15 % slower; give it a quiet machine. The second judges blocks that a run recorded, relabelled many times.
"""

from __future__ import annotations

import argparse
import os
import shutil
import sys
import tempfile
import time
from collections import Counter
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path

from odoo_gate.data import like_production
from odoo_gate.load.blocks import BASELINE, CANDIDATE, from_lines
from odoo_gate.load.comparison import Answer, Terms
from odoo_gate.load.duel import BLOCKS, QUIET, fight, plan_of_blocks
from odoo_gate.load.simulation import answers, resampled_run
from odoo_gate.load.stand import hired, standing
from odoo_gate.odoo.testbed import Release, Testbed, open_testbed
from odoo_gate.settings import load_settings
from odoo_gate.stack.addons_source import AddonsSource
from odoo_gate.stack.run import Run, new_run_id

SLOWER = 0.15
POSTING = "post-invoice"
WAIT = """
import time

from odoo import models


class Move(models.Model):
    _inherit = "account.move"

    def action_post(self):
        time.sleep({seconds})
        return super().action_post()
"""


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--project", type=Path, help="a project with a gate.toml")
    parser.add_argument("--runs", type=int, default=5, help="runs of each kind")
    parser.add_argument("--profile", default="month-end", choices=("month-end", "payroll"))
    parser.add_argument("--addon", default="construction_retention", help="the addon that gets the wait in posting")
    parser.add_argument("--folder", type=Path, help="where samples and blocks are kept (default: thrown away)")
    parser.add_argument("--recorded", type=Path, nargs="+", default=[], help="blocks.jsonl of earlier runs")
    arguments = parser.parse_args()
    if arguments.recorded:
        judge_recorded(arguments.recorded)
        return 0
    if arguments.project is None:
        parser.error("name a --project, or --recorded blocks")
    with ExitStack() as stack:
        folder = arguments.folder or Path(stack.enter_context(tempfile.TemporaryDirectory()))
        folder.mkdir(parents=True, exist_ok=True)
        run = stack.enter_context(Run(new_run_id(), folder / "run", say))
        testbed = open_testbed(load_settings(arguments.project, os.environ), run, say)
        judge_real(testbed, arguments, folder)
    return 0


def judge_recorded(paths: list[Path]) -> None:
    for path in paths:
        blocks = from_lines(path.read_text("utf-8"))
        for slower in (0.0, SLOWER):
            found = answers(lambda lot: resampled_run(blocks, lot, slower=slower), Terms(), 1000, seed=1)  # noqa: B023
            print(f"{path}: {slower:+.0%}, 1000 runs: {told(found)}", flush=True)


def judge_real(testbed: Testbed, arguments: argparse.Namespace, folder: Path) -> None:
    release = testbed.baseline or testbed.candidate
    template = like_production(testbed, release, say)
    equal, slower = Counter[Answer](), Counter[Answer]()
    seconds = 0.0
    for number in range(arguments.runs):
        judged, typical = one_run(testbed, (release, release), template, arguments, folder / f"equal-{number}", number)
        equal[judged] += 1
        seconds = seconds or SLOWER * typical
    waiting = with_wait(release, folder / "slower", arguments.addon, seconds)
    for number in range(arguments.runs if arguments.profile == "month-end" else 0):
        judged, _ = one_run(testbed, (release, waiting), template, arguments, folder / f"slower-{number}", number)
        slower[judged] += 1
    print(f"equal releases: {told(equal)}", flush=True)
    print(f"posting {SLOWER:+.0%} ({seconds * 1000:.0f} ms): {told(slower)}", flush=True)


def one_run(testbed, releases, template, arguments, folder, seed) -> tuple[Answer, float]:
    """The answer, and the seconds that posting typically takes on the baseline."""
    with ExitStack() as stack:
        postgres = testbed.start_postgres()
        stands = {}
        plan = plan_of_blocks(arguments.profile, seed + 1)
        for side, release in zip((BASELINE, CANDIDATE), releases, strict=True):
            stands[side] = stack.enter_context(
                standing(testbed, release, template, postgres, QUIET, say, people=hired([plan]))
            )
        settings = testbed.settings.load
        terms = Terms(margin=settings.margin)
        compared, blocks = fight(stands, plan, settings.rounds, terms, folder, say)
    for each in compared.endpoints:
        ratio = each.ratio
        say(f"  {each.name}: {ratio.estimate:.3f} ({ratio.lower:.3f} to {ratio.upper:.3f}), {each.answer}")
    for reason in compared.void:
        say(f"  void: {reason}")
    say(f"  blocks: {folder / BLOCKS}")
    posted = sorted(s for b in blocks if b.side == BASELINE for s in b.seconds.get(POSTING, ()))
    return compared.answer, posted[len(posted) // 2] if posted else 0.0


def with_wait(release: Release, root: Path, addon: str, seconds: float) -> Release:
    """The release with a wait before every posting; its tables are the same."""
    for number, folder in enumerate(release.addons.folders):
        shutil.copytree(folder, root / str(number))
    (where,) = (path for path in root.glob(f"*/{addon}"))
    (where / "models/waits.py").write_text(WAIT.format(seconds=seconds), "utf-8")
    with (where / "models/__init__.py").open("a", encoding="utf-8") as file:
        file.write("\nfrom . import waits\n")
    folders = tuple(root / str(number) for number in range(len(release.addons.folders)))
    return replace(release, addons=AddonsSource(root, folders, release.addons.image_paths))


def told(found: Counter[Answer]) -> str:
    return ", ".join(f"{found[answer]} {answer}" for answer in Answer)


_STARTED = time.monotonic()


def say(line: str) -> None:
    print(f"{time.monotonic() - _STARTED:7.1f} {line}", flush=True)


if __name__ == "__main__":
    sys.exit(main())
