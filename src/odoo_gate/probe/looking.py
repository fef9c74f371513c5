"""One probe from its first request to its conclusion."""

from __future__ import annotations

from datetime import UTC, datetime

from odoo_gate.model import Say, Status, silent
from odoo_gate.probe.canary import Canary
from odoo_gate.probe.journeys import Traveller
from odoo_gate.probe.judgement import conclude, slow_journeys
from odoo_gate.probe.model import Conclusion, Observed
from odoo_gate.probe.signed import SignedReport
from odoo_gate.probe.upkeep import compare_crons, compare_modules, compare_series
from odoo_gate.probe.visitor import Spent, Unwell, Visitor, allowed_origin
from odoo_gate.settings import ProbeSettings


def look(
    url: str, report: SignedReport, login: str, password: str, settings: ProbeSettings, say: Say = silent
) -> Conclusion:
    """Probe the environment at `url` as `login`, and compare it with its signed report.

    It reads only, but for one document in the company that the signed policy names, if gate.toml says which.

    Raises UsageError when it may not go there, InfrastructureError when this machine cannot reach it at all.
    """
    visitor = Visitor(allowed_origin(url, settings.hosts), settings)
    started = datetime.now(UTC)
    traveller = Traveller(visitor, settings, report, say)
    upkeep = _Upkeep(visitor, report, settings)
    canary = Canary(visitor, report, settings.canary, say)
    try:
        if traveller.sign_in(login, password):
            traveller.open_client()
            traveller.run_reads()
            upkeep.compare()
            traveller.open_apps()
            canary.write_and_undo()
            traveller.sign_out()
    except Spent as error:
        upkeep.observed.append(
            Observed("not-looked-at", f"the probe did not come to its end: {error.message}", "probe", _LIMITS)
        )
    finally:
        visitor.close()
    journeys = (*traveller.trip.journeys, *canary.journeys)
    seen = (*traveller.trip.observed, *upkeep.observed, *canary.observed)
    answer, judged = conclude(journeys, [*seen, *slow_journeys(journeys, settings), *_verdict(report)], settings)
    readiness = report.readiness
    return Conclusion(
        url=visitor.origin,
        run=readiness.run,
        environment=readiness.release.environment,
        verdict=str(readiness.verdict),
        started=started,
        ended=datetime.now(UTC),
        requests=visitor.requests,
        answer=answer,
        journeys=journeys,
        findings=judged,
        looked_at=tuple(upkeep.looked_at),
        not_asked=(*upkeep.not_asked, *canary.not_asked),
    )


_LIMITS = "raise max_requests or max_seconds in [probe], or ask less: apps, repeats"


class _Upkeep:
    """The comparisons that are no journeys; what could not be looked at is told, never passed over."""

    def __init__(self, visitor: Visitor, report: SignedReport, settings: ProbeSettings) -> None:
        self.observed: list[Observed] = []
        self.looked_at: list[str] = []
        self.not_asked: list[str] = []
        self._visitor = visitor
        self._report = report
        self._settings = settings

    def compare(self) -> None:
        self._series()
        self._modules()
        self._crons()

    def _series(self) -> None:
        series = self._report.readiness.release.series
        try:
            self.observed += compare_series(self._visitor, series)
        except Unwell as error:
            self._unseen("series", error)
        else:
            self.looked_at.append(f"series {series}")

    def _modules(self) -> None:
        versions = self._report.versions
        if not self._settings.modules:
            self.not_asked.append("modules: switched off in gate.toml")
            return
        if versions is None:
            message = "the versions of the modules that were judged are not at hand: no sbom.cdx.json beside the report"
            remedy = "keep sbom.cdx.json of the run folder beside the report, or set modules = false in [probe]"
            self.observed.append(Observed("not-looked-at", message, "modules", remedy))
            return
        try:
            self.observed += compare_modules(self._visitor, versions)
        except Unwell as error:
            self._unseen("modules", error)
        else:
            self.looked_at.append(f"{len(versions)} modules")

    def _crons(self) -> None:
        if not self._settings.crons:
            self.not_asked.append("crons: switched off in gate.toml")
            return
        try:
            self.observed += compare_crons(self._visitor, self._settings.cron_overdue_minutes)
        except Unwell as error:
            self._unseen("crons", error)
        else:
            self.looked_at.append("scheduled jobs")

    def _unseen(self, what: str, error: Unwell) -> None:
        if error.rule != "refused":
            self.observed.append(Observed(error.rule, error.message, what, error.hint))
            return
        remedy = f"give the probing user the right to read them, or set {what} = false in [probe]"
        self.observed.append(Observed("not-looked-at", f"{what}: {error.message}", what, remedy))


def _verdict(report: SignedReport) -> list[Observed]:
    """A release that runs although its report is no GO: somebody should know why."""
    if report.readiness.verdict is Status.GO:
        return []
    message = f"what runs here was judged {report.readiness.verdict}"
    return [Observed("not-go", message, "report", "give the report of what was released, or find who released it")]
