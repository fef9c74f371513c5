"""The signed report as the probe uses it: genuine by its signature, or not used at all."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from odoo_gate.attest.bundle import MAX_BUNDLE_BYTES, MAX_PAYLOAD_BYTES
from odoo_gate.attest.gate_key import examine_key, open_with, trusted_keys
from odoo_gate.attest.keys import PublicKey
from odoo_gate.attest.run_folder import BUNDLE, PAYLOAD, read_whole
from odoo_gate.attest.statement import ReadinessV1, read_statement, sha256
from odoo_gate.attest.trust import Trust
from odoo_gate.errors import VerificationError
from odoo_gate.model import Outcome
from odoo_gate.policy import load_policy
from odoo_gate.probe.model import Reference

SBOM = "sbom.cdx.json"
"""What the release is made of, in the run folder: its digest is signed."""

_ADDON = "odoo-addon"
_SECONDS = {"s": 1.0, "ms": 0.001}
_HINT = "give the run folder as the gate left it, and the key of whoever signs"


@dataclass(frozen=True, slots=True)
class SignedReport:
    """A genuine report. `versions` maps each own addon to its version; None when the listing was not at hand."""

    readiness: ReadinessV1
    versions: dict[str, str] | None

    @property
    def canary_company(self) -> str:
        """Where a probe may write, by the policy that was signed; empty for nowhere. Raises SettingsError."""
        policy = load_policy(self.readiness.policy.encode())
        return policy.rules(self.readiness.release.environment).canary_company

    def reference(self, name: str) -> Reference | None:
        """The figure `check:metric` of a check that passed, in seconds; the largest when several targets have one."""
        check, _, metric = name.partition(":")
        found = [
            each.value * _SECONDS[each.unit]
            for result in self.readiness.checks
            if result.check == check and result.outcome is Outcome.PASSED
            for each in result.metrics
            if each.name == metric and each.unit in _SECONDS
        ]
        return Reference(name, max(found)) if found else None


def read_signed(
    report: Path, key: PublicKey | None, environment: str | None, trust: Trust | None = None
) -> SignedReport:
    """The report in a run folder, a `readiness.json` with its bundle beside it, or a bundle.

    Raises VerificationError unless `key` (None: a gate of `trust`, for its environment and at its time) signed it,
    every file used is the signed one, and it speaks of `environment` (None: of any).
    """
    payload, signed_by = _payload(report, trusted_keys(key, trust))
    readiness = read_statement(payload).predicate
    known = examine_key(signed_by, None if key is not None else trust, readiness, None)
    if not known.held:
        raise VerificationError(f"the report is not genuine: {known.detail}", hint=_HINT)
    if environment is not None and readiness.release.environment != environment:
        raise VerificationError(
            f"the report speaks of {readiness.release.environment}, not of {environment}",
            hint="give the report this environment was released by",
        )
    return SignedReport(readiness, _versions(report if report.is_dir() else report.parent, readiness))


def _payload(report: Path, keys: Sequence[PublicKey]) -> tuple[bytes, PublicKey]:
    """The signed bytes and whose they are; a `readiness.json` must hold exactly them."""
    plain = report if report.name == PAYLOAD and not report.is_dir() else None
    bundle = report / BUNDLE if report.is_dir() else report.parent / BUNDLE if plain else report
    try:
        envelope, signed_by = open_with(read_whole(bundle, MAX_BUNDLE_BYTES), keys)
        payload = envelope.payload
        written = read_whole(plain, MAX_PAYLOAD_BYTES) if plain else payload
    except OSError as error:
        raise VerificationError(f"{bundle} cannot be read: {error.strerror}", hint=_HINT) from error
    except VerificationError as error:
        raise VerificationError(f"the report is not genuine: {error.message}", hint=error.hint or _HINT) from error
    if written != payload:
        raise VerificationError(f"{plain} is not what was signed", hint=_HINT)
    return payload, signed_by


def _versions(folder: Path, readiness: ReadinessV1) -> dict[str, str] | None:
    """Versions from the run's listing, when it lies beside the report. Raises VerificationError if it was changed."""
    listed = [file for file in readiness.evidence if file.path == SBOM]
    if not listed or not (folder / SBOM).exists():
        return None
    data = read_whole(folder / SBOM, MAX_PAYLOAD_BYTES)
    if sha256(data) != listed[0].sha256:
        raise VerificationError(f"{folder / SBOM} is not what was signed", hint=_HINT)
    components: list[dict[str, Any]] = json.loads(data)["components"]
    series = readiness.release.series
    return {
        str(each["name"]): _in_database(str(each["version"]), series)
        for each in components
        if each.get("group") == _ADDON
    }


def _in_database(version: str, series: str) -> str:
    """A manifest's version as Odoo writes it into the database."""
    return version if version.startswith(f"{series}.") else f"{series}.{version}"
