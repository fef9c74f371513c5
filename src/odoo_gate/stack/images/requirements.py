"""Extra Python requirements of an Odoo image: which lines are accepted, and the form that keys the image."""

from __future__ import annotations

import re
from collections.abc import Iterable

from packaging.requirements import InvalidRequirement, Requirement

from odoo_gate.errors import SettingsError

_HASH = re.compile(r"\s+--hash=\w+:[0-9a-fA-F]+")


def normalise(requirements: Iterable[str]) -> tuple[str, ...]:
    """The requirements sorted, without blank lines, comments and repeats; their order does not matter.

    Accepts PEP 508 lines, with `--hash=...` as pip-compile writes them. Raises SettingsError on others.
    """
    text = "\n".join(requirements).replace("\\\n", " ")
    lines = (re.sub(r"(^|\s)#.*", "", line).strip() for line in text.splitlines())
    return tuple(sorted({_checked(line) for line in lines if line}, key=str.lower))


def _checked(line: str) -> str:
    hashes = [found.strip() for found in _HASH.findall(line)]
    try:
        requirement = Requirement(_HASH.sub("", line).strip())
    except InvalidRequirement as error:
        raise SettingsError(
            f"requirement {line!r} cannot be used: {str(error).splitlines()[0]}",
            hint="write `name==1.2.3`, one a line; options and local paths of pip are not accepted",
        ) from error
    return " ".join([str(requirement), *sorted(hashes)])
