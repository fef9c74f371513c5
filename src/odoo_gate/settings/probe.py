"""`[probe]` of `gate.toml`: how a released environment is looked at."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BeforeValidator, Field, StringConstraints, model_validator

from odoo_gate.settings.sections import Section, _list_only, _unique

ReadingMethod = Literal[
    "search_read", "search_count", "read", "fields_get", "name_search", "get_views", "web_search_read", "web_read",
    "read_group", "web_read_group", "formatted_read_group",
]  # fmt: skip
"""What a journey may call: Odoo's own methods that read."""

ProbeRule = Literal[
    "not-answering", "certificate", "server-error", "unsteady", "refused", "sign-in-refused", "broken-asset",
    "other-series", "other-modules", "module-stuck", "cron-overdue", "cron-standing-still", "slow", "far-too-slow",
    "no-reference", "not-looked-at", "not-go", "canary-lost", "canary-elsewhere", "canary-left",
]  # fmt: skip
"""What a probe may find."""

Seconds = Annotated[float, Field(gt=0, le=600, allow_inf_nan=False)]
Factor = Annotated[float, Field(gt=1, le=100, allow_inf_nan=False)]
FieldName = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]*$", max_length=63)]
Host = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9.-]+$", min_length=1, max_length=253)]


class ProbeJourney(Section):
    """`[[probe.journeys]]`: one call that reads, and the figure of the signed report it is held against.

    `reference` is `check:metric` (`contracts.latency:accounting-slowest-median`), a metric in s or ms.
    """

    name: Annotated[str, StringConstraints(pattern=r"^[a-z0-9]+(-[a-z0-9]+)*$", max_length=60)]
    model: Annotated[str, StringConstraints(pattern=r"^[a-z0-9_]+(\.[a-z0-9_]+)*$")]
    method: ReadingMethod = "search_read"
    ids: tuple[int, ...] = ()
    arguments: dict[str, Any] = Field(default_factory=dict)
    reference: Annotated[str, StringConstraints(pattern=r"^$|^[a-z]+\.[a-z-]+:\S+$")] = ""


class CanaryWrite(Section):
    """`[probe.canary]`: the draft document a probe makes, reads back and takes away again.

    Only in the company that `canary_company` of the signed policy names. `model` must have `company_id` and the text
    field `key`, by which the document is found again. `values` are its other fields; another record is told by its
    name. `cancel` is the method to be called first where a document must be cancelled before it may be deleted; one
    that may not be deleted even then stays, cancelled.
    """

    model: Annotated[str, StringConstraints(pattern=r"^[a-z0-9_]+(\.[a-z0-9_]+)*$")]
    key: FieldName = "name"
    values: dict[FieldName, str | bool | int | float] = Field(default_factory=dict)
    cancel: Annotated[str, StringConstraints(pattern=r"^$|^(action|button)_([a-z]+_)*cancel(_[a-z]+)*$")] = ""

    @model_validator(mode="after")
    def _own_fields(self) -> CanaryWrite:
        ours = {"company_id", self.key} & self.values.keys()
        if ours:
            raise ValueError(f"the probe sets {', '.join(sorted(ours))} by itself")
        return self


class ProbeSettings(Section):
    """What the journeys after a release may cost, and what they may find before somebody has to look.

    Besides loopback the probe goes only to `hosts`. The password of `login` comes from the environment variable
    `password_variable`. `apps`: how many of the user's own menus are opened. A journey is `slow` when its median
    exceeds `slow_seconds`, or `investigate_factor` times its reference and `patient_seconds`; `far-too-slow`
    likewise. `modules` and `crons` switch off what needs rights that a user may not want to give. Findings whose rule
    is in `roll_back` mean a roll-back, all others an investigation.
    """

    hosts: Annotated[tuple[Host, ...], BeforeValidator(_list_only), AfterValidator(_unique)] = ()
    login: str = ""
    password_variable: Annotated[str, StringConstraints(pattern=r"^[A-Z_][A-Z0-9_]*$")] = "ODOO_GATE_PROBE_PASSWORD"
    database: str = ""
    apps: Annotated[int, Field(ge=0, le=50)] = 8
    repeats: Annotated[int, Field(ge=1, le=10)] = 3
    pause_seconds: Annotated[float, Field(ge=0.05, le=60, allow_inf_nan=False)] = 0.2
    timeout_seconds: Seconds = 30
    max_requests: Annotated[int, Field(ge=10, le=1000)] = 250
    max_seconds: Seconds = 180
    patient_seconds: Seconds = 1
    investigate_factor: Factor = 2.5
    roll_back_factor: Factor = 8
    slow_seconds: Seconds = 5
    far_too_slow_seconds: Seconds = 20
    cron_overdue_minutes: Annotated[int, Field(ge=1, le=10080)] = 30
    modules: bool = True
    crons: bool = True
    roll_back: Annotated[tuple[ProbeRule, ...], BeforeValidator(_list_only), AfterValidator(_unique)] = (
        "not-answering",
        "server-error",
        "broken-asset",
        "module-stuck",
        "other-series",
        "far-too-slow",
        "canary-lost",
        "canary-elsewhere",
    )
    journeys: Annotated[tuple[ProbeJourney, ...], BeforeValidator(_list_only)] = ()
    canary: CanaryWrite | None = None

    @model_validator(mode="after")
    def _in_order(self) -> ProbeSettings:
        _unique(tuple(journey.name for journey in self.journeys))
        if self.investigate_factor > self.roll_back_factor:
            raise ValueError("investigate_factor must not exceed roll_back_factor")
        if self.slow_seconds > self.far_too_slow_seconds:
            raise ValueError("slow_seconds must not exceed far_too_slow_seconds")
        return self
