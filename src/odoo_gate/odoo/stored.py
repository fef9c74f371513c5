"""What the template store holds: the names of its databases, what their comments tell, and which of them go first.

`t_<key>` is a template, whole and sealed; `b_<key>_<run>` a template that run is building; `c_<run>_<8 hex>` a clone of
that run.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from odoo_gate.errors import TemplateError

_NAME = re.compile(r"(?:t_(?P<template>[0-9a-f]{16})|b_(?P<draft>[0-9a-f]{16})_(?P<builder>[0-9a-z]+)"
                   r"|c_(?P<cloner>[0-9a-z]+)_[0-9a-f]{8})(?:\.partial)?")  # fmt: skip
_DAY = 86400.0
_GB = 1e9


@dataclass(frozen=True, slots=True)
class StoredTemplate:
    """One line of the store's inventory. Times are POSIX seconds, `size` is bytes, filestore included."""

    key: str
    database: str
    label: str
    created: float
    last_used: float
    size: int


def to_prune(
    templates: Iterable[StoredTemplate],
    *,
    max_age_days: float,
    max_size_gb: float,
    now: float,
    spare_seconds: float = 0,
) -> list[StoredTemplate]:
    """Which templates to drop: those unused for longer than the age, then the longest unused above the size.

    A template larger than the whole size goes too, however new it is. What was used within `spare_seconds` stays:
    a run that is going on may want it again.
    """
    doomed: list[StoredTemplate] = []
    kept_size = 0
    for template in sorted(templates, key=lambda each: each.last_used, reverse=True):
        unused = now - template.last_used
        too_much = unused > max_age_days * _DAY or kept_size + template.size > max_size_gb * _GB
        if too_much and unused >= spare_seconds:
            doomed.append(template)
        else:
            kept_size += template.size
    return doomed


def owner_of(name: str) -> str | None:
    """The run a draft or clone belongs to; None for everything else."""
    parts = _NAME.fullmatch(name)
    return (parts["builder"] or parts["cloner"]) if parts else None


def key_of(name: str) -> str | None:
    """The key of a template's database or filestore; None for everything else."""
    parts = _NAME.fullmatch(name)
    return parts["template"] if parts else None


def database_of(key: str) -> str:
    """The database of the template of that key."""
    return f"t_{key}"


def facts_of(name: str, text: str) -> Mapping[str, Any]:
    """What the comment of a template tells. Raises TemplateError."""
    try:
        facts = json.loads(text)
        return {key: facts[key] for key in ("label", "created", "last_used", "seconds", "size", "log")}
    except (ValueError, KeyError, TypeError) as error:
        raise TemplateError(
            f"template {name} has no readable description",
            hint="drop it with `odoo-gate templates prune`; it will be built anew",
        ) from error


def stored_template(name: str, text: str, size_of: Callable[[str], int]) -> StoredTemplate:
    """A template without a readable description is shown as never used: it is the first to be pruned."""
    try:
        facts = facts_of(name, text)
    except TemplateError:
        facts = {"label": "(no readable description)", "created": 0, "last_used": 0, "size": size_of(name)}
    return StoredTemplate(
        key=name.removeprefix("t_"),
        database=name,
        label=str(facts["label"]),
        created=float(facts["created"]),
        last_used=float(facts["last_used"]),
        size=int(facts["size"]),
    )
