"""The emergency override: named people who answer for deploying what the gate did not let go. Never a GO."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import timedelta
from fnmatch import fnmatchcase
from typing import Annotated

from pydantic import Field, field_validator, model_validator

from odoo_gate.model import Reason
from odoo_gate.policy.approvals import GroupName
from odoo_gate.policy.section import PolicySection, check_pattern


class OverrideRules(PolicySection):
    """`[environments.NAME.override]`: `groups` maps a group to how many of it must sign, two people at least in all.

    Only reasons of checks that match `checks` may be overridden, for `valid_for_hours` from the first signature.
    """

    groups: Annotated[Mapping[GroupName, Annotated[int, Field(ge=1, le=20, strict=True)]], Field(min_length=1)]
    checks: Annotated[tuple[str, ...], Field(min_length=1)]
    valid_for_hours: Annotated[int, Field(ge=1, le=24, strict=True)] = 4

    @field_validator("checks")
    @classmethod
    def _patterns(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        return tuple(check_pattern(pattern) for pattern in value)

    @model_validator(mode="after")
    def _two_people(self) -> OverrideRules:
        if sum(self.groups.values()) < 2:
            raise ValueError("an override takes two people at least")
        return self

    @property
    def valid_for(self) -> timedelta:
        return timedelta(hours=self.valid_for_hours)

    def beyond(self, reasons: Iterable[Reason]) -> tuple[str, ...]:
        """The checks among the reasons that nobody may override here."""
        return tuple(
            reason.check for reason in reasons if not any(fnmatchcase(reason.check, pattern) for pattern in self.checks)
        )
