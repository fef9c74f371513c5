"""Looks at a genuine statement: does it speak of what is deployed, and follow from what it holds?"""

from __future__ import annotations

import os
import shlex
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from odoo_gate.attest.deployment import Deployment, Examined
from odoo_gate.attest.derived_examination import DerivedExamination
from odoo_gate.attest.statement import (
    ADDONS_SUBJECT,
    CONFIGURATION_SUBJECT,
    IMAGE_SUBJECT,
    SOURCE_SUBJECT,
    ReadinessV1,
    StatementV1,
    reasons_of,
    sha256,
    source_document,
    unique_names,
)
from odoo_gate.errors import GateError, VerificationError
from odoo_gate.policy import Calendar, judge, load_policy, valid_until, windows_at

CLOCK_SKEW = timedelta(minutes=5)
"""How far ahead of ours the clock of the machine that judged may be."""


@dataclass(frozen=True, slots=True)
class StatementExamination:
    """A statement whose signature held, against the caller's own words about the deployment."""

    statement: StatementV1
    deployment: Deployment
    now: datetime
    judged_listing: bytes = b""
    """What the run folder holds as its `addons.sha256`; believed only where its digest is the signed one."""

    @property
    def readiness(self) -> ReadinessV1:
        return self.statement.predicate

    def examine(self) -> Iterator[Examined]:
        yield self._environment()
        yield self._policy()
        yield self._verdict()
        yield from DerivedExamination(self.statement, self.deployment).examine()
        yield from self._subjects()
        yield self._age()
        yield from self._calendars()

    def _environment(self) -> Examined:
        signed, wanted = self.readiness.release.environment, self.deployment.environment
        if wanted is None:
            return _unsaid("environment", "where you deploy to", "--environment NAME")
        if signed != wanted:
            return Examined("environment", False, f"judged for {signed}, you deploy to {wanted}")
        return Examined("environment", True, signed)

    def _policy(self) -> Examined:
        data = self.deployment.policy
        if data is None:
            return _unsaid("policy", "which policy you judge by", "--policy FILE")
        signed = self.readiness.release.policy_digest
        if sha256(data) != signed:
            return Examined(
                "policy",
                False,
                f"judged by the policy {signed[:16]}…, yours is {sha256(data)[:16]}…",
            )
        if self.readiness.policy.encode() != data:
            return Examined("policy", False, "the policy text in the statement is not the policy it names")
        return Examined("policy", True, f"yours, {signed[:16]}…")

    def _verdict(self) -> Examined:
        """Judge the signed checks again, by the caller's policy."""
        data = self.deployment.policy
        if data is None or sha256(data) != self.readiness.release.policy_digest:
            return Examined("verdict", False, "it cannot be recomputed without the policy it was judged by")
        try:
            results = [check.to_result() for check in self.readiness.checks]
            verdict = judge(load_policy(data), self.readiness.release.environment, results, self.readiness.judged_on)
        except (GateError, ValueError) as error:
            return Examined("verdict", False, f"it cannot be recomputed: {error}")
        if verdict.status is not self.readiness.verdict or reasons_of(verdict) != self.readiness.reasons:
            return Examined(
                "verdict",
                False,
                f"{self.readiness.verdict} is signed, but the signed checks say {verdict.status}",
            )
        return Examined("verdict", True, f"{verdict.status} again from {len(results)} signed check results")

    def _subjects(self) -> Iterator[Examined]:
        try:
            signed = dict(unique_names(self.statement.subject))
        except VerificationError as error:
            yield Examined("subjects", False, error.message)
            return
        yield self._addons(signed.pop(ADDONS_SUBJECT, None))
        yield self._configuration(signed.pop(CONFIGURATION_SUBJECT, None))
        yield self._source(signed.pop(SOURCE_SUBJECT, None))
        yield from self._images(
            {n.removeprefix(IMAGE_SUBJECT): signed.pop(n) for n in list(signed) if n.startswith(IMAGE_SUBJECT)}
        )
        for name in signed:
            yield Examined("subjects", False, f"the statement names {name!r}, which odoo-gate does not know")

    def _addons(self, signed: str | None) -> Examined:
        listing = self.deployment.addons_listing
        if signed is None:
            return Examined("addons", False, f"the statement does not name {ADDONS_SUBJECT}")
        if listing is None:
            return _unsaid("addons", "which addons you deploy", "--addons DIR or --project DIR")
        if sha256(listing) != signed:
            return Examined("addons", False, self._difference(signed, listing))
        if self.deployment.byte_code:
            return Examined("addons", False, _of_byte_code(self.deployment.byte_code))
        return Examined("addons", True, f"{len(listing.splitlines())} files, listing {signed[:16]}…")

    def _configuration(self, signed: str | None) -> Examined:
        """gate.toml and what it names: the caller's own files, or those of the clean commit that is deployed."""
        listing, release = self.deployment.configuration, self.readiness.release
        if signed is None:
            return Examined("configuration", False, f"the statement does not name {CONFIGURATION_SUBJECT}")
        if listing is None:
            if release.commit and not release.dirty:
                return Examined("configuration", True, f"that of the commit {release.commit[:12]}")
            return _unsaid("configuration", "by which gate.toml and files it was judged", "--project DIR")
        if sha256(listing) != signed:
            return Examined("configuration", False, "gate.toml, or a file that it names, is not what it was judged by")
        return Examined("configuration", True, f"{len(listing.splitlines())} files, listing {signed[:16]}…")

    def _difference(self, signed: str, listing: bytes) -> str:
        """Which files differ, when the listing that was signed is at hand to tell."""
        sentence = "the files you deploy are not the files that were judged"
        if sha256(self.judged_listing) != signed:
            return sentence
        judged, yours = _files(self.judged_listing), _files(listing)
        names = sorted(name for name in judged.keys() | yours.keys() if judged.get(name) != yours.get(name))
        return f"{sentence}: {_first(names)}"

    def _source(self, signed: str | None) -> Examined:
        release, source = self.readiness.release, self.deployment.source
        if signed is None:
            return Examined("source", False, f"the statement does not name {SOURCE_SUBJECT}")
        if sha256(source_document(release.commit, release.dirty)) != signed:
            return Examined("source", False, "the statement contradicts itself about its commit")
        if source is None:
            return _unsaid("source", "which commit you deploy", "--source COMMIT or --project DIR")
        if (source.commit, source.dirty) != (release.commit, release.dirty):
            judged, yours = _state(release.commit, release.dirty), _state(source.commit, source.dirty)
            return Examined("source", False, f"judged: {judged}; you deploy: {yours}")
        return Examined("source", True, _state(release.commit, release.dirty))

    def _images(self, signed: Mapping[str, str]) -> Iterator[Examined]:
        stated = {image.role: image.digest.removeprefix("sha256:") for image in self.readiness.release.images}
        if stated != signed or len(stated) != len(self.readiness.release.images):
            yield Examined("images", False, "the statement contradicts itself about its images")
            return
        if not signed:
            yield Examined("images", False, "the statement names no image at all")
        for role, digest in signed.items():
            yield _image(role, f"sha256:{digest}", self.deployment.images.get(role))
        instruments = {image.role: image.digest for image in self.readiness.release.instruments}
        for role in sorted((self.deployment.images.keys() & instruments.keys()) - signed.keys()):
            yield _image(role, instruments[role], self.deployment.images[role])
        for role in sorted(self.deployment.images.keys() - signed.keys() - instruments.keys()):
            yield Examined(f"image {role}", False, "you deploy it, and it was not judged")

    def _age(self) -> Examined:
        """Validity, counted from the first check as the caller's policy says, and the caller's own limit."""
        signed, now = self.readiness, self.now
        if signed.judged_on > now + CLOCK_SKEW or signed.started_on > now + CLOCK_SKEW:
            return Examined("age", False, f"judged in the future, {_moment(signed.judged_on)}; see the clocks")
        if now >= signed.valid_until:
            return Examined("age", False, f"it was valid until {_moment(signed.valid_until)}; gate again")
        limit = self.deployment.max_age
        age = now - signed.started_on
        if limit is not None and age > limit:
            return Examined("age", False, f"its first check is {_hours(age)} old, more than {_hours(limit)}")
        fault = self._validity_fault()
        if fault:
            return Examined("age", False, fault)
        return Examined("age", True, f"{_hours(age)} old, valid until {_moment(signed.valid_until)}")

    def _calendars(self) -> Iterator[Examined]:
        """Whether the caller's calendars let anything go now, whatever they said when the run was judged."""
        rules = self.deployment.rules_for(self.readiness.release)
        for calendar in rules.calendars if rules else ():
            yield self._calendar(calendar)

    def _calendar(self, calendar: Calendar) -> Examined:
        name = f"calendar {calendar.name}"
        text = calendar.ical.encode() or self.deployment.calendars.get(calendar.name)
        if text is None:
            return _unsaid(name, "what is in it now", f"--calendar {calendar.name}=FILE")
        try:
            freezes = [window for window in windows_at(calendar, text, self.now) if window.freezes]
        except GateError as error:
            return Examined(name, False, error.message)
        if freezes:
            return Examined(name, False, f"nothing may be deployed now: {freezes[0]}")
        return Examined(name, True, "no freeze now")

    def _validity_fault(self) -> str:
        """Why the signed times cannot follow from the signed checks and the policy; empty when they do."""
        signed = self.readiness
        earliest = min((check.started for check in signed.checks), default=signed.judged_on)
        if signed.started_on != min(earliest, signed.judged_on):
            return "the signed start is not that of the first signed check"
        try:
            rules = load_policy(signed.policy.encode()).rules(signed.release.environment)
            results = [check.to_result() for check in signed.checks]
            ends = DerivedExamination(self.statement, self.deployment).ends(rules)
        except GateError as error:
            return f"the signed policy cannot be used: {error.message}"
        except ValueError as error:
            return f"the signed checks cannot be used: {error}"
        if signed.valid_until != valid_until(rules, results, signed.started_on, signed.judged_on, ends):
            return "the signed validity is not what the policy allows"
        return ""


def _files(listing: bytes) -> Mapping[str, str]:
    """Digest by name, from lines as `sha256sum` prints them."""
    lines = listing.decode("utf-8", "replace").splitlines()
    return {name: digest for digest, _, name in (line.partition("  ") for line in lines)}


def _first(names: Sequence[str]) -> str:
    more = f" and {len(names) - 3} more" if len(names) > 3 else ""
    return ", ".join(names[:3]) + more


def _of_byte_code(names: Sequence[str]) -> str:
    folder = shlex.quote(os.path.commonpath([Path(name).parent for name in names]) or ".")
    remove = rf"find {folder} \( -name __pycache__ -o -name '*.py[co]' \) -prune -exec rm -r {{}} +"
    return (
        f"Python would run byte code in place of the files that were judged: {_first(names)}; "
        f"deploy from a clean checkout, or remove it: {remove}"
    )


def _image(role: str, signed: str, deployed: str | None) -> Examined:
    name = f"image {role}"
    if deployed is None:
        return _unsaid(name, f"which {role} image you deploy", f"--image {role}=sha256:…")
    if deployed != signed:
        return Examined(name, False, f"judged {signed[:23]}…, you deploy {deployed[:23]}…")
    return Examined(name, True, f"{signed[:23]}…")


def _unsaid(name: str, what: str, flag: str) -> Examined:
    return Examined(name, False, f"you did not say {what}: give {flag}")


def _state(commit: str, dirty: bool) -> str:
    if not commit:
        return "no commit"
    return f"commit {commit[:12]} with uncommitted changes" if dirty else f"commit {commit[:12]}"


def _moment(time: datetime) -> str:
    return f"{time:%Y-%m-%d %H:%M} UTC"


def _hours(duration: timedelta) -> str:
    minutes = int(duration.total_seconds()) // 60
    return f"{minutes // 60} h {minutes % 60} min"
