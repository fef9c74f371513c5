"""Runs inside Odoo: has it keep documents and get them back, and notes what each attempt came to."""

from __future__ import annotations

import base64
import hashlib
import types
from typing import Any, Callable, Dict, List

Attempt = Dict[str, Any]
"""{"value": what came back, or None, "error": what was raised, or nothing}."""


def attempt(
    env: Any,
    say: Callable[[str], None],
    source: str,
    store: Dict[str, str],
    documents: List[Dict[str, str]],
    references: List[str],
) -> Dict[str, List[Attempt]]:
    """Point Odoo at `store`, keep `documents` there, load `references`: each in a transaction of its own."""
    script: Any = types.ModuleType("odoo_gate_documents_script")
    exec(compile(source, "script.py", "exec"), script.__dict__)  # the project's own code
    _in_transaction(env, lambda own: script.point(own, say, **store))

    def keep(document: Dict[str, str]) -> Callable[[Any], Any]:
        return lambda own: script.store(own, say, document["name"], base64.b64decode(document["content"]))

    def load(reference: str) -> Callable[[Any], Any]:
        return lambda own: hashlib.sha256(script.load(own, say, reference)).hexdigest()

    return {
        "stored": [_attempt(env, keep(document)) for document in documents],
        "loaded": [_attempt(env, load(reference)) for reference in references],
    }


def _attempt(env: Any, function: Callable[[Any], Any]) -> Attempt:
    """An error of Odoo's is noted, not raised: whether there is one is the question."""
    try:
        return {"value": str(_in_transaction(env, function)), "error": ""}
    except Exception as error:
        return {"value": None, "error": "%s: %s" % (type(error).__name__, error)}


def _in_transaction(env: Any, function: Callable[[Any], Any]) -> Any:
    with env.registry.cursor() as cursor:
        own = env(cr=cursor)
        result = function(own)
        own.cr.commit()
        return result
