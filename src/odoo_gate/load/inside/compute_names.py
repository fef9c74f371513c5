"""Runs in Odoo: which method computes a field."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any


def name_computes(env: Any, say: Callable[[str], None], fields: list[list[str]]) -> list[str]:
    """For each [model, field] the name of its compute method; empty for a field that is not computed."""
    say(f"looking up {len(fields)} fields")
    return [_compute(env[model]._fields[name]) for model, name in fields]


def _compute(field: Any) -> str:
    if field.related:
        return f"related {'.'.join(field.related) if not isinstance(field.related, str) else field.related}"
    compute = field.compute
    return compute if isinstance(compute, str) else getattr(compute, "__name__", "")
