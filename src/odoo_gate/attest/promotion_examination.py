"""Looks at the way a release came: the same files, source and images had a GO for the environment before this one."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path

from odoo_gate.attest.approvals_examination import ApprovalsExamination
from odoo_gate.attest.bundle import MAX_BUNDLE_BYTES
from odoo_gate.attest.deployment import Deployment, Examined
from odoo_gate.attest.gate_key import examine_key, open_with
from odoo_gate.attest.keys import PublicKey
from odoo_gate.attest.run_folder import BUNDLE, TIMESTAMP, read_whole
from odoo_gate.attest.statement import StatementV1, read_statement
from odoo_gate.attest.statement_examination import StatementExamination
from odoo_gate.attest.timestamp_examination import examine_timestamp
from odoo_gate.errors import VerificationError
from odoo_gate.model import Status


@dataclass(frozen=True, slots=True)
class PromotionExamination:
    """The environments before the one that is deployed to, each by a run folder or bundle that the caller brings.

    What the policy demands of a deployment to such an environment, a time stamp and approvals, is demanded here too;
    the approvals of every report come from the one place that the caller names.
    """

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
            raise VerificationError(f"you did not bring the GO for {environment}: give --promotion RUN-FOLDER")
        faults = []
        for given in self.deployment.promotions:
            try:
                return self._examined(given, environment, deployment)
            except VerificationError as error:
                faults.append(error.message)
            except OSError as error:
                faults.append(f"{given} cannot be read: {error.strerror}")
        raise VerificationError(f"no GO for {environment} on these subjects: {'; '.join(dict.fromkeys(faults))}")

    def _examined(self, given: Path, environment: str, deployment: Deployment) -> StatementV1:
        bundle = given / BUNDLE if given.is_dir() else given
        envelope, key = open_with(read_whole(bundle, MAX_BUNDLE_BYTES), self.keys)
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
        stamped, timestamp = examine_timestamp(bundle.parent / TIMESTAMP, envelope, readiness, deployment)
        asked = [
            examine_key(key, deployment.trust, readiness, stamped),
            *timestamp,
            *StatementExamination(statement, deployment, self.now).examine(),
            *ApprovalsExamination(readiness, envelope.payload, deployment, self.now).examine(),
        ]
        refused = [f"{each.name}: {each.detail}" for each in asked if not each.held]
        if refused:
            raise VerificationError(f"{readiness.run}: {'; '.join(refused[:3])}")
        superseding = deployment.record.superseding(statement) if deployment.record else None
        if superseding is not None:
            raise VerificationError(f"{readiness.run}: {superseding.run} judged the same files NO-GO since")
        return statement
