"""Whether the checkout, or what was committed since the baseline, gives a secret away."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from pathlib import Path

from odoo_gate.addons import baseline_root
from odoo_gate.model import IN_BASELINE, Finding, Metric, Place, Say, Severity, silent
from odoo_gate.secrets import Secret, files_of, scan
from odoo_gate.security.supply.history import History, history_since_baseline
from odoo_gate.settings import Settings

_REVOKE = "revoke it, then read it from the environment or a secret store; git keeps what was once committed"


@dataclass(frozen=True, slots=True)
class SecretsReport:
    """The findings, and how many files and commits were read."""

    findings: tuple[Finding, ...]
    metrics: tuple[Metric, ...]


@dataclass
class _Allowed:
    """The exceptions of gate.toml, and which of them were needed."""

    reasons: dict[str, str]
    used: set[str] = field(default_factory=set)

    def reason(self, secret: Secret) -> str:
        for pattern, reason in self.reasons.items():
            if pattern == secret.fingerprint or fnmatchcase(secret.path, pattern):
                self.used.add(pattern)
                return reason
        return ""

    def unused(self) -> Iterator[Finding]:
        for pattern in sorted(self.reasons.keys() - self.used):
            yield Finding(
                "exception-without-use",
                f"[security.secrets_allowed] allows {pattern!r}, and there is no such secret",
                Severity.NOTE,
                remedy="take it out of gate.toml",
            )


def examine_secrets(settings: Settings, say: Say = silent) -> SecretsReport:
    """Look for secrets in the checkout's own files and in its history since the baseline.

    Raises InfrastructureError when the files, git or detect-secrets do not answer, SettingsError for an unknown
    baseline.
    """
    baseline = settings.baseline
    inside = [settings.resolve(baseline.path)] if baseline and baseline.path else []
    sources = files_of(settings.root, inside)
    say(f"looking for secrets in {len(sources.files)} files")
    allowed = _Allowed(dict(settings.security.secrets_allowed))
    old = _known(baseline_root(settings)) if baseline else frozenset()
    here = scan(sources.files)
    history = history_since_baseline(settings)
    findings = (
        *([] if sources.files else [_nothing_scanned()]),
        *(_in_file(secret, allowed.reason(secret), _key(secret) in old) for secret in here),
        *_in_history(history, here, allowed),
        *_unread(sources.too_large),
        *allowed.unused(),
    )
    metrics = (Metric("files", len(sources.files), "1"), Metric("commits", history.commits, "1"))
    return SecretsReport(findings, metrics)


def _known(root: Path) -> frozenset[tuple[str, str]]:
    return frozenset(_key(secret) for secret in scan(files_of(root).files))


def _key(secret: Secret) -> tuple[str, str]:
    return secret.path, secret.fingerprint


def _nothing_scanned() -> Finding:
    return Finding("nothing-scanned", "not one file was read", remedy="start odoo-gate in the project's checkout")


def _in_file(secret: Secret, reason: str, in_baseline: bool) -> Finding:
    message = f"{secret.path} holds what looks like {secret.kind} (fingerprint {secret.fingerprint})"
    remedy = f'{_REVOKE}. If it is none: [security.secrets_allowed] {secret.fingerprint} = "why"'
    if reason:
        return Finding("secret", f"{message} (allowed: {reason})", Severity.NOTE, secret.place)
    if in_baseline:
        return Finding("secret", f"{message}{IN_BASELINE}", Severity.WARNING, secret.place, remedy)
    return Finding("secret", message, Severity.ERROR, secret.place, remedy)


def _in_history(history: History, here: tuple[Secret, ...], allowed: _Allowed) -> Iterator[Finding]:
    if history.why_not:
        yield Finding(
            "history-not-read",
            f"git's history was not searched: {history.why_not}",
            Severity.NOTE,
            remedy='name the last release in git: [baseline] git = "<tag>"',
        )
        return
    told = {_key(secret) for secret in here}
    for secret in scan(history.files):
        if _key(secret) in told:
            continue
        told.add(_key(secret))
        reason = allowed.reason(secret)
        message = f"{secret.kind} was committed to {secret.path} after {history.base[:12]} and removed again"
        message += f" (fingerprint {secret.fingerprint})"
        place = Place(secret.path)
        if reason:
            yield Finding("secret-in-history", f"{message} (allowed: {reason})", Severity.NOTE, place)
        else:
            yield Finding("secret-in-history", message, Severity.ERROR, place, _REVOKE)


def _unread(paths: tuple[str, ...]) -> Iterator[Finding]:
    for path in paths:
        yield Finding(
            "too-large-to-scan",
            f"{path} is larger than 5 MB and was not searched",
            Severity.WARNING,
            Place(path),
            "keep data of this size out of the repository",
        )
