"""Pact files: what a consumer sends and what a provider answers, read strictly from a checkout."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from odoo_gate.contracts.errors import ContractError
from odoo_gate.strict_json import NotStrictJson, read_json

_MAX_BYTES = 5_000_000
_HTTP = "Synchronous/HTTP"
_VERSIONS = ("3", "4")


@dataclass(frozen=True, slots=True)
class Message:
    """One side of an interaction. `rules` are Pact's matching rules by part; `body` None: nothing is said of it."""

    headers: Mapping[str, tuple[str, ...]]
    body: str | None
    content_type: str
    rules: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Interaction:
    """One request, and the answer to it."""

    description: str
    method: str
    path: str
    query: Mapping[str, tuple[str, ...]]
    request: Message
    status: int
    response: Message

    @property
    def succeeds(self) -> bool:
        return 200 <= self.status < 300


@dataclass(frozen=True, slots=True)
class PactFile:
    """A contract between `consumer` and `provider`; `name` is the file's, relative to the project."""

    name: str
    consumer: str
    provider: str
    interactions: tuple[Interaction, ...]


def read_pact(path: Path, name: str) -> PactFile:
    """The HTTP interactions of a Pact file of version 3 or 4. Raises ContractError naming file and fault."""
    try:
        document = read_json(path.read_bytes(), max_bytes=_MAX_BYTES)
    except OSError as error:
        raise ContractError(f"{name} cannot be read: {error.strerror}", hint="correct its path in gate.toml") from error
    except NotStrictJson as error:
        raise ContractError(f"{name} cannot be used: {error}", hint="correct the file") from error
    try:
        return _pact(document, name)
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise ContractError(
            f"{name} is no Pact file of version 3 or 4: {type(error).__name__}: {error}",
            hint="write it with a Pact library, or see docs/contracts-calls.md",
        ) from error


def _pact(document: Any, name: str) -> PactFile:
    version = str(document["metadata"]["pactSpecification"]["version"])
    if version.split(".")[0] not in _VERSIONS:
        raise ValueError(f"it says version {version}")
    found = tuple(_interaction(each, f"interaction {number}") for number, each in enumerate(document["interactions"]))
    if not found:
        raise ValueError("it holds no interactions")
    twice = {each.description for each in found if [one.description for one in found].count(each.description) > 1}
    if twice:
        raise ValueError(f"two interactions are called {sorted(twice)[0]!r}")
    return PactFile(name, str(document["consumer"]["name"]), str(document["provider"]["name"]), found)


def _interaction(plain: Mapping[str, Any], where: str) -> Interaction:
    if plain.get("type", _HTTP) != _HTTP or "request" not in plain:
        raise ValueError(f"{where} is not of type {_HTTP}")
    request, response = plain["request"], plain["response"]
    query = request.get("query") or {}
    if not isinstance(query, Mapping):
        raise TypeError(f"{where}: its query is not a mapping, as version 2 wrote it")
    return Interaction(
        description=str(plain["description"]),
        method=str(request["method"]).upper(),
        path=str(request["path"]),
        query={str(key): _values(value) for key, value in query.items()},
        request=_message(request),
        status=int(response["status"]),
        response=_message(response),
    )


def _message(plain: Mapping[str, Any]) -> Message:
    headers = {str(key): _values(value) for key, value in (plain.get("headers") or {}).items()}
    told = next((value[0] for key, value in headers.items() if key.lower() == "content-type"), "")
    body, content_type = _body(plain.get("body"), told)
    return Message(headers, body, content_type, plain.get("matchingRules") or {})


def _body(body: Any, told: str) -> tuple[str | None, str]:
    """Version 4 wraps the content, version 3 does not; JSON comes as a value, all else as text."""
    if isinstance(body, Mapping) and "content" in body and set(body) <= {"content", "contentType", "encoded"}:
        if body.get("encoded"):
            raise ValueError("a body is encoded: binary bodies are not supported")
        content, told = body["content"], str(body.get("contentType") or told)
    else:
        content = body
    if content is None:
        return None, told
    told = told or "application/json"
    return (content if isinstance(content, str) and "json" not in told else json.dumps(content)), told


def _values(value: str | Sequence[str]) -> tuple[str, ...]:
    return (value,) if isinstance(value, str) else tuple(str(each) for each in value)
