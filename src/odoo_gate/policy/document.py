"""The policy file: its shape, and the refusal of every file that does not demand anything."""

from __future__ import annotations

import difflib
import re
import tomllib
from collections.abc import Collection, Mapping
from datetime import timedelta
from fnmatch import fnmatchcase
from importlib import resources
from typing import Annotated, Literal

from pydantic import (
    BaseModel,
    Field,
    StringConstraints,
    ValidationError,
    field_validator,
    model_validator,
)

from odoo_gate.errors import SettingsError
from odoo_gate.policy.approvals import ApprovalRules
from odoo_gate.policy.calendar import Calendar
from odoo_gate.policy.limits import Limit, Limits
from odoo_gate.policy.manual import ManualDemand
from odoo_gate.policy.objectives import Bound, Objective, Score
from odoo_gate.policy.override import OverrideRules
from odoo_gate.policy.section import PolicySection, check_pattern
from odoo_gate.policy.waivers import Waiver

MAX_POLICY_BYTES = 1024 * 1024
Act = Annotated[str, StringConstraints(pattern=r"^[a-z_][a-z0-9_.]*:[a-z][A-Za-z0-9_]*$")]
"""`model:operation` or `model:method`."""


class AllowedSkip(PolicySection):
    """Skips that do not keep a release from GO: all three patterns must match.

    `check` and `target` are fnmatch patterns; `reason` is a regular expression that must match the whole of
    the skip's own reason; `because` says why this skip is no loss, and is shown in the report.
    """

    check: str
    target: str = "*"
    reason: str
    because: Annotated[str, Field(min_length=1)]

    _check = field_validator("check")(check_pattern)

    @field_validator("reason")
    @classmethod
    def _says_something(cls, value: str) -> str:
        try:
            expression = re.compile(value)
        except re.error as error:
            raise ValueError(f"{value!r} is not a regular expression: {error}") from error
        if expression.fullmatch(""):
            raise ValueError(f"{value!r} matches every skip or an empty reason; name the reason")
        return value

    @field_validator("because")
    @classmethod
    def _not_blank(cls, value: str) -> str:
        if not value.strip():
            raise ValueError("say why the skip is no loss")
        return value


class EnvironmentRules(PolicySection):
    """What one environment demands of a release.

    `demands` are fnmatch patterns of check ids: each must match at least one check that passed.
    `minimum` raises that number for a pattern. `valid_for_hours`: how long a GO holds, from the first check.
    `waivers` excuse single findings, but none of checks that match `not_waivable`; `calendars` say when nothing goes,
    `approvals` whose yes a deployment needs, `override` who may answer for one without a GO. `limits` bound settings of
    gate.toml, `objectives` what was measured; `manual` is what people must have said. `promoted_from` names the
    environment whose GO on the same release must be there, `timestamp` demands one of a time-stamping authority.
    `canary_company` is the name of the one company in which a probe of the released environment may write.
    """

    demands: Annotated[tuple[str, ...], Field(min_length=1)]
    minimum: Mapping[str, Annotated[int, Field(ge=1, strict=True)]] = Field(default_factory=dict)
    valid_for_hours: Annotated[int, Field(ge=1, le=24 * 366, strict=True)] = 24
    allow_skips: tuple[AllowedSkip, ...] = ()
    not_waivable: tuple[str, ...] = ("run.*",)
    waivers: tuple[Waiver, ...] = ()
    calendars: tuple[Calendar, ...] = ()
    approvals: ApprovalRules | None = None
    override: OverrideRules | None = None
    limits: Limits = Field(default_factory=dict)
    objectives: tuple[Objective, ...] = ()
    score: Score = Score()
    manual: tuple[ManualDemand, ...] = ()
    promoted_from: Annotated[str, StringConstraints(pattern=r"^([A-Za-z0-9][A-Za-z0-9._-]*)?$")] = ""
    timestamp: bool = False
    canary_company: Annotated[str, StringConstraints(max_length=200)] = ""

    @field_validator("not_waivable")
    @classmethod
    def _not_waivable_patterns(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        return tuple(check_pattern(pattern) for pattern in value)

    @model_validator(mode="after")
    def _exceptions_of_their_own(self) -> EnvironmentRules:
        for kind, names in (
            ("waiver", [w.id for w in self.waivers]),
            ("calendar", [c.name for c in self.calendars]),
            ("objective", [o.name for o in self.objectives]),
            ("manual check", [m.check for m in self.manual]),
        ):
            twice = sorted({name for name in names if names.count(name) > 1})
            if twice:
                raise ValueError(f"the {kind} {', '.join(twice)} is listed twice")
        for waiver in self.waivers:
            if any(fnmatchcase(waiver.check, pattern) for pattern in self.not_waivable):
                raise ValueError(f"waiver {waiver.id}: {waiver.check} cannot be waived here (not_waivable)")
        return self

    @field_validator("demands")
    @classmethod
    def _demand_patterns(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        if len(set(value)) != len(value):
            raise ValueError("a demand is listed twice")
        return tuple(check_pattern(pattern) for pattern in value)

    @field_validator("minimum")
    @classmethod
    def _minimum_patterns(cls, value: Mapping[str, int]) -> Mapping[str, int]:
        return {check_pattern(pattern): count for pattern, count in value.items()}

    @property
    def needed(self) -> dict[str, int]:
        """Every demanded pattern with the number of passed results it needs, in the order of the file."""
        manual = dict.fromkeys((each.check for each in self.manual), 1)
        return dict.fromkeys(self.demands, 1) | dict(self.minimum) | manual

    @property
    def families(self) -> frozenset[str]:
        """The families of checks that are demanded."""
        return frozenset(pattern.partition(".")[0] for pattern in self.needed)

    @property
    def valid_for(self) -> timedelta:
        return timedelta(hours=self.valid_for_hours)


class Duty(PolicySection):
    """`[[duties]]`: what nobody may be able to do alone: something of `one` side and something of the `other`.

    An act is `model:create`, `model:read`, `model:write`, `model:unlink` or `model:method`. `allowed` maps a role that
    may have both to the reason, `because` says what could go wrong; both are shown in the report.
    """

    name: Annotated[str, Field(min_length=1)]
    one: Annotated[tuple[Act, ...], Field(min_length=1)]
    other: Annotated[tuple[Act, ...], Field(min_length=1)]
    because: Annotated[str, Field(min_length=1)]
    allowed: Mapping[str, Annotated[str, Field(min_length=1)]] = Field(default_factory=dict)

    @model_validator(mode="after")
    def _two_sides(self) -> Duty:
        shared = sorted({*self.one} & {*self.other})
        if shared:
            raise ValueError(f"{', '.join(shared)} stands on both sides: who may do it would break the rule by that")
        return self


class Policy(PolicySection):
    """A whole policy file: the rules of each environment, by name, and the separation of duties in all of them."""

    version: Literal[1]
    environments: Annotated[Mapping[str, EnvironmentRules], Field(min_length=1)]
    duties: tuple[Duty, ...] = ()

    @field_validator("duties")
    @classmethod
    def _own_names(cls, value: tuple[Duty, ...]) -> tuple[Duty, ...]:
        names = [duty.name for duty in value]
        twice = sorted({name for name in names if names.count(name) > 1})
        if twice:
            raise ValueError(f"{', '.join(twice)} is listed twice")
        return value

    @model_validator(mode="after")
    def _promotions_come_from_somewhere(self) -> Policy:
        for name in self.environments:
            seen = [name]
            while origin := self.environments[seen[-1]].promoted_from:
                if origin not in self.environments:
                    raise ValueError(f"{seen[-1]} is promoted from {origin!r}, which the policy does not have")
                if origin in seen:
                    raise ValueError(f"{name} is promoted from itself, by way of {', '.join(seen[1:]) or name}")
                seen.append(origin)
        return self

    def rules(self, environment: str) -> EnvironmentRules:
        """The rules of `environment`. Raises SettingsError when the policy does not know it."""
        rules = self.environments.get(environment)
        if rules is None:
            known = sorted(self.environments)
            close = difflib.get_close_matches(environment, known, n=1)
            guess = f"did you mean {close[0]!r}? " if close else ""
            raise SettingsError(
                f"the policy has no environment {environment!r}",
                hint=f"{guess}it has {', '.join(known)}; or add [environments.{environment}] to the policy",
            )
        return rules

    def only(self, environment: str, families: Collection[str]) -> Policy:
        """This policy for `environment` when no more than `families` were asked: something of each must pass.

        Demands of other families are left out; those of the run itself stay. Raises SettingsError.
        """
        rules = self.rules(environment)

        def concerns(pattern: str) -> bool:
            return pattern.partition(".")[0] in {"run", *families}

        demands = [pattern for pattern in rules.demands if concerns(pattern)]
        each = [f"{family}.*" for family in families if f"{family}.*" not in demands]
        minimum = {pattern: count for pattern, count in rules.minimum.items() if concerns(pattern)}
        narrowed = rules.model_copy(update={"demands": (*demands, *each), "minimum": minimum, "manual": ()})
        return self.model_copy(update={"environments": {environment: narrowed}})


def load_policy(data: bytes) -> Policy:
    """Read a policy file (TOML, UTF-8).

    Raises SettingsError when it is not TOML, holds an unknown key, or demands nothing in some environment.
    """
    if len(data) > MAX_POLICY_BYTES:
        raise SettingsError(f"the policy is {len(data)} bytes long, more than {MAX_POLICY_BYTES}")
    try:
        document = tomllib.loads(data.decode("utf-8"))
    except (UnicodeDecodeError, tomllib.TOMLDecodeError, RecursionError) as error:
        raise SettingsError(f"the policy is not TOML: {error}", hint="correct that line") from error
    try:
        return Policy.model_validate(document)
    except ValidationError as error:
        raise SettingsError(
            f"the policy cannot be used:\n{_faults(error)}", hint="correct that; docs/policy.md tells each key"
        ) from error


def default_policy() -> bytes:
    """The policy shipped with odoo-gate, for projects whose gate.toml names none."""
    return resources.files(__package__).joinpath("default.toml").read_bytes()


def _faults(error: ValidationError) -> str:
    return "\n".join(f"  {_where(fault['loc'])}: {_what(fault)}" for fault in error.errors(include_url=False))


def _where(location: tuple[int | str, ...]) -> str:
    return ".".join(str(part) for part in location) or "the file"


def _what(fault: Mapping[str, object]) -> str:
    kind = fault["type"]
    location = fault["loc"]
    assert isinstance(location, tuple)
    if kind == "extra_forbidden":
        return f"unknown key {location[-1]!r}{_guess(location)}"
    if kind in ("too_short", "missing") and location[-1] == "demands":
        return "it demands nothing, so anything would be GO; list the checks that must pass"
    if kind in ("too_short", "missing") and location[-1] == "environments":
        return "it has no environment, so it demands nothing"
    return str(fault["msg"]).removeprefix("Value error, ")


def _guess(location: tuple[int | str, ...]) -> str:
    models: tuple[type[BaseModel], ...] = (
        Policy, EnvironmentRules, AllowedSkip, Duty, Waiver, Calendar, ApprovalRules, OverrideRules, Limit, Bound,
        Objective, Score, ManualDemand,
    )  # fmt: skip
    fields = sorted({name for model in models for name in model.model_fields})
    close = difflib.get_close_matches(str(location[-1]), fields, n=1)
    return f"; did you mean {close[0]!r}?" if close else ""
