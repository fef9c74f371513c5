"""Candidate against baseline: both stand on one machine, only one is loaded at a time, in blocks of fixed work."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from odoo_gate.load.blocks import BASELINE, CANDIDATE, SIDES, Block, Side, order_of_blocks, to_lines
from odoo_gate.load.comparison import DECISIVE, Answer, Comparison, Endpoint, Terms, compare_blocks, undisturbed
from odoo_gate.load.errors import Inconclusive
from odoo_gate.load.machine import Meter, pace
from odoo_gate.load.request_log import LOG_OPTIONS
from odoo_gate.load.stand import Stand
from odoo_gate.load.statistics import Interval, p_of_more
from odoo_gate.model import Finding, Metric, Say, Severity
from odoo_gate.traffic import Plan, Traffic, driving

QUIET: Mapping[str, str] = {**LOG_OPTIONS, "max_cron_threads": "0"}
"""No job beside what is timed."""

RATES: Mapping[str, float] = {"month-end": 75.0, "payroll": 400.0}
"""How many transactions are due a minute: about half of what two cores can do. With more, a block tells how long people
queue, which multiplies every noise; with less, it holds too few to tell anything."""
PEOPLE = 4
MIX: Mapping[str, Mapping[str, int]] = {
    "month-end": {
        "post-invoice": 6,
        "post-bill": 5,
        "pay-and-reconcile": 3,
        "trial-balance": 3,
        "browse-invoices": 3,
    },
    "payroll": {"read-timesheets": 24, "write-timesheet": 24, "review-hours": 6, "export-hours": 6},
}
"""Transactions of a block: work that can be repeated. A day's attendance can be corrected once only."""

LOOKS = 2
"""How often a comparison may stop: each look gets its share of the false alarms allowed."""

SPARE = 1
"""Rounds that may be driven again, in parts of those asked for."""

BLOCKS = "blocks.jsonl"


def fight(
    stands: Mapping[Side, Stand], plan: Plan, rounds: int, terms: Terms, folder: Path, say: Say
) -> tuple[Comparison, tuple[Block, ...]]:
    """Compare both releases doing `plan` in `rounds` of four blocks; twice as many where that does not decide.

    A pair of blocks that other programs disturbed does not count; there are at most `SPARE` times `rounds` more.
    The blocks are kept in `folder`. Raises StackError, UsageError.
    """
    blocks: list[Block] = []
    at_each_look = replace(terms, alpha=terms.alpha / LOOKS)
    folder.mkdir(parents=True, exist_ok=True)
    for side, stand in stands.items():
        blocks.append(_block(stand, side, 0, plan, folder / f"warm-up-{side}", say, warm_up=True))
    order = order_of_blocks((LOOKS + SPARE) * rounds, plan.seed)
    compared = Comparison((), {}, ("no block was driven",))
    looks = {rounds * look for look in range(1, LOOKS + 1)}
    for quad, sides in enumerate(order):
        blocks.extend(_quad(stands, sides, quad, plan, folder, say))
        (folder / BLOCKS).write_text(to_lines(blocks), encoding="utf-8")
        pairs = len(undisturbed(blocks, terms))
        say(f"{plan.profile}: round {quad + 1} of four blocks; {pairs / 2:g} count")
        counted = pairs // 2
        if counted not in looks and quad + 1 < len(order):
            continue
        looks.discard(counted)
        compared = compare_blocks(blocks, at_each_look)
        say(f"{plan.profile}: {compared.answer} after {counted} rounds")
        if compared.answer is not Answer.INCONCLUSIVE or not looks:
            break
    return compared, tuple(blocks)


def plan_of_blocks(profile: str, seed: int) -> Plan:
    """The same transactions at the same moments in every block."""
    mix, rate = MIX[profile], RATES[profile]
    work = sum(mix.values())
    return Plan(profile, work * 60 / rate, rate, PEOPLE, seed, fixed_work=work, mix=mix)


def verdict_findings(compared: Comparison, blocks: Sequence[Block], profile: str, terms: Terms) -> list[Finding]:
    """What is slower than the baseline beyond doubt, and transactions that fail on the candidate alone.

    A transaction of which nothing can be told is a warning; `check_decided` says it of the work as a whole.
    """
    return [*_error_findings(blocks, profile, terms), *_slower(compared, profile, terms), *_untold(compared, profile)]


def _error_findings(blocks: Sequence[Block], profile: str, terms: Terms) -> Iterator[Finding]:
    """By difference, never by ratio: a release without errors has none to divide by.

    An error that the candidate has on every block is one; a single one that the machine may have made is a warning.
    """
    failed = {side: sum(block.errors for block in blocks if block.side == side and not block.warm_up) for side in SIDES}
    if failed[CANDIDATE] > failed[BASELINE]:
        is_certain = p_of_more(failed[CANDIDATE], failed[BASELINE]) <= terms.alpha
        yield Finding(
            "more-errors",
            f"{profile}: {failed[CANDIDATE]} transactions failed on the candidate, {failed[BASELINE]} on the baseline,"
            " for the same work",
            Severity.ERROR if is_certain else Severity.WARNING,
            remedy="see samples.jsonl of the candidate's blocks for what Odoo answered",
        )


def _slower(compared: Comparison, profile: str, terms: Terms) -> list[Finding]:
    return [
        Finding(
            "slower",
            f"{profile}: {each.name} {each.ratio.estimate - 1:+.0%} against the baseline (at least"
            f" {each.ratio.lower - 1:+.0%} with {1 - terms.alpha / LOOKS:.1%} confidence, {each.pairs} pairs of"
            f" blocks); {terms.margin:.0%} are allowed",
            remedy="see load.queries for what it asks more of the database; profile this transaction on both releases",
        )
        for each in compared.endpoints
        if each.answer is Answer.FAIL
    ]


def _untold(compared: Comparison, profile: str) -> Iterator[Finding]:
    for each in compared.untold:
        if each.name not in DECISIVE:
            yield Finding(
                "not-told",
                f"{profile}: whether {each.name} alone is slower cannot be told: {_bounds(each)}",
                Severity.WARNING,
                remedy="run it on a quieter machine, or with more load.rounds, when it matters by itself",
            )


def _bounds(each: Endpoint) -> str:
    return f"it is between {each.ratio.lower - 1:+.0%} and {each.ratio.upper - 1:+.0%} after {each.pairs} pairs"


def check_decided(compared: Comparison, profile: str) -> None:
    """Raises Inconclusive when the blocks say neither that the candidate is as fast nor that it is slower."""
    if compared.answer is not Answer.INCONCLUSIVE:
        return
    told = "; ".join(compared.void) or "; ".join(
        f"{each.name}: {_bounds(each)}" for each in compared.untold if each.name in DECISIVE
    )
    raise Inconclusive(
        f"{profile}: whether the candidate is slower cannot be told: {told}",
        hint="run it on a quieter machine, or with more load.rounds",
    )


def comparison_metrics(compared: Comparison) -> Iterator[Metric]:
    """Every ratio with its bounds (where there are any), and what could have been found."""
    for each in compared.endpoints:
        yield from _bounds_of(f"{each.name}: candidate over baseline", each.ratio)
        yield Metric(f"{each.name}: power", each.power, "1")
        yield Metric(f"{each.name}: pairs", each.pairs, "1")
    for endpoint, ratio in compared.control.items():
        yield from _bounds_of(f"{endpoint}: equal runs, one over another", ratio)


def _bounds_of(name: str, ratio: Interval) -> Iterator[Metric]:
    for bound, value in (("", ratio.estimate), (" at least", ratio.lower), (" at most", ratio.upper)):
        if math.isfinite(value):
            yield Metric(name + bound, value, "1")


def _quad(
    stands: Mapping[Side, Stand], sides: tuple[Side, ...], quad: int, plan: Plan, folder: Path, say: Say
) -> Iterator[Block]:
    for place, side in enumerate(sides):
        yield _block(stands[side], side, quad, plan, folder / f"{quad:02d}-{place}-{side}", say)


def _block(stand: Stand, side: Side, quad: int, plan: Plan, folder: Path, say: Say, *, warm_up: bool = False) -> Block:
    speed = pace()
    with driving(stand.server.url, stand.site, plan, folder, _quietly(say, warm_up)) as under_way:
        meter = Meter((stand.server.container, stand.postgres.container))
        traffic = under_way.wait()
        use = meter.read(traffic.generator_cpu)
    return Block(
        quad=quad,
        side=side,
        seconds=_seconds(traffic),
        pace=speed,
        lag=traffic.lag_p99,
        foreign=use.foreign,
        cpu=use.cpu,
        errors=sum(1 for sample in traffic.samples if not sample.is_acknowledged),
        warm_up=warm_up,
    )


def _seconds(traffic: Traffic) -> dict[str, tuple[float, ...]]:
    found: dict[str, list[float]] = {}
    for sample in sorted(traffic.samples, key=lambda each: each.scheduled):
        if sample.is_acknowledged:
            found.setdefault(sample.transaction, []).append(sample.latency)
    return {name: tuple(values) for name, values in found.items()}


def _quietly(say: Say, warm_up: bool) -> Say:
    return say if warm_up else lambda _: None
