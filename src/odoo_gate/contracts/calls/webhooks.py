"""What another system reports to Odoo: sent as it would send it, as a stranger would, and twice."""

from __future__ import annotations

import hmac
import json
import secrets
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import psycopg
import requests

from odoo_gate.contracts.calls.flaws import Flaw, new_and_old
from odoo_gate.contracts.calls.pacts import Interaction, PactFile
from odoo_gate.contracts.calls.play import DRIVER, pact_of, script_of
from odoo_gate.errors import StackError
from odoo_gate.model import Finding, Say, silent
from odoo_gate.odoo.agent_client import ReleaseFailure
from odoo_gate.odoo.testbed import Release, Testbed
from odoo_gate.settings.contracts import WebhookContract
from odoo_gate.stack.odoo_server import OdooServer

_SECONDS = 30
_STALE_SECONDS = 86400
_OK, _CLIENT_ERROR, _SERVER_ERROR = 200, 400, 500
_DECLARE = "declare what other systems report to Odoo: [[contracts.webhooks]] in gate.toml; docs/contracts-calls.md"
STRANGERS = ("unsigned", "forged", "altered", "stale")
"""Reports that must be refused: no signature, another secret's, another body's, yesterday's."""


@dataclass(frozen=True, slots=True)
class Reported:
    """One report as it was sent. `effect`: how often it counts afterwards, by the contract's SQL."""

    way: str
    status: int
    effect: int


@dataclass(frozen=True, slots=True)
class Received:
    """What a release did with the reports of one contract, by interaction; or why it could not be tried."""

    contract: WebhookContract
    pact: PactFile
    reports: Mapping[str, tuple[Reported, ...]]
    failure: str = ""


def receive_webhooks(
    testbed: Testbed, release: Release, database: str, contracts: Sequence[WebhookContract], say: Say = silent
) -> list[Received]:
    """Serve `database`, a clone nobody else needs, and report to it. Raises ContractError, StackError, AgentError."""
    by_parameter = {contract.secret_parameter: secrets.token_urlsafe(24) for contract in contracts}
    prepared = [
        _prepare(testbed, release, database, contract, by_parameter[contract.secret_parameter], say)
        for contract in contracts
    ]
    if all(each.failure for each in prepared):
        return [Received(each.contract, each.pact, {}, each.failure) for each in prepared]
    server = testbed.start_server(release, database)
    try:
        with psycopg.connect(testbed.postgres.dsn(database), autocommit=True) as connection:
            return [_received(each, server, connection) for each in prepared]
    finally:
        testbed.stop_server(server)


def webhook_findings(candidate: Sequence[Received], baseline: Sequence[Received] | None) -> list[Finding]:
    """`contracts.webhooks`: a signed report counts, once; whatever is not properly signed does not."""
    if not candidate:
        return [Finding("no-webhooks", "no reports to Odoo are declared: none was examined", remedy=_DECLARE)]
    return new_and_old(
        [flaw for received in candidate for flaw in _flaws(received)],
        [flaw for received in baseline or () for flaw in _flaws(received)],
    )


@dataclass(frozen=True, slots=True)
class _Prepared:
    """What the reports of one contract speak of, made: the values of each report's body, or why there are none."""

    contract: WebhookContract
    pact: PactFile
    secret: str
    values: tuple[Mapping[str, Any], ...]
    failure: str = ""


def _prepare(
    testbed: Testbed, release: Release, database: str, contract: WebhookContract, secret: str, say: Say
) -> _Prepared:
    pact = pact_of(contract, testbed.settings)
    arguments = {
        "source": script_of(contract, testbed.settings),
        "interactions": [each.description for each in pact.interactions],
        "parameters": {contract.secret_parameter: secret},
    }
    try:
        made = release.agent.run_script(database, DRIVER, "prepare", arguments, say=say).result
    except ReleaseFailure as error:
        return _Prepared(contract, pact, secret, (), error.message)
    return _Prepared(contract, pact, secret, tuple(made))


def _received(prepared: _Prepared, server: OdooServer, connection: psycopg.Connection[Any]) -> Received:
    if prepared.failure:
        return Received(prepared.contract, prepared.pact, {}, prepared.failure)
    sender = _Sender(prepared.contract, server, prepared.secret, connection)
    reports = {
        interaction.description: tuple(sender.reports(interaction, values))
        for interaction, values in zip(prepared.pact.interactions, prepared.values, strict=True)
    }
    return Received(prepared.contract, prepared.pact, reports)


@dataclass(frozen=True, slots=True)
class _Sender:
    contract: WebhookContract
    server: OdooServer
    secret: str
    connection: psycopg.Connection[Any]

    def reports(self, interaction: Interaction, values: Mapping[str, Any]) -> Iterator[Reported]:
        body = _body(interaction, values)
        if interaction.succeeds:
            for way in STRANGERS:
                if way != "stale" or self.contract.timestamp_header:
                    yield self._report(interaction, body, way)
        yield self._report(interaction, body, "signed")
        if interaction.succeeds:
            yield self._report(interaction, body, "again")

    def _report(self, interaction: Interaction, body: Mapping[str, Any], way: str) -> Reported:
        text = json.dumps(body).encode()
        headers = {name: ", ".join(each) for name, each in interaction.request.headers.items()}
        headers |= {"Content-Type": interaction.request.content_type or "application/json"}
        headers |= self._signature(text, way)
        try:
            with requests.Session() as session:
                session.trust_env = False
                answer = session.request(
                    interaction.method,
                    self.server.url + interaction.path,
                    params={name: list(each) for name, each in interaction.query.items()},
                    data=text,
                    headers=headers,
                    timeout=_SECONDS,
                    allow_redirects=False,
                )
        except requests.RequestException as error:
            raise StackError(
                f"{self.server.url} broke off a report: {error}", hint=f"read the server's log: {self.server.log}"
            ) from error
        return Reported(way, answer.status_code, self._effect(body))

    def _signature(self, body: bytes, way: str) -> dict[str, str]:
        timestamp = str(int(time.time()) - (_STALE_SECONDS if way == "stale" else 0))
        stamp = {self.contract.timestamp_header: timestamp} if self.contract.timestamp_header else {}
        if way == "unsigned":
            return stamp
        secret = "not " + self.secret if way == "forged" else self.secret
        signed = body + b" " if way == "altered" else body
        if self.contract.timestamp_header:
            signed = f"{timestamp}.".encode() + signed
        digest = hmac.new(secret.encode(), signed, self.contract.algorithm).hexdigest()
        return {**stamp, self.contract.signature_header: digest}

    def _effect(self, body: Mapping[str, Any]) -> int:
        try:
            row = self.connection.execute(self.contract.effect.encode(), body).fetchone()
        except psycopg.Error as error:
            raise StackError(
                f"`effect` of {self.contract.name} failed: {error}", hint="correct its SQL in gate.toml"
            ) from error
        return int(row[0]) if row else 0


def _body(interaction: Interaction, values: Mapping[str, Any]) -> dict[str, Any]:
    body = json.loads(interaction.request.body or "{}")
    return {**body, **values}


def _flaws(received: Received) -> Iterator[Flaw]:
    if received.failure or not received.reports:
        why = received.failure or "nothing was sent"
        yield _flaw(received, "not-played", "its reports", why, "run the script by hand in this release's Odoo shell")
        return
    for interaction in received.pact.interactions:
        ways = {report.way: report for report in received.reports[interaction.description]}
        yield from _believed(received, interaction, ways)
        yield from _taken(received, interaction, ways)


def _believed(received: Received, interaction: Interaction, ways: Mapping[str, Reported]) -> Iterator[Flaw]:
    for way in STRANGERS:
        report = ways.get(way)
        if report is None or (report.effect == 0 and _CLIENT_ERROR <= report.status < _SERVER_ERROR):
            continue
        message = f"answered {report.status}, and counts {report.effect} times"
        remedy = "check the signature over time and body, in constant time, before anything else; answer 401"
        yield _flaw(received, f"{way}-accepted", interaction.description, message, remedy)


def _taken(received: Received, interaction: Interaction, ways: Mapping[str, Reported]) -> Iterator[Flaw]:
    signed, again, subject = ways["signed"], ways.get("again"), interaction.description
    before = max((ways[way].effect for way in STRANGERS if way in ways), default=0)
    if signed.status != interaction.status:
        message = f"a signed report is answered {signed.status}, not {interaction.status}"
        remedy = "answer as agreed: the other system acts on the status"
        yield _flaw(received, "wrong-status", subject, message, remedy)
    if interaction.succeeds and signed.effect == 0:
        message = f"a signed report is answered {signed.status}, and has no effect"
        remedy = "store what was reported in the transaction that answers, and never answer 200 to what failed"
        yield _flaw(received, "lost-silently", subject, message, remedy)
    if again and again.effect > max(signed.effect, before):
        message = f"a report that comes twice counts {again.effect} times"
        remedy = "keep the report's own id under a unique constraint, and take a known one for done"
        yield _flaw(received, "counted-twice", subject, message, remedy)
    if again and again.effect and not _OK <= again.status < _CLIENT_ERROR:
        message = f"a report that comes again is answered {again.status}: it will come for ever"
        yield _flaw(received, "repetition-refused", subject, message, "answer a known report as the first time")


def _flaw(received: Received, rule: str, subject: str, message: str, remedy: str) -> Flaw:
    return Flaw(rule, received.contract.name, subject, message, remedy, received.pact.name)
