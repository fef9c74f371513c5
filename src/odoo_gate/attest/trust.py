"""The trust file: who the people are that may approve, by which key, for which groups, and until when."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from datetime import datetime
from typing import Annotated, Literal

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, ValidationError, model_validator

from odoo_gate.attest.keys import PublicKey, public_key_from
from odoo_gate.errors import SettingsError

MAX_TRUST_BYTES = 1024 * 1024


class Person(BaseModel):
    """`[people.NAME]`: a person who may approve for `groups`, with a public key (PEM) nobody else has.

    `emails` are the addresses the person commits with, so that nobody approves their own change. Times are aware.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    key: str
    groups: Annotated[tuple[str, ...], Field(min_length=1)]
    emails: tuple[str, ...] = ()
    valid_from: AwareDatetime
    valid_until: AwareDatetime
    revoked: AwareDatetime | None = None

    @property
    def public_key(self) -> PublicKey:
        return public_key_from(self.key.encode(), "the trust file")

    def holds(self, at: datetime) -> bool:
        """Whether the key could be used `at` that moment. A revoked one never could: its dates prove nothing."""
        return self.revoked is None and self.valid_from <= at < self.valid_until


class Trust(BaseModel):
    """A whole trust file. It comes from a place that the change under test cannot touch."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    version: Literal[1]
    people: Annotated[Mapping[str, Person], Field(min_length=1)]

    @model_validator(mode="after")
    def _a_key_each(self) -> Trust:
        names: dict[str, str] = {}
        for name, person in self.people.items():
            other = names.setdefault(person.public_key.fingerprint, name)
            if other != name:
                raise ValueError(f"{other} and {name} have the same key: one could approve as the other")
        return self

    def names_of(self, identity: str) -> frozenset[str]:
        """Everybody whose name or address `identity` is."""
        folded = identity.strip().casefold()
        return frozenset(
            name
            for name, person in self.people.items()
            if folded == name.casefold() or folded in {email.casefold() for email in person.emails}
        )


def load_trust(data: bytes) -> Trust:
    """Read a trust file (TOML, UTF-8). Raises SettingsError when it cannot be used."""
    try:
        if len(data) > MAX_TRUST_BYTES:
            raise SettingsError(f"the trust file is longer than {MAX_TRUST_BYTES} bytes")
        return Trust.model_validate(tomllib.loads(data.decode("utf-8")))
    except (UnicodeDecodeError, tomllib.TOMLDecodeError, RecursionError) as error:
        raise SettingsError(f"the trust file is not TOML: {error}", hint="correct that line") from error
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        place = ".".join(map(str, first["loc"])) or "the file"
        raise SettingsError(
            f"the trust file cannot be used: {place}: {first['msg'].removeprefix('Value error, ')}",
            hint="correct that; docs/approvals.md tells each key",
        ) from error
