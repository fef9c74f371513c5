"""Statements that a person signs: opened only with the key that the trust file holds for that person."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from pydantic import ValidationError

from odoo_gate.attest.bundle import open_bundle, read_bundle
from odoo_gate.attest.statement import Signed
from odoo_gate.attest.trust import Person, Trust
from odoo_gate.errors import VerificationError
from odoo_gate.strict_json import NotStrictJson, read_json

MAX_PERSONAL_BYTES = 64 * 1024
"""The longest bundle, and the longest statement in one, of a person."""

AnyStatement = TypeVar("AnyStatement", bound=Signed)


def open_personal(
    data: bytes, trust: Trust, shape: type[AnyStatement], person_of: Callable[[AnyStatement], str], name: str
) -> tuple[AnyStatement, Person]:
    """The statement in a bundle, once it is sure that the person it names signed it, and that person.

    `name` is what such a statement is called (`an approval`). Raises VerificationError: malformed, of somebody
    unknown, by another key.
    """
    if len(data) > MAX_PERSONAL_BYTES:
        raise VerificationError(f"it is longer than {MAX_PERSONAL_BYTES} bytes")
    claimed = person_of(_read(read_bundle(data).payload, shape, name))  # a claim: it only says which key to try
    person = trust.people.get(claimed)
    if person is None:
        raise VerificationError(f"the trust file knows no {claimed!r}")
    return _read(open_bundle(data, person.public_key).payload, shape, name), person


def _read(payload: bytes, shape: type[AnyStatement], name: str) -> AnyStatement:
    try:
        read_json(payload, max_bytes=MAX_PERSONAL_BYTES)
        return shape.model_validate_json(payload, by_alias=True, by_name=False)
    except (NotStrictJson, ValidationError) as error:
        raise VerificationError(f"it is not {name} as odoo-gate writes it") from error
