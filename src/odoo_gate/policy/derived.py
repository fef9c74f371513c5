"""What follows from the policy and the other results: checks that the judgement adds, and a verifier repeats."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime

from odoo_gate.model import CheckResult
from odoo_gate.policy.document import EnvironmentRules
from odoo_gate.policy.limits import SETTINGS_CHECK, settings_results
from odoo_gate.policy.manual import ManualAnswer, manual_results
from odoo_gate.policy.objectives import OBJECTIVES_CHECK, objective_results


def is_derived(check: str) -> bool:
    """Whether results of `check` are the judgement's own: what a session writes under this name is not believed."""
    return check in (SETTINGS_CHECK, OBJECTIVES_CHECK) or check.startswith("manual.")


def derived_results(
    rules: EnvironmentRules,
    settings: Mapping[str, str],
    results: Iterable[CheckResult],
    answers: Iterable[ManualAnswer],
    refused: tuple[str, ...],
    about: tuple[str, str],
    at: datetime,
) -> tuple[CheckResult, ...]:
    """The derived results of a run, whose own `results` hold none of them.

    `settings` are those it was judged with; `answers` genuine manual evidence, `refused` what is wrong with the rest;
    `about` the project and the sha256 of its addons' listing.
    """
    own = [result for result in results if not is_derived(result.check)]
    return (
        *settings_results(rules.limits, rules.families, settings, at),
        *objective_results(rules.objectives, rules.score, own, at),
        *manual_results(rules.manual, answers, refused, *about, at),
    )
