"""`[load]` of `gate.toml`: how many people are at work at the peak, and what they may wait."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, model_validator

from odoo_gate.settings.sections import Line, Section


class LoadObjective(Section):
    """`[load.objectives.<profile>]`: what a peak must give. `p95_seconds` holds for each kind of transaction.

    `at_least` and `at_most` bound what is read back from the database, by the metric's name.
    """

    p95_seconds: Annotated[float, Field(gt=0, allow_inf_nan=False)] = 5.0
    max_refused_share: Annotated[float, Field(ge=0, le=1)] = 0.0
    max_lock_waits: Annotated[int, Field(ge=0)] = 3
    at_least: dict[Line, Annotated[float, Field(allow_inf_nan=False)]] = Field(default_factory=dict)
    at_most: dict[Line, Annotated[float, Field(allow_inf_nan=False)]] = Field(default_factory=dict)


class LoadPeak(Section):
    """`[load.peaks.<profile>]`: what is declared to happen at the peak; what is left out is the profile's own.

    `mix` holds the weights of its transactions; those it leaves out do not happen.
    """

    people: Annotated[int, Field(ge=1, le=2000)] | None = None
    arrivals_per_minute: Annotated[float, Field(gt=0, le=6000, allow_inf_nan=False)] | None = None
    mix: dict[Line, Annotated[float, Field(ge=0, allow_inf_nan=False)]] = Field(default_factory=dict)


class LoadSettings(Section):
    """`profile` says how much is asked: `quick` leaves out what compares candidate and baseline in pairs of blocks.

    What is left out did not run, so a policy that demands it by name refuses the release.

    A call may take `max_query_growth` (0.1 is 10 %) more queries than the baseline's, or `query_allowance` more where
    that is less, and fewer than `max_queries_per_line` more for each line. `margin`: how much slower than the baseline
    (0.08 is 8 %) may be. `rounds` of four blocks are compared, twice as many where that does not decide.
    `drive_seconds` is how long people arrive in each peak. `odoo-gate load capacity` drives each step for
    `capacity_step_seconds`, and raises arrivals to `capacity_max_factor` times the declared peak at most.
    `headroom`: by profile how much more than its declared peak must hold (0.5 is half as much again).
    """

    profile: Literal["full", "quick"] = "full"
    max_query_growth: Annotated[float, Field(ge=0, allow_inf_nan=False)] = 0.10
    query_allowance: Annotated[int, Field(ge=0)] = 3
    max_queries_per_line: Annotated[float, Field(gt=0, allow_inf_nan=False)] = 0.5
    margin: Annotated[float, Field(gt=0, lt=1)] = 0.08
    rounds: Annotated[int, Field(ge=4, le=40)] = 4
    drive_seconds: Annotated[float, Field(ge=5, le=3600)] = 15.0
    capacity_step_seconds: Annotated[float, Field(ge=5, le=600)] = 30.0
    capacity_max_factor: Annotated[float, Field(ge=1, le=16)] = 8.0
    headroom: dict[Line, Annotated[float, Field(ge=0, le=15)]] = Field(default_factory=dict)
    objectives: dict[Line, LoadObjective] = Field(default_factory=dict)
    peaks: dict[Line, LoadPeak] = Field(default_factory=dict)

    @model_validator(mode="after")
    def _within_reach(self) -> LoadSettings:
        for profile, asked in self.headroom.items():
            if 1 + asked > self.capacity_max_factor:
                raise ValueError(f"headroom of {profile} is never reached: raise capacity_max_factor to {1 + asked:g}")
        return self
