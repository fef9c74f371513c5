"""Looks at what a genuine statement derives from its own checks: settings, objectives and manual evidence, again."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from odoo_gate.attest.deployment import Deployment, Examined
from odoo_gate.attest.manual import open_all
from odoo_gate.attest.statement import ADDONS_SUBJECT, StatementV1, unique_names
from odoo_gate.errors import VerificationError
from odoo_gate.evidence import CheckResultV1
from odoo_gate.model import CheckResult
from odoo_gate.policy import EnvironmentRules, derived_results, is_derived, manual_ends


@dataclass(frozen=True, slots=True)
class DerivedExamination:
    """The derived results of one statement, by the caller's policy and trust file."""

    statement: StatementV1
    deployment: Deployment

    def examine(self) -> Iterator[Examined]:
        rules = self.deployment.rules_for(self.statement.predicate.release)
        if rules is None:
            return  # the examinations of policy and verdict refuse such a statement, and say why
        try:
            signed, again = self._results(rules)
        except (ValueError, VerificationError) as error:
            yield Examined("settings", False, f"it cannot be recomputed: {error}")
            return
        yield self._settings(signed, again)
        if rules.manual:
            yield self._manual(signed, again)

    def ends(self, rules: EnvironmentRules) -> tuple[datetime, ...]:
        """When the manual evidence in the statement stops to count. Raises VerificationError."""
        readiness = self.statement.predicate
        answers, _ = open_all(self._bundles(), self.deployment.trust)
        return manual_ends(rules.manual, answers, readiness.release.project, self._addons(), readiness.judged_on)

    def _results(self, rules: EnvironmentRules) -> tuple[Sequence[CheckResult], Sequence[CheckResult]]:
        """The derived results as they are signed, and as they follow again."""
        readiness = self.statement.predicate
        results = [check.to_result() for check in readiness.checks]
        answers, refused = open_all(self._bundles(), self.deployment.trust)
        about = (readiness.release.project, self._addons())
        again = derived_results(
            rules, readiness.release.settings, results, answers, refused, about, readiness.judged_on
        )
        return [result for result in results if is_derived(result.check)], again

    def _settings(self, signed: Sequence[CheckResult], again: Sequence[CheckResult]) -> Examined:
        """Settings and objectives follow from signed numbers and the policy: to the letter."""
        ours, theirs = _by_name(again, manual=False), _by_name(signed, manual=False)
        if ours != theirs:
            return Examined("settings", False, "settings and objectives are not what follows from the signed checks")
        count = len(self.statement.predicate.release.settings)
        return Examined("settings", True, f"{count} signed, judged again by your policy")

    def _manual(self, signed: Sequence[CheckResult], again: Sequence[CheckResult]) -> Examined:
        """Manual evidence is asked of your trust file: what counted there must count here."""
        if self.deployment.trust is None:
            return Examined("manual evidence", False, "you did not say whose answers you trust: give --trust FILE")
        ours = {name: [each.outcome for each in found] for name, found in _by_name(again, manual=True).items()}
        theirs = {name: [each.outcome for each in found] for name, found in _by_name(signed, manual=True).items()}
        if ours != theirs:
            names = ours.keys() | theirs.keys()
            differing = sorted({name[0] for name in names if ours.get(name) != theirs.get(name)})
            return Examined("manual evidence", False, f"by your trust file {', '.join(differing)} comes out otherwise")
        return Examined("manual evidence", True, f"{len(ours)} asked, as your trust file says")

    def _bundles(self) -> tuple[bytes, ...]:
        return tuple(text.encode("utf-8", "replace") for text in self.statement.predicate.manual)

    def _addons(self) -> str:
        return unique_names(self.statement.subject).get(ADDONS_SUBJECT, "")


def _by_name(results: Sequence[CheckResult], *, manual: bool) -> Mapping[tuple[str, str], Sequence[CheckResultV1]]:
    """All of each check and target: what a session reported under a derived name must not hide behind our own."""
    found: dict[tuple[str, str], list[CheckResultV1]] = defaultdict(list)
    for result in results:
        if result.check.startswith("manual.") is manual:
            found[result.check, result.target].append(CheckResultV1.of(result))
    return found
