"""What the tables of a policy file have in common."""

from __future__ import annotations

import re
from typing import Annotated

from pydantic import BaseModel, ConfigDict, StringConstraints

_CHECK_PATTERN = re.compile(r"[a-z][a-z0-9-]*\.[a-z0-9*?\[\]!-]+")

Said = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1)]
"""A text that a person must have written something into."""


class PolicySection(BaseModel):
    """One table of a policy: cannot be changed once read, knows no key but its own."""

    model_config = ConfigDict(frozen=True, extra="forbid")


def check_pattern(pattern: str) -> str:
    """`pattern` when it names checks of one family. Raises ValueError."""
    if not _CHECK_PATTERN.fullmatch(pattern):
        raise ValueError(
            f"{pattern!r} is not a check id or a pattern inside one family, such as 'modules.installs-alone' "
            "or 'tests.*'"
        )
    return pattern
