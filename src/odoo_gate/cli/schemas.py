"""The JSON schemas of what odoo-gate writes for machines, made from the types it writes them with."""

from __future__ import annotations

import json
from collections.abc import Mapping

from pydantic import BaseModel

from odoo_gate.attest.statement import StatementV1
from odoo_gate.cli import wire
from odoo_gate.evidence import EvidenceLineV1

_DIALECT = "https://json-schema.org/draft/2020-12/schema"

DOCUMENTS: Mapping[str, tuple[type[BaseModel], str]] = {
    "readiness": (StatementV1, "readiness.json, the signed statement of a run"),
    "evidence-line": (EvidenceLineV1, "a line of evidence.jsonl and its sisters"),
    "run": (wire.VerdictV1, "odoo-gate run --json, odoo-gate judge --json"),
    "explain": (wire.ExplanationV1, "odoo-gate explain --json"),
    "doctor": (wire.DoctorV1, "odoo-gate doctor --json"),
    "templates": (wire.TemplatesV1, "odoo-gate templates list --json, odoo-gate data list --json"),
    "up": (wire.StandingV1, "odoo-gate up --json"),
    "down": (wire.ClearedV1, "odoo-gate down --json"),
    "error": (wire.ErrorV1, "what a command with --json prints when it could not do its work"),
}
"""By the name of the schema's file: the type, and what it is the shape of."""


def schemas() -> Mapping[str, str]:
    """The text of each file of docs/schemas/, by its name."""
    return {f"{name}.v1.schema.json": _text(*document) for name, document in DOCUMENTS.items()}


def _text(kind: type[BaseModel], what: str) -> str:
    schema = kind.model_json_schema(by_alias=True, mode="serialization")
    whole = {"$schema": _DIALECT, **schema, "title": what}
    return json.dumps(whole, indent=1, sort_keys=True, ensure_ascii=False) + "\n"
