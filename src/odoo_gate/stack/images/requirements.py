"""Extra Python requirements of an Odoo image: which lines are accepted, and the form that keys the image."""

from __future__ import annotations

from collections.abc import Iterable

from packaging.requirements import InvalidRequirement, Requirement

from odoo_gate.errors import SettingsError


def normalise(requirements: Iterable[str]) -> tuple[str, ...]:
    """PEP 508 requirements, each in its one spelling, sorted and without repeats: their order does not matter.

    Raises SettingsError on anything else: options and local paths of pip are not accepted.
    """
    return tuple(sorted({_spelled(line) for line in requirements}, key=str.lower))


def _spelled(line: str) -> str:
    try:
        return str(Requirement(line))
    except InvalidRequirement as error:
        raise SettingsError(
            f"requirement {line!r} cannot be used: {str(error).splitlines()[0]}",
            hint="write `name==1.2.3`, one a line; options and local paths of pip are not accepted",
        ) from error
