"""The drill that reports the same thing again and again, as a sender does that got no answer."""

from __future__ import annotations

import hmac
import json
import secrets
import time
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from typing import Any

import psycopg
import requests

from odoo_gate.errors import StackError
from odoo_gate.model import Finding, Metric
from odoo_gate.resilience.drill import Fault, Hit
from odoo_gate.resilience.stage import Stage
from odoo_gate.settings.contracts import WebhookContract

_TIMEOUT = 30.0
_REMEDY = "keep the report's own id under a unique constraint, and take a known one for done"


@dataclass(frozen=True, slots=True)
class Report:
    """One report another system makes: where to, what, and how it is signed. `marker` is the name of what tells it."""

    contract: WebhookContract
    path: str
    body: Mapping[str, Any]
    secret: str

    def variant(self, suffix: str) -> Report:
        """Another report of the same kind: every text by which `effect` knows it is another one."""
        known = {name for name in self.body if f"%({name})s" in self.contract.effect}
        body = {name: f"{value}{suffix}" if name in known else value for name, value in self.body.items()}
        return Report(self.contract, self.path, body, self.secret)

    def send(self, url: str) -> int | None:
        """The status it is answered with; None when there is no answer."""
        content = json.dumps(self.body).encode()
        stamp = str(int(time.time()))
        timestamp = self.contract.timestamp_header
        signed = f"{stamp}.".encode() + content if timestamp else content
        digest = hmac.new(self.secret.encode(), signed, self.contract.algorithm).hexdigest()
        headers = {"Content-Type": "application/json", self.contract.signature_header: digest}
        headers |= {timestamp: stamp} if timestamp else {}
        try:
            with requests.Session() as session:
                session.trust_env = False
                answer = session.post(
                    url + self.path, data=content, headers=headers, timeout=_TIMEOUT, allow_redirects=False
                )
        except requests.RequestException:
            return None
        return answer.status_code

    def effect(self, connection: psycopg.Connection) -> int:
        """How often it counts, by the contract's SQL. Raises StackError."""
        try:
            row = connection.execute(self.contract.effect.encode(), dict(self.body)).fetchone()
        except psycopg.Error as error:
            raise StackError(
                f"`effect` of {self.contract.name} failed: {error}", hint="correct its SQL in gate.toml"
            ) from error
        return int(row[0]) if row else 0


@dataclass(frozen=True, slots=True)
class Repeated:
    """One report sent several times in one way; `statuses` as they came, None without an answer."""

    report: Report
    way: str
    statuses: tuple[int | None, ...]
    effect: int


def duplicate_webhook(reports: Sequence[Report], *, parallel: int = 10) -> Fault:
    """Every report twice, `parallel` at the same time, and two in the wrong order, while people work."""
    return Fault("duplicate-webhook", partial(_struck, reports=reports, parallel=parallel))


@contextmanager
def _struck(stage: Stage, reports: Sequence[Report], parallel: int) -> Iterator[Hit]:
    hit = Hit("the same reports again and again")
    with stage.connected() as connection:
        yield hit
        told = [each for report in reports for each in _repeat(stage.url(), connection, report, parallel)]
    hit.end()
    hit.metrics.append(Metric("reports_sent", sum(len(each.statuses) for each in told), "1"))
    hit.findings.extend(repetition_findings(told))


def _repeat(url: str, connection: psycopg.Connection, report: Report, parallel: int) -> Iterator[Repeated]:
    unique = secrets.token_hex(4)
    twice, at_once, first, second = (report.variant(f"-{unique}-{number}") for number in range(4))
    yield Repeated(twice, "twice", (twice.send(url), twice.send(url)), twice.effect(connection))
    with ThreadPoolExecutor(parallel) as pool:
        statuses = tuple(pool.map(lambda _: at_once.send(url), range(parallel)))
    again = at_once.send(url)
    yield Repeated(at_once, f"{parallel} at the same time", (*statuses, again), at_once.effect(connection))
    late = (second.send(url), first.send(url), second.send(url))
    yield Repeated(second, "before an earlier one", (late[0], late[2]), second.effect(connection))
    yield Repeated(first, "after a later one", (late[1],), first.effect(connection))


def repetition_findings(told: Sequence[Repeated]) -> Iterator[Finding]:
    """A report counts once however it comes, and a known one is taken for done."""
    if not told:
        message = "no report to Odoo is declared that succeeds: nothing was sent twice"
        remedy = "declare what other systems report to Odoo: [[contracts.webhooks]] in gate.toml"
        yield Finding("no-effect", message, remedy=remedy)
    for each in told:
        subject = f"{each.report.contract.name}, a report that comes {each.way}"
        taken = [status for status in each.statuses if status is not None and status < 300]
        if each.effect > 1:
            yield Finding("counted-twice", f"{subject}, counts {each.effect} times", remedy=_REMEDY)
        elif each.effect == 0 and taken:
            remedy = "store what was reported in the transaction that answers"
            yield Finding("acknowledged-lost", f"{subject}, was answered {taken[0]} and has no effect", remedy=remedy)
        elif each.effect == 0:
            statuses = ", ".join(map(str, each.statuses))
            yield Finding("report-refused", f"{subject}, was refused: {statuses}", remedy="see Odoo's log (logs/)")
        if each.effect and (each.statuses[-1] is None or each.statuses[-1] >= 300):
            message = f"{subject}, is at last answered {each.statuses[-1]}: it will come for ever"
            yield Finding("repetition-refused", message, remedy="answer a known report as the first time")
