"""The data every room exchanges: frozen, typed, and unable to express an illegal state."""

from __future__ import annotations

import hashlib
import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

Say = Callable[[str], None]
"""How long work tells a person what it is doing: one short line, no trailing newline."""


def silent(_: str) -> None:
    """The `Say` of callers that want no progress."""


class Outcome(StrEnum):
    """How one check ended. Everything but PASSED keeps a release from being GO."""

    PASSED = "passed"
    FAILED = "failed"
    SKIPPED = "skipped"
    ERRORED = "errored"


class Severity(StrEnum):
    ERROR = "error"
    WARNING = "warning"
    NOTE = "note"


class Status(StrEnum):
    """The three answers odoo-gate gives."""

    GO = "GO"
    NO_GO = "NO-GO"
    INCONCLUSIVE = "INCONCLUSIVE"


IN_BASELINE = " (already in the baseline)"
"""What ends the message of a finding that production has already: a warning, where a new one is an error."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where a finding is: a path relative to the project, and a 1-based line when known."""

    path: str
    line: int | None = None

    def __str__(self) -> str:
        return self.path if self.line is None else f"{self.path}:{self.line}"


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing wrong, with its place and its remedy.

    `rule` is a stable kebab-case name inside the check (`missing-dependency`).
    """

    rule: str
    message: str
    severity: Severity = Severity.ERROR
    place: Place | None = None
    remedy: str = ""

    @property
    def fingerprint(self) -> str:
        """16 hex digits that stay the same while rule, file and message do (lines may move)."""
        identity = "\0".join((self.rule, self.place.path if self.place else "", self.message))
        return hashlib.sha256(identity.encode()).hexdigest()[:16]


@dataclass(frozen=True, slots=True)
class Metric:
    """A number with a unit (`s`, `queries`, `bytes`, `1` for a plain count). NaN is refused."""

    name: str
    value: float
    unit: str

    def __post_init__(self) -> None:
        if not math.isfinite(self.value):
            raise ValueError(f"metric {self.name} is {self.value}; a metric is a finite number")


@dataclass(frozen=True, slots=True)
class CheckResult:
    """What one check said about one target.

    `check` is the stable id (`modules.installs-alone`), `target` what it was asked of (an addon, a test;
    empty for the release as a whole). `reason` is mandatory unless the check passed.
    `duration` is in seconds; `started` is timezone-aware. `artifacts` are paths relative to the run folder.
    """

    check: str
    target: str
    outcome: Outcome
    started: datetime
    duration: float
    reason: str = ""
    findings: tuple[Finding, ...] = ()
    metrics: tuple[Metric, ...] = ()
    artifacts: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if "." not in self.check:
            raise ValueError(f"check id {self.check!r} is not of the form family.kebab-case")
        if self.outcome is not Outcome.PASSED and not self.reason:
            raise ValueError(f"{self.check} {self.outcome} without a reason")
        if self.outcome is Outcome.PASSED and any(f.severity is Severity.ERROR for f in self.findings):
            raise ValueError(f"{self.check} passed with an error finding")
        if self.started.tzinfo is None:
            raise ValueError(f"{self.check}: started has no time zone")

    @property
    def family(self) -> str:
        return self.check.split(".", 1)[0]


@dataclass(frozen=True, slots=True)
class ImageIdentity:
    """One image that is part of the release or its stack, by content.

    `role` is `odoo`, `postgres` or `redis`; `digest` is `sha256:<64 hex>` (the repository digest of a pulled
    image, else the image id); `origin` says how it came to be here (`pulled`, `built from Debian trixie`, ...).
    """

    role: str
    reference: str
    digest: str
    origin: str
    packages: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class ReleaseSubject:
    """What exactly is judged, by digest.

    `addons` maps addon name to the sha256 (hex) of its content; `commit` is empty outside git;
    `policy_digest` is the sha256 (hex) of the policy file's bytes. `settings` are those of gate.toml that shape what is
    asked, `section.key` to JSON; `instruments` the images it was examined with that are no part of it, such as nginx.
    """

    project: str
    series: str
    environment: str
    commit: str
    dirty: bool
    addons: Mapping[str, str]
    images: tuple[ImageIdentity, ...]
    policy_digest: str
    baseline: str = ""
    settings: Mapping[str, str] = field(default_factory=dict)
    instruments: tuple[ImageIdentity, ...] = ()


@dataclass(frozen=True, slots=True)
class Reason:
    """Why the verdict is what it is: one line per check id that kept the release from GO."""

    check: str
    outcome: Outcome | None
    """None: the policy demands the check and it did not run."""
    message: str
    targets: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Verdict:
    """The answer and its reasons. GO has none; the other two have at least one."""

    status: Status
    environment: str
    reasons: tuple[Reason, ...] = ()

    def __post_init__(self) -> None:
        if (self.status is Status.GO) == bool(self.reasons):
            raise ValueError(f"{self.status} with {len(self.reasons)} reasons")
