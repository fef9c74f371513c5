"""What the plays of a contract say of a release. Pure."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence

from odoo_gate.contracts.calls.flaws import Flaw, new_and_old
from odoo_gate.contracts.calls.matching import mismatches
from odoo_gate.contracts.calls.plays import Play, Played, accepted, business_key
from odoo_gate.contracts.calls.scenarios import AS_AGREED
from odoo_gate.model import Finding

_Judge = Callable[[Played], Iterable[Flaw]]
_DECLARE = "declare what Odoo asks of other systems: [[contracts.calls]] in gate.toml; docs/contracts-calls.md"


def call_findings(candidate: Sequence[Played], baseline: Sequence[Played] | None) -> list[Finding]:
    """`contracts.calls`: every interaction of every Pact happened, with the request it asks for."""
    return _compared(candidate, baseline, _agreed_flaws)


def fault_findings(candidate: Sequence[Played], baseline: Sequence[Played] | None) -> list[Finding]:
    """`contracts.faults`: whatever goes wrong on the way, nothing happens twice and nothing is lost unseen."""
    return _compared(candidate, baseline, _flaws_under_faults)


def _compared(candidate: Sequence[Played], baseline: Sequence[Played] | None, judge: _Judge) -> list[Finding]:
    if not candidate:
        return [Finding("no-calls", "no calls to other systems are declared: none was examined", remedy=_DECLARE)]
    return new_and_old(
        [flaw for played in candidate for flaw in _judged(played, judge)],
        [flaw for played in baseline or () for flaw in _judged(played, judge)],
    )


def _judged(played: Played, judge: _Judge) -> Iterator[Flaw]:
    if played.failure or not played.plays:
        why = played.failure or "nothing was played"
        yield _flaw(played, "not-played", "its scenarios", why, "run the script by hand in this release's Odoo shell")
        return
    yield from judge(played)


def _agreed_flaws(played: Played) -> Iterator[Flaw]:
    for play in played.plays:
        if play.scenario.fault == AS_AGREED:
            yield from _wrong_request(played, play)
            yield from _wrong_outcome(played, play)
            yield from _wrong_end(played, play)


def _wrong_request(played: Played, play: Play) -> Iterator[Flaw]:
    interaction = play.scenario.interaction
    if not play.heard:
        message = "the counterpart heard nothing" + (f"; sending ended with {play.error}" if play.error else "")
        remedy = "make `send` of the script do what sends it in production, and look at how Odoo is pointed there"
        yield _flaw(played, "never-happened", interaction.description, message, remedy)
    for heard in play.heard:
        wrong = mismatches(interaction, heard)
        others = (each for each in played.pact.interactions if each is not interaction)
        if wrong and all(mismatches(other, heard) for other in others):
            message = f"{heard.method} {heard.path} is not what was agreed: {'; '.join(wrong)}"
            remedy = "send what the Pact asks for, or agree on a new Pact with the provider first"
            yield _flaw(played, "wrong-request", interaction.description, message, remedy)
            return


def _wrong_end(played: Played, play: Play) -> Iterator[Flaw]:
    interaction = play.scenario.interaction
    if not play.heard:
        return
    if not interaction.succeeds:
        yield from _unseen(played, play, f"the counterpart answered {interaction.status}")
    elif play.end.state not in played.contract.delivered:
        message = f"the counterpart took it, but Odoo says {play.end.state!r}"
        message += f" after {play.error}" if play.error else ""
        remedy = "record the counterpart's answer, or correct `delivered` and `outcome` in gate.toml"
        yield _flaw(played, "not-delivered", interaction.description, message, remedy)


def _flaws_under_faults(played: Played) -> Iterator[Flaw]:
    for play in played.plays:
        yield from _twice(played, play)
        if play.scenario.fault == AS_AGREED:
            continue
        yield from _never_tried(played, play)
        yield from _wrong_outcome(played, play)
        yield from _hung(played, play)
        if play.scenario.lasting:
            yield from _unseen(played, play, f"{play.scenario.fault} lasted")
        else:
            yield from _not_recovered(played, play)
    yield from _shared_keys(played)


def _never_tried(played: Played, play: Play) -> Iterator[Flaw]:
    """A fault that never met the call proves nothing."""
    if play.struck and not any(play.struck.values()) and not play.heard:
        remedy = "make `send` of the script do what sends it in production"
        yield _flaw(played, "never-tried", play.scenario.id, "nothing was sent while the fault was there", remedy)


def _wrong_outcome(played: Played, play: Play) -> Iterator[Flaw]:
    bad = next((outcome for outcome in play.outcomes if outcome.rows != 1), None)
    if bad:
        message = f"`outcome` gave {bad.rows} rows for {play.key} where one of two columns is wanted"
        remedy = "correct `outcome` in gate.toml: one row (state, visible) for %(key)s"
        yield _flaw(played, "no-outcome", play.scenario.id, message, remedy)


def _hung(played: Played, play: Play) -> Iterator[Flaw]:
    step = next((step for step in play.steps if step.hung), None)
    if step:
        message = f"{step.what} still waited after {played.contract.budget_seconds:g} s, and a worker with it"
        remedy = "give every request a timeout, for connecting and for reading"
        yield _flaw(played, "hangs", play.scenario.id, message, remedy)


def _twice(played: Played, play: Play) -> Iterator[Flaw]:
    entries = accepted(played.contract, play)
    if len(entries) > 1:
        message = f"the counterpart has {play.key} {len(entries)} times"
        remedy = "send every attempt under the same idempotency key, kept with the record before the first attempt"
        yield _flaw(played, "duplicated", play.scenario.id, message, remedy)
    strange = sorted({entry for entry in entries if entry != play.key})
    if strange:
        message = f"the counterpart took {', '.join(map(repr, strange))} where {play.key!r} was sent"
        remedy = "correct `business_key` in gate.toml, or what `prepare` returns"
        yield _flaw(played, "wrong-business-key", play.scenario.id, message, remedy)


def _not_recovered(played: Played, play: Play) -> Iterator[Flaw]:
    if play.end.state in played.contract.delivered:
        if not accepted(played.contract, play):
            message = f"Odoo says {play.end.state!r}, and the counterpart has nothing of {play.key}"
            remedy = "believe only the counterpart's own whole answer: check its status and read its body"
            yield _flaw(played, "lost-silently", play.scenario.id, message, remedy)
        return
    message = f"the fault passed, and {len(play.steps) - 1} retries later Odoo still says {play.end.state!r}"
    message += f"; the last error was {play.error}" if play.error else ""
    remedy = "try again what failed for a reason that passes"
    yield _flaw(played, "not-retried", play.scenario.id, message, remedy)


def _unseen(played: Played, play: Play, why: str) -> Iterator[Flaw]:
    if play.end.state in played.contract.delivered:
        remedy = "check the status of the answer before the record is marked as done"
        message = f"{why}, and Odoo says {play.end.state!r}"
        yield _flaw(played, "lost-silently", play.scenario.id, message, remedy)
    elif not play.end.visible:
        message = f"{why}, and after {len(play.steps)} attempts nobody is told (state {play.end.state!r})"
        remedy = "give up visibly: a failed state, and an activity or a message for whoever must act"
        yield _flaw(played, "failed-silently", play.scenario.id, message, remedy)


def _shared_keys(played: Played) -> Iterator[Flaw]:
    """One idempotency key for two documents: the counterpart would drop the second."""
    header = played.contract.idempotency_header
    owners: dict[str, set[str]] = {}
    for heard in (heard for play in played.plays for heard in play.heard):
        if header and heard.header(header):
            owners.setdefault(heard.header(header), set()).add(business_key(played.contract, heard) or "")
    shared = next((keys for keys in owners.values() if len(keys) > 1), None)
    if shared:
        message = f"{' and '.join(sorted(shared)[:2])} went under the same one"
        yield _flaw(played, "key-reused", "its idempotency keys", message, "give each record a key of its own")


def _flaw(played: Played, rule: str, subject: str, message: str, remedy: str) -> Flaw:
    return Flaw(rule, played.contract.name, subject, message, remedy, played.pact.name)
