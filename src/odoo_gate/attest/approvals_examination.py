"""Looks at the approvals given beside a genuine statement: are there enough, of people who may give them?"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from odoo_gate.attest.approval import ApprovalV1, open_approval
from odoo_gate.attest.deployment import Deployment, Examined
from odoo_gate.attest.statement import ReadinessV1
from odoo_gate.attest.statement_examination import CLOCK_SKEW
from odoo_gate.attest.trust import Trust
from odoo_gate.errors import VerificationError
from odoo_gate.policy import Approval, ApprovalRules, EnvironmentRules, Waiver, lacking, waivers_of


@dataclass(frozen=True, slots=True)
class ApprovalsExamination:
    """The approvals of one report, by the caller's policy and trust file."""

    readiness: ReadinessV1
    payload: bytes
    deployment: Deployment
    now: datetime

    def examine(self) -> Iterator[Examined]:
        rules = self.deployment.rules_for(self.readiness.release)
        if rules is None or rules.approvals is None:
            return
        try:
            yield self._approvals(rules, rules.approvals)
        except ValueError as error:
            yield Examined("approvals", False, f"the signed checks cannot be used: {error}")

    def _approvals(self, rules: EnvironmentRules, demanded: ApprovalRules) -> Examined:
        if self.deployment.trust is None:
            return Examined("approvals", False, "you did not say whose approval you trust: give --trust FILE")
        if not self.deployment.authors:
            return Examined("approvals", False, "you did not say who made the change: give --author NAME-OR-EMAIL")
        doubt = self._doubt_about_waivers(rules, self.deployment.trust)
        if doubt:
            return Examined("approvals", False, doubt)
        counted, faults = [], []
        for data in self.deployment.approvals:
            try:
                counted.append(self._counted(data, rules, demanded))
            except VerificationError as error:
                faults.append(error.message)
        missing = lacking(demanded, [Approval(each.person, each.group) for each in counted])
        if missing:
            wanted = ", ".join(f"{number} of {group}" for group, number in missing.items())
            apart = f"; not counted: {'; '.join(faults)}" if faults else ""
            return Examined("approvals", False, f"still lacking {wanted}{apart}")
        return Examined("approvals", True, ", ".join(f"{each.person} ({each.group})" for each in counted))

    def _counted(self, data: bytes, rules: EnvironmentRules, demanded: ApprovalRules) -> ApprovalV1:
        """An approval that counts. Raises VerificationError for one that does not."""
        assert self.deployment.trust is not None
        approval = open_approval(data, self.deployment.trust, self.payload, self.now)
        signed = self.readiness
        if approval.environment != signed.release.environment:
            raise VerificationError(f"{approval.person}: approved it for {approval.environment}")
        if not signed.judged_on <= approval.approved_on <= self.now + CLOCK_SKEW:
            raise VerificationError(f"{approval.person}: approved before it was judged, or in the future")
        if self.now >= approval.approved_on + demanded.valid_for:
            raise VerificationError(f"{approval.person}: approved more than {demanded.valid_for_hours} h ago")
        if approval.person in self._excluded(rules):
            raise VerificationError(f"{approval.person}: made the change, started the run or asked for a waiver in it")
        return approval

    def _excluded(self, rules: EnvironmentRules) -> frozenset[str]:
        """Who may not approve: the authors the caller names, and whoever owns a waiver that the verdict needed."""
        assert self.deployment.trust is not None
        identities = {*self.deployment.authors, *(waiver.owner for waiver in self._needed(rules))}
        return frozenset(name for each in identities for name in self.deployment.trust.names_of(each))

    def _doubt_about_waivers(self, rules: EnvironmentRules, trust: Trust) -> str:
        """Why nobody can tell whether the owner of a needed waiver approves; empty when one can.

        An author may be unknown, for most approve nothing and commit by their own address, which git gives. An owner's
        name is written by hand: one that is nobody's would exclude nobody.
        """
        for waiver in self._needed(rules):
            owners = trust.names_of(waiver.owner)
            if not owners:
                return (
                    f"the trust file knows no {waiver.owner!r}, who owns the waiver {waiver.id} and may not approve: "
                    "let the policy name its owner as the trust file does, by name or address"
                )
            both = owners & trust.names_of(waiver.approver)
            if both:
                return (
                    f"{', '.join(sorted(both))} both asks for the waiver {waiver.id} and approves it: let another do so"
                )
        return ""

    def _needed(self, rules: EnvironmentRules) -> list[Waiver]:
        """The waivers without which the verdict would be another."""
        results = [check.to_result() for check in self.readiness.checks]
        return [w for result in results for w in waivers_of(rules.waivers, result, self.readiness.judged_on)]
