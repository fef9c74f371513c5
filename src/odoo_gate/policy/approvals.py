"""Approvals: how many people of which groups must have said yes to exactly this report."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Annotated

from pydantic import Field, StringConstraints, model_validator

from odoo_gate.policy.section import PolicySection

GroupName = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9-]*$")]


class ApprovalRules(PolicySection):
    """`[environments.NAME.approvals]`: `groups` maps a group to how many of it must approve; each person counts once.

    An approval holds for `valid_for_hours`, or for less when the person said so.
    """

    groups: Annotated[Mapping[GroupName, Annotated[int, Field(ge=1, le=20, strict=True)]], Field(min_length=1)]
    valid_for_hours: Annotated[int, Field(ge=1, le=24 * 31, strict=True)] = 24

    @model_validator(mode="after")
    def _somebody(self) -> ApprovalRules:
        if not self.groups:
            raise ValueError("it asks nobody; name the groups that must approve")
        return self

    @property
    def valid_for(self) -> timedelta:
        return timedelta(hours=self.valid_for_hours)


@dataclass(frozen=True, slots=True)
class Approval:
    """One person's yes, for one of the groups that the person belongs to."""

    person: str
    group: str


def lacking(rules: ApprovalRules, approvals: Iterable[Approval]) -> Mapping[str, int]:
    """How many approvals each group still lacks; empty when there are enough. A second yes of a person adds nothing."""
    by_person = {approval.person: approval.group for approval in approvals}
    given = Counter(by_person.values())
    return {group: needed - given[group] for group, needed in rules.groups.items() if given[group] < needed}
