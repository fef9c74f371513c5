"""Drills on the ways between servers: slow, cut, and the answer that gets lost after the work was done."""

from __future__ import annotations

import secrets
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import partial

from odoo_gate.model import Finding, Metric
from odoo_gate.resilience.drill import Fault, Hit
from odoo_gate.resilience.reports import Repeated, Report, repetition_findings
from odoo_gate.resilience.stage import CLIENT, DATABASE, Stage
from odoo_gate.stack.fault_proxy import FaultProxy, Toxic

_SLOW_MILLISECONDS = 25.0
_SLOW_SECONDS = 4.0
_CUT_SECONDS = 2.0
_LOST_SECONDS = 4.0
_MEET_SECONDS = 30.0
_POLL_SECONDS = 0.2
_LOST_AFTER_MILLISECONDS = 1500.0
"""How long an answer is held back before the connection ends; what it is the answer to was committed before it came."""


@contextmanager
def _slow_database(stage: Stage) -> Iterator[Hit]:
    hit = Hit("PostgreSQL slow, then unreachable")
    try:
        stage.way_in.add(DATABASE, Toxic("latency", attributes={"latency": _SLOW_MILLISECONDS, "jitter": 5}))
        yield hit
        _meets(hit, stage.way_in, DATABASE, _SLOW_SECONDS)
        stage.way_in.down(DATABASE)
        time.sleep(_CUT_SECONDS)
    finally:
        stage.way_in.reset()
        hit.end()


@contextmanager
def _cut_client(stage: Stage) -> Iterator[Hit]:
    hit = Hit("people's connections to Odoo reset, and refused")
    try:
        stage.way_out.add(CLIENT, Toxic("reset_peer", attributes={"timeout": 0}))
        yield hit
        _meets(hit, stage.way_out, CLIENT, _CUT_SECONDS)
        stage.way_out.down(CLIENT)
        time.sleep(_CUT_SECONDS)
    finally:
        stage.way_out.reset()
        hit.end()


def lost_response(reports: Sequence[Report] = ()) -> Fault:
    """What people ask arrives and is done; the answer does not come back, and their client asks again.

    So does the other system that reports `reports`.
    """
    return Fault("lost-response", partial(_lost_response, reports=reports))


@contextmanager
def _lost_response(stage: Stage, reports: Sequence[Report]) -> Iterator[Hit]:
    hit = Hit("Odoo's answers lost on the way")
    told: list[Repeated] = []
    unheard = [report.variant(f"-{secrets.token_hex(4)}") for report in reports]
    try:
        stage.way_out.add(CLIENT, Toxic("timeout", attributes={"timeout": _LOST_AFTER_MILLISECONDS}))
        yield hit
        _meets(hit, stage.way_out, CLIENT, _LOST_SECONDS)
        first = [report.send(stage.url()) for report in unheard]
    finally:
        stage.way_out.reset()
        hit.end()
    with stage.connected() as connection:
        for report, lost in zip(unheard, first, strict=True):
            done = report.effect(connection)
            hit.findings.extend(_unlost(report, lost, done))
            told.append(
                Repeated(
                    report, "again after a lost answer", (lost, report.send(stage.url())), report.effect(connection)
                )
            )
    if reports:
        hit.metrics.append(Metric("reports_sent_again", len(told), "1"))
        hit.findings.extend(repetition_findings(told))


def _unlost(report: Report, status: int | None, done: int) -> Iterator[Finding]:
    """The drill is of answers lost after the work was done: both must have been so."""
    if status is not None or not done:
        message = (
            f"{report.contract.name}: the report was answered {status} and counted {done} times, not lost when done"
        )
        yield Finding("no-effect", message, remedy="read Odoo's log; the report was not taken while answers were lost")


def _meets(hit: Hit, proxy: FaultProxy, way: str, seconds: float) -> None:
    """Let the fault last for `seconds` and until it has met something; one that met nothing was none."""
    began = time.monotonic()
    met = 0
    while (passed := time.monotonic() - began) < seconds or (not met and passed < _MEET_SECONDS):
        time.sleep(_POLL_SECONDS)
        met = sum(proxy.struck(way).values())
    hit.metrics.append(Metric("pieces_hit", met, "1"))
    if not met:
        message = f"nothing passed the way of {way} while the fault waited there"
        hit.findings.append(
            Finding("no-effect", message, remedy="raise resilience.arrivals_per_minute in gate.toml"),
        )


SLOW_DATABASE = Fault("slow-database", _slow_database)
CUT_CLIENT = Fault("cut-client", _cut_client)
