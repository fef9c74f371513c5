"""The profiles there are: what each needs, who does what in it, and how its result is read back."""

from __future__ import annotations

import tomllib
from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from importlib import resources
from pathlib import Path
from typing import Any

from odoo_gate.errors import SettingsError, UsageError
from odoo_gate.settings.performance import LoadPeak


class NotApplicable(UsageError):
    """A profile asks for modules or an Odoo that are not there: nothing was driven, and nothing passed."""


@dataclass(frozen=True, slots=True)
class Role:
    """Who works: `groups` where the company itself does not say, `share` of the people, with an employee or not."""

    name: str
    groups: tuple[str, ...]
    share: int
    employee: bool


@dataclass(frozen=True, slots=True)
class Record:
    """Where a transaction leaves its business record, as SQL over the row `r` of `table`.

    `key` tells the intent, `done` whether the record is where the person was told it is, `whole` whether it is
    not half a record.
    """

    table: str
    key: str
    done: str
    whole: str


@dataclass(frozen=True, slots=True)
class Transaction:
    """A kind of transaction; `record` None: it only reads. `modules` it needs besides those of the profile.

    `p95_seconds` is what it may take where it is a long piece of work that people wait for, None where the profile's
    objective holds.
    """

    name: str
    weight: float
    role: str
    modules: tuple[str, ...]
    last: bool
    record: Record | None
    p95_seconds: float | None = None


@dataclass(frozen=True, slots=True)
class Line:
    """A bad line between people and Odoo: milliseconds until an answer comes, kilobytes a second on the way in."""

    milliseconds: float
    kilobytes_per_second: float


@dataclass(frozen=True, slots=True)
class BusinessMetric:
    """One number that SQL reads back after a drive; `expect` is what it must be, None where it is only told."""

    name: str
    unit: str
    sql: str
    expect: float | None
    modules: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Profile:
    """A peak of the business year. People, arrivals and weights are defaults for gate.toml to replace."""

    name: str
    title: str
    series: float
    modules: tuple[str, ...]
    people: int
    arrivals_per_minute: float
    roles: tuple[Role, ...]
    transactions: tuple[Transaction, ...]
    metrics: tuple[BusinessMetric, ...]
    line: Line | None = None
    is_mixed: bool = False

    @property
    def mix(self) -> dict[str, float] | None:
        """For `Plan`: the weights that gate.toml gives; None while they are the profile's own."""
        return {each.name: each.weight for each in self.transactions} if self.is_mixed else None

    def missing(self, modules: Collection[str], series: str) -> str:
        """Why this profile cannot be driven on such a database; empty when it can."""
        absent = sorted(set(self.modules) - set(modules))
        if absent:
            return f"needs the modules {', '.join(self.modules)}; not installed: {', '.join(absent)}"
        if float(series) < self.series:
            return f"speaks to Odoo as its web client does since {self.series:g}, not to {series}"
        if not self.applicable(modules):
            return "has no transaction for the modules that are installed"
        return ""

    def applicable(self, modules: Collection[str]) -> tuple[Transaction, ...]:
        """The transactions that a database with these modules can do."""
        return tuple(each for each in self.transactions if set(each.modules) <= set(modules))

    def transaction(self, name: str) -> Transaction:
        """Raises UsageError when there is none of this name."""
        for each in self.transactions:
            if each.name == name:
                return each
        known = ", ".join(each.name for each in self.transactions)
        raise UsageError(f"{self.name} has no transaction {name!r}", hint=f"known: {known}")


def locustfiles() -> Path:
    """The folder of locustfiles: inside the installed package, or at the top of a checkout of odoo-gate."""
    package = Path(str(resources.files("odoo_gate")))
    return next(folder for folder in (package / "locustfiles", package.parents[1] / "locustfiles") if folder.is_dir())


def locustfile(profile: str) -> Path:
    return locustfiles() / f"{profile.replace('-', '_')}.py"


def load_profiles(peaks: Mapping[str, LoadPeak] | None = None) -> Mapping[str, Profile]:
    """Every profile by name, in the order they are declared, with the peaks that gate.toml declares.

    Raises SettingsError for a peak of an unknown profile or transaction.
    """
    declared = tomllib.loads((locustfiles() / "profiles.toml").read_text(encoding="utf-8"))
    profiles = {name: _profile(name, facts) for name, facts in declared.items()}
    for name, peak in (peaks or {}).items():
        if name not in profiles:
            raise SettingsError(f"load.peaks.{name} is no profile", hint=f"known: {', '.join(profiles)}")
        profiles[name] = _at_peak(profiles[name], peak)
    return profiles


def find_profile(name: str, peaks: Mapping[str, LoadPeak] | None = None) -> Profile:
    """Raises UsageError when there is none of this name, SettingsError as `load_profiles`."""
    profiles = load_profiles(peaks)
    if name not in profiles:
        raise UsageError(f"there is no profile {name!r}", hint=f"known: {', '.join(profiles)}")
    return profiles[name]


def _at_peak(profile: Profile, peak: LoadPeak) -> Profile:
    unknown = sorted(set(peak.mix) - {each.name for each in profile.transactions})
    if unknown:
        known = ", ".join(each.name for each in profile.transactions)
        raise SettingsError(
            f"load.peaks.{profile.name}.mix names {', '.join(unknown)}", hint=f"transactions of this profile: {known}"
        )
    mixed = [replace(each, weight=peak.mix[each.name]) for each in profile.transactions if each.name in peak.mix]
    return replace(
        profile,
        people=peak.people or profile.people,
        arrivals_per_minute=peak.arrivals_per_minute or profile.arrivals_per_minute,
        transactions=tuple(mixed) or profile.transactions,
        is_mixed=bool(mixed),
    )


def _profile(name: str, facts: Mapping[str, Any]) -> Profile:
    return Profile(
        name=name,
        title=facts["title"],
        series=float(facts["series"]),
        modules=tuple(facts["modules"]),
        people=facts["people"],
        arrivals_per_minute=float(facts["arrivals_per_minute"]),
        roles=tuple(_role(each, told) for each, told in facts["roles"].items()),
        transactions=tuple(_transaction(each, told) for each, told in facts["transactions"].items()),
        metrics=tuple(_metric(told) for told in facts.get("metrics", ())),
        line=Line(**facts["line"]) if "line" in facts else None,
    )


def _role(name: str, facts: Mapping[str, Any]) -> Role:
    return Role(name, tuple(facts["groups"]), int(facts.get("share", 1)), bool(facts.get("employee", False)))


def _transaction(name: str, facts: Mapping[str, Any]) -> Transaction:
    record = None
    if "table" in facts:
        record = Record(facts["table"], facts["key"], facts["done"], facts.get("whole", "true"))
    modules = tuple(facts.get("modules", ()))
    return Transaction(
        name,
        float(facts["weight"]),
        facts["role"],
        modules,
        bool(facts.get("last", False)),
        record,
        facts.get("p95_seconds"),
    )


def _metric(facts: Mapping[str, Any]) -> BusinessMetric:
    modules = tuple(facts.get("modules", ()))
    return BusinessMetric(facts["name"], facts["unit"], facts["sql"], facts.get("expect"), modules)
