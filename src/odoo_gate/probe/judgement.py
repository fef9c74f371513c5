"""From what was seen to what to do: pure decisions."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from odoo_gate.probe.model import Answer, Journey, Judged, Observed
from odoo_gate.settings import ProbeSettings


def slow_journeys(journeys: Sequence[Journey], settings: ProbeSettings) -> Iterator[Observed]:
    """Journeys that took too long, against their figure in the signed report, or else in seconds."""
    for journey in journeys:
        if journey.median is None:
            continue
        slow, far = _limits(journey, settings)
        against = _against(journey)
        if journey.median > far:
            message = f"{journey.name} takes {journey.median:.2f} s, more than {far:.2f} s{against}"
            yield Observed("far-too-slow", message, journey.name, "compare load and queries with the time before")
        elif journey.median > slow:
            message = f"{journey.name} takes {journey.median:.2f} s, more than {slow:.2f} s{against}"
            yield Observed("slow", message, journey.name, "look whether it stays so; the next probe will tell")


def conclude(
    journeys: Sequence[Journey], observed: Sequence[Observed], settings: ProbeSettings
) -> tuple[Answer, tuple[Judged, ...]]:
    """What to do, and which observation asks for what. Nothing measured is never fine."""
    if not observed and not any(journey.median is not None for journey in journeys):
        observed = [Observed("not-looked-at", "no journey was measured", "probe")]
    judged = tuple(Judged(each, _asks(each, settings)) for each in observed)
    answers = {each.answer for each in judged}
    if Answer.ROLL_BACK in answers:
        return Answer.ROLL_BACK, judged
    return (Answer.INVESTIGATE if answers else Answer.FINE), judged


def _asks(observed: Observed, settings: ProbeSettings) -> Answer:
    return Answer.ROLL_BACK if observed.rule in settings.roll_back else Answer.INVESTIGATE


def _limits(journey: Journey, settings: ProbeSettings) -> tuple[float, float]:
    """Seconds from which a journey is slow, and far too slow; waits that nobody notices never are."""
    if journey.reference is None:
        return settings.slow_seconds, settings.far_too_slow_seconds
    known, patient = journey.reference.seconds, settings.patient_seconds
    slow = max(settings.investigate_factor * known, patient)
    return slow, max(settings.roll_back_factor * known, slow)


def _against(journey: Journey) -> str:
    if journey.reference is None:
        return ""
    return f"; the signed report has {journey.reference.seconds:.2f} s ({journey.reference.name})"
