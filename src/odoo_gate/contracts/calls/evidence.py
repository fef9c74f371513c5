"""What was really exchanged, as a Pact file that other tools read."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any
from urllib.parse import parse_qs

from odoo_gate.contracts.calls.matching import OF_THE_CONNECTION
from odoo_gate.contracts.calls.plays import Play, Played
from odoo_gate.stack.counterpart import Heard

_SECRET_HEADERS = {"authorization", "cookie", "proxy-authorization"}
_HIDDEN = "(not kept)"


def recorded(played: Played) -> dict[str, Any]:
    """A Pact of version 4: an interaction for every request the counterpart heard. Credentials are left out."""
    return {
        "consumer": {"name": played.pact.consumer},
        "provider": {"name": played.pact.provider},
        "interactions": [each for play in played.plays for each in _interactions(play)],
        "metadata": {"pactSpecification": {"version": "4.0"}},
    }


def _interactions(play: Play) -> Iterator[dict[str, Any]]:
    for heard in play.heard:
        yield {
            "type": "Synchronous/HTTP",
            "description": f"{play.scenario.id}: request {heard.number + 1} for {play.key}",
            "pending": False,
            "request": {
                "method": heard.method,
                "path": heard.path,
                "headers": _headers(heard),
                **({"query": parse_qs(heard.query, keep_blank_values=True)} if heard.query else {}),
                **({"body": _body(heard)} if heard.body else {}),
            },
            "response": {"status": heard.status},
            "comments": {"text": [f"answered {heard.manner}, {'' if heard.commits else 'not '}taken on"]},
        }


def _headers(heard: Heard) -> dict[str, list[str]]:
    headers: dict[str, list[str]] = {}
    for name, value in heard.headers:
        if name.lower() in OF_THE_CONNECTION:
            continue
        headers.setdefault(name, []).append(_HIDDEN if name.lower() in _SECRET_HEADERS else value)
    return headers


def _body(heard: Heard) -> dict[str, Any]:
    content_type = heard.header("Content-Type") or "application/octet-stream"
    text = heard.body.decode(errors="replace")
    try:
        content = json.loads(text) if "json" in content_type else text
    except ValueError:
        content = text
    return {"content": content, "contentType": content_type, "encoded": False}
