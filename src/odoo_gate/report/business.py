"""What was proven, in the words of those who run the business: month-end, payroll, billing, restore."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase

from odoo_gate.model import CheckResult, Outcome
from odoo_gate.report.topics import TOPICS, Sentence, Topic
from odoo_gate.report.wording import amount, several, shortened

_WORDS = {
    "proven": "proven",
    "in-part": "proven in part",
    "not-proven": "not proven",
    "no-answer": "no answer",
    "not-asked": "not asked",
}
_MOST_FAULTS = 3


@dataclass(frozen=True, slots=True)
class Proof:
    """A topic and how it stands; `facts` are what was measured, `faults` what is wrong or unknown.

    `state` is `proven`, `in-part` (where the data had nothing of some of it), `not-proven`, `no-answer` or `not-asked`;
    `word` says so in print.
    """

    anchor: str
    title: str
    question: str
    state: str
    word: str
    facts: tuple[str, ...]
    faults: tuple[str, ...]
    checks: str


def proofs(results: Sequence[CheckResult], waived: Collection[CheckResult], demands: Sequence[str]) -> list[Proof]:
    """How each topic stands. A failure that the policy waives is told, and is not called proven.

    `demands` are the patterns of checks that the policy wants: where one of a topic did not run, there is no answer.
    """
    return [_proof(f"topic-{at}", topic, results, waived, demands) for at, topic in enumerate(TOPICS, 1)]


def _proof(
    anchor: str, topic: Topic, results: Sequence[CheckResult], waived: Collection[CheckResult], demands: Sequence[str]
) -> Proof:
    asked = [result for result in results if topic.covers(result.check)]
    ran = {result.check for result in asked}
    missing = [each for each in demands if topic.covers(each) and not any(fnmatchcase(check, each) for check in ran)]
    empty = [each.empty for each in topic.sentences if each.empty and _found_nothing(each, asked)]
    state = _state(asked, missing, empty)
    return Proof(
        anchor,
        topic.title,
        topic.question,
        state,
        _WORDS[state],
        tuple(_facts(topic, asked)),
        tuple(_faults(asked, waived, missing, empty)),
        f"{several(len(ran), 'check')}, {several(len(asked), 'result')}" if asked else "",
    )


def _state(asked: Sequence[CheckResult], missing: Sequence[str], empty: Sequence[str]) -> str:
    outcomes = {result.outcome for result in asked}
    if not outcomes:
        return "not-asked"
    if Outcome.FAILED in outcomes:
        return "not-proven"
    if outcomes != {Outcome.PASSED} or missing:
        return "no-answer"
    return "in-part" if empty else "proven"


def _facts(topic: Topic, asked: Sequence[CheckResult]) -> Iterator[str]:
    passed = {result.check: result for result in asked if result.outcome is Outcome.PASSED}
    for sentence in topic.sentences:
        result = passed.get(sentence.check)
        words = _said(sentence, result) if result else ""
        if words:
            yield words


def _said(sentence: Sentence, result: CheckResult) -> str:
    """The sentence with its figures; empty when one was not measured, or there was nothing to look at."""
    figures = {metric.name.replace("-", "_"): metric for metric in result.metrics}
    if sentence.examined and not (sentence.examined in figures and figures[sentence.examined].value):
        return ""
    said: Mapping[str, str] = {name: amount(metric.value, metric.unit) for name, metric in figures.items()}
    try:
        return sentence.words.format_map(said)
    except KeyError:
        return ""


def _faults(
    asked: Sequence[CheckResult], waived: Collection[CheckResult], missing: Sequence[str], empty: Sequence[str]
) -> Iterator[str]:
    bad = [result for result in asked if result.outcome is not Outcome.PASSED]
    for result in bad[:_MOST_FAULTS]:
        waiver = " (waived)" if result in waived else ""
        yield f"{result.check} {result.outcome}{waiver}: {shortened(result.reason, 160)}"
    if len(bad) > _MOST_FAULTS:
        yield f"and {len(bad) - _MOST_FAULTS} more that did not pass"
    if empty:
        yield f"Not tested, for the data has none: {', '.join(empty)}"
    if missing:
        yield f"Demanded by the policy, and did not run: {', '.join(missing)}"
    elif not asked:
        yield "Nobody asked."


def _found_nothing(sentence: Sentence, asked: Sequence[CheckResult]) -> bool:
    return any(
        result.check == sentence.check
        and any(m.name.replace("-", "_") == sentence.examined and not m.value for m in result.metrics)
        for result in asked
    )
