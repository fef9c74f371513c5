"""Limits: how far gate.toml, which the change under test can touch, may soften what is asked."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Any, Literal

from pydantic import Field, model_validator

from odoo_gate.model import CheckResult, Finding, Outcome, Severity
from odoo_gate.policy.section import PolicySection
from odoo_gate.strict_json import read_json

SETTINGS_CHECK = "run.settings"
_MAX_SETTING_BYTES = 4 * 1024 * 1024

EXCEPTIONS = (
    "invariants.declared",
    "migration.declared",
    "parity.accepted",
    "security.advisories_allowed",
    "security.portal_methods",
    "security.secrets_allowed",
)
"""Settings that excuse something by being there: shown with every verdict, how many there are."""


class Limit(PolicySection):
    """`[environments.NAME.limits]`: what one setting of gate.toml may be, by exactly one of its keys.

    `at_most` and `at_least` bound a number, `at_most_entries` and `at_least_entries` the length of a list, table or
    text; `one_of` names each value that is allowed; `any = true` leaves it to gate.toml, also where it narrows.
    """

    at_most: Annotated[float | None, Field(allow_inf_nan=False)] = None
    at_least: Annotated[float | None, Field(allow_inf_nan=False)] = None
    at_most_entries: Annotated[int | None, Field(ge=0, strict=True)] = None
    at_least_entries: Annotated[int | None, Field(ge=1, strict=True)] = None
    one_of: Annotated[tuple[Any, ...] | None, Field(min_length=1)] = None
    any: Literal[True] | None = None

    @model_validator(mode="before")
    @classmethod
    def _only_a_table(cls, value: object) -> object:
        if not isinstance(value, dict):
            raise ValueError("is written as { at_most = 60 }, or with at_least, at_most_entries, one_of or any")  # noqa: TRY004
        return value

    @model_validator(mode="after")
    def _exactly_one(self) -> Limit:
        if len(self.model_fields_set) != 1:
            raise ValueError("bounds its setting by exactly one key, such as { at_most = 60 }")
        return self

    def fault(self, value: object) -> str:
        """Why `value` is beyond this limit; empty when it is not. What cannot be compared is beyond it."""
        if self.any:
            return ""
        if self.one_of is not None:
            allowed = [_canonical(each) for each in self.one_of]
            return "" if _canonical(value) in allowed else f"the policy allows {' or '.join(allowed)}"
        if self.at_most is not None or self.at_least is not None:
            return self._number_fault(value)
        if not isinstance(value, list | dict | str):
            return "the policy counts its entries, and it has none to count"
        if self.at_most_entries is not None and len(value) > self.at_most_entries:
            return f"the policy allows {self.at_most_entries} entries at most, and there are {len(value)}"
        if self.at_least_entries is not None and len(value) < self.at_least_entries:
            return f"the policy wants {self.at_least_entries} entries at least, and there are {len(value)}"
        return ""

    def _number_fault(self, value: object) -> str:
        if isinstance(value, bool) or not isinstance(value, int | float):
            return "the policy bounds it by a number, and it is none"
        if self.at_most is not None and value > self.at_most:
            return f"the policy allows {self.at_most:g} at most"
        if self.at_least is not None and value < self.at_least:
            return f"the policy wants {self.at_least:g} at least"
        return ""


Limits = Mapping[Annotated[str, Field(pattern=r"^[a-z_]+\.[A-Za-z0-9_]+$")], Limit]
"""By `section.key` of gate.toml."""


@dataclass(frozen=True, slots=True)
class Narrowing:
    """A setting that leaves part of a demanded question unasked, and the only value that leaves nothing out.

    `remedy` where something else than the setting itself is to be corrected.
    """

    key: str
    whole: str
    families: frozenset[str]
    remedy: str = ""


NARROWINGS = (
    Narrowing("tenancy.companies", "[]", frozenset({"tenancy"})),
    Narrowing("tests.tags", '""', frozenset({"tests"})),
    Narrowing("addons.modules", "[]", frozenset({"modules", "tests"})),
    Narrowing("addons.exclude", "[]", frozenset({"modules", "tests"})),
    Narrowing("load.profile", '"full"', frozenset({"load", "resilience"})),
    Narrowing(
        "baseline.same",
        "false",
        frozenset({"contracts", "load", "migration", "security", "tenancy"}),
        "gate.toml compares the candidate with itself: name what production runs today in [baseline]",
    ),
)


def settings_results(
    limits: Mapping[str, Limit], families: Iterable[str], settings: Mapping[str, str], at: datetime
) -> tuple[CheckResult, ...]:
    """`run.settings`: what the policy says of the settings a release was judged with; one result a setting at fault.

    `settings` maps `section.key` to its value in JSON, `families` are those that the policy demands. A setting beyond
    its limit failed; one that narrows a demanded family without the policy's leave left something unasked: errored.
    """
    if not settings and not limits:
        return ()
    faults = [
        *_beyond(limits, settings, at),
        *_narrowed(limits, frozenset(families), settings, at),
    ]
    notes = tuple(_notes(settings))
    whole = CheckResult(SETTINGS_CHECK, "", Outcome.PASSED, at, 0.0, findings=notes)
    return (*faults, whole)


def _beyond(limits: Mapping[str, Limit], settings: Mapping[str, str], at: datetime) -> Iterator[CheckResult]:
    for key, limit in limits.items():
        if key not in settings:
            yield _result(key, Outcome.ERRORED, "unknown-setting", f"the policy bounds {key}, which is no setting", at)
            continue
        fault = limit.fault(_value(settings[key]))
        if fault:
            message = f"{key} is {_short(settings[key])}; {fault}"
            yield _result(key, Outcome.FAILED, "beyond-limit", message, at)


def _narrowed(
    limits: Mapping[str, Limit], families: frozenset[str], settings: Mapping[str, str], at: datetime
) -> Iterator[CheckResult]:
    for each in NARROWINGS:
        value = settings.get(each.key, each.whole)
        if value == each.whole or each.key in limits or not each.families & families:
            continue
        asked = ", ".join(sorted(each.families & families))
        message = f"{each.key} is {_short(value)}: part of what the policy demands of {asked} was not asked"
        yield _result(each.key, Outcome.ERRORED, "narrowed", message, at, each.remedy)


def _result(key: str, outcome: Outcome, rule: str, message: str, at: datetime, remedy: str = "") -> CheckResult:
    usual = f"correct {key} in gate.toml, or let the policy allow it: docs/policy.md, limits"
    finding = Finding(rule, message, Severity.ERROR, remedy=remedy or usual)
    return CheckResult(SETTINGS_CHECK, key, outcome, at, 0.0, message, findings=(finding,))


def _notes(settings: Mapping[str, str]) -> Iterator[Finding]:
    for key in EXCEPTIONS:
        entries = _value(settings.get(key, "[]"))
        if isinstance(entries, list | dict) and entries:
            yield Finding("exceptions", f"{key} has {len(entries)} entries", Severity.NOTE)
    for each in NARROWINGS:
        if settings.get(each.key, each.whole) != each.whole:
            yield Finding("narrowing", f"{each.key} is {_short(settings[each.key])}", Severity.NOTE)


def _value(text: str) -> object:
    """A signed setting. Raises ValueError for what JSON parsers disagree about, NaN among it: nothing bounds that."""
    return read_json(text.encode(), max_bytes=_MAX_SETTING_BYTES)


def _canonical(value: object) -> str:
    return json.dumps(value, sort_keys=True)


def _short(text: str) -> str:
    return text if len(text) <= 120 else f"{text[:117]}..."
