"""Looks at the way a release came: the same files, source and images had a GO for the environment before this one."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from odoo_gate.attest.deployment import Deployment, Examined
from odoo_gate.attest.gate_key import examine_key, open_with
from odoo_gate.attest.keys import PublicKey
from odoo_gate.attest.statement import StatementV1, read_statement
from odoo_gate.attest.statement_examination import StatementExamination
from odoo_gate.errors import VerificationError
from odoo_gate.model import Status


@dataclass(frozen=True, slots=True)
class PromotionExamination:
    """The environments before the one that is deployed to, each by a bundle that the caller brings."""

    statement: StatementV1
    deployment: Deployment
    keys: Sequence[PublicKey]
    now: datetime

    def examine(self) -> Iterator[Examined]:
        rules = self.deployment.rules_for(self.statement.predicate.release)
        if rules is None:
            return
        origin, deployment = rules.promoted_from, self.deployment
        while origin and deployment.policy is not None:
            name = f"promoted from {origin}"
            deployment = replace(deployment, environment=origin, max_age=None)
            try:
                found = self._go_of(origin, deployment)
            except VerificationError as error:
                yield Examined(name, False, error.message)
                return
            yield Examined(name, True, f"GO of the run {found.predicate.run}, on the same subjects")
            before = deployment.rules_for(found.predicate.release)
            origin = before.promoted_from if before else ""

    def _go_of(self, environment: str, deployment: Deployment) -> StatementV1:
        """The GO for `environment` among the bundles. Raises VerificationError with what is wrong with each."""
        if not self.deployment.promotions:
            raise VerificationError(f"you did not bring the GO for {environment}: give --promotion BUNDLE")
        faults = []
        for data in self.deployment.promotions:
            try:
                return self._examined(data, environment, deployment)
            except VerificationError as error:
                faults.append(error.message)
        raise VerificationError(f"no GO for {environment} on these subjects: {'; '.join(dict.fromkeys(faults))}")

    def _examined(self, data: bytes, environment: str, deployment: Deployment) -> StatementV1:
        envelope, key = open_with(data, self.keys)
        statement = read_statement(envelope.payload)
        readiness = statement.predicate
        if readiness.release.environment != environment:
            raise VerificationError(f"{readiness.run} was judged for {readiness.release.environment}")
        if readiness.verdict is not Status.GO:
            raise VerificationError(f"{readiness.run} is {readiness.verdict}")
        if statement.subject != self.statement.subject:
            raise VerificationError(f"{readiness.run} judged other files, source or images")
        if readiness.judged_on > self.statement.predicate.judged_on:
            raise VerificationError(f"{readiness.run} was judged after what is to follow it")
        asked = [
            examine_key(key, deployment.trust, readiness, None),
            *StatementExamination(statement, deployment, self.now).examine(),
        ]
        refused = [f"{each.name}: {each.detail}" for each in asked if not each.held]
        if refused:
            raise VerificationError(f"{readiness.run}: {'; '.join(refused[:3])}")
        superseding = deployment.record.superseding(statement) if deployment.record else None
        if superseding is not None:
            raise VerificationError(f"{readiness.run}: {superseding.run} judged the same files NO-GO since")
        return statement
