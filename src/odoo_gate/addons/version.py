"""What a manifest's version says, measured by what Odoo itself accepts.

Odoo takes `x.y`, `x.y.z`, `<series>.x.y` and `<series>.x.y.z`. From 17.0 it refuses anything else (17: error
at load; 18 and 19: error, or the module silently becomes uninstallable when the version is of another
series). Up to 16.0 it prefixes whatever it finds with the series.
"""

from __future__ import annotations

from dataclasses import dataclass

from manifestoo_core.odoo_series import OdooSeries

from odoo_gate.model import Severity

_STRICT_SINCE = 17.0
_BARE_REFUSED_SINCE = 18.0


@dataclass(frozen=True, slots=True)
class VersionProblem:
    """`message` continues a sentence that begins with the addon's name."""

    rule: str
    message: str
    severity: Severity


def version_problem(version: str, series: str) -> VersionProblem | None:
    """What is wrong with `version` in a release of `series`, None when Odoo takes it as it is meant."""
    parts = version.split(".")
    head = ".".join(parts[:2])
    elsewhere = head != series and head in {each.value for each in OdooSeries}
    if elsewhere and len(parts) > 3:
        return VersionProblem("wrong-series", f"has version {version}: made for {head}, not {series}", Severity.ERROR)
    numbered = all(part.isascii() and part.isdigit() for part in parts)
    bare = version == series and float(series) >= _BARE_REFUSED_SINCE
    if bare or not numbered or not 2 <= len(parts) <= (5 if head == series else 3):
        return VersionProblem(
            "version-format",
            f"has version {version!r}; Odoo takes x.y, x.y.z, {series}.x.y or {series}.x.y.z",
            Severity.ERROR if float(series) >= _STRICT_SINCE else Severity.WARNING,
        )
    if elsewhere:
        return VersionProblem(
            "ambiguous-version",
            f"has version {version}, which Odoo reads as {series}.{version}",
            Severity.WARNING,
        )
    return None
