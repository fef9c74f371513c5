"""Looks at an emergency override: may these people answer for deploying what the gate did not let go?"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from odoo_gate.attest.deployment import Deployment, Examined
from odoo_gate.attest.override import OverrideV1, open_override
from odoo_gate.attest.statement import ReadinessV1
from odoo_gate.attest.statement_examination import CLOCK_SKEW
from odoo_gate.errors import VerificationError
from odoo_gate.model import Reason
from odoo_gate.policy import OverrideRules

NAME = "override"
_FREEZE = Reason("run.calendar", None, "a freeze lasts")


@dataclass(frozen=True, slots=True)
class OverrideExamination:
    """The overrides of one report, by the caller's policy and trust file. `frozen`: a calendar says no now."""

    readiness: ReadinessV1
    payload: bytes
    deployment: Deployment
    now: datetime
    frozen: bool

    def examine(self) -> Iterator[Examined]:
        if not self.deployment.overrides:
            return
        rules = self.deployment.rules_for(self.readiness.release)
        if rules is None or rules.override is None:
            yield Examined(NAME, False, "the policy knows no emergency override here")
            return
        yield self._override(rules.override)

    def _override(self, rules: OverrideRules) -> Examined:
        if self.deployment.trust is None:
            return Examined(NAME, False, "you did not say whose override you trust: give --trust FILE")
        if not self.deployment.authors:
            return Examined(NAME, False, "you did not say who made the change: give --author NAME-OR-EMAIL")
        if self.deployment.record is None:
            return Examined(NAME, False, "an override must be recorded: give --record FILE")
        reasons = [Reason(r.check, r.outcome, r.message) for r in self.readiness.reasons]
        reasons += [_FREEZE] if self.frozen else []
        if not reasons:
            return Examined(NAME, False, "there is nothing to override: the report is a GO")
        beyond = rules.beyond(reasons)
        if beyond:
            return Examined(NAME, False, f"nobody may override {', '.join(beyond)} here")
        return self._people(rules)

    def _people(self, rules: OverrideRules) -> Examined:
        counted, faults = {}, []
        for data in self.deployment.overrides:
            try:
                override = self._counted(data, rules)
                counted[override.person] = override
            except VerificationError as error:
                faults.append(error.message)
        given = [override.group for override in counted.values()]
        missing = {g: n - given.count(g) for g, n in rules.groups.items() if given.count(g) < n}
        if missing:
            wanted = ", ".join(f"{number} of {group}" for group, number in missing.items())
            apart = f"; not counted: {'; '.join(faults)}" if faults else ""
            return Examined(NAME, False, f"still lacking {wanted}{apart}")
        said = "; ".join(f"{o.person} ({o.group}, {o.ticket}): {o.reason}" for o in counted.values())
        until = min(min(o.expires_on, o.signed_on + rules.valid_for) for o in counted.values())
        return Examined(NAME, True, f"NOT A GO. They answer for it until {until:%Y-%m-%d %H:%M} UTC: {said}")

    def _counted(self, data: bytes, rules: OverrideRules) -> OverrideV1:
        """An override that counts. Raises VerificationError for one that does not."""
        assert self.deployment.trust is not None
        override = open_override(data, self.deployment.trust, self.payload, self.now)
        if override.environment != self.readiness.release.environment:
            raise VerificationError(f"{override.person}: overrode it for {override.environment}")
        if not self.readiness.judged_on <= override.signed_on <= self.now + CLOCK_SKEW:
            raise VerificationError(f"{override.person}: signed before it was judged, or in the future")
        if self.now >= override.signed_on + rules.valid_for:
            raise VerificationError(f"{override.person}: signed more than {rules.valid_for_hours} h ago")
        names = (name for each in self.deployment.authors for name in self.deployment.trust.names_of(each))
        if override.person in set(names):
            raise VerificationError(f"{override.person}: made the change or started the run")
        return override
