"""The trust file: whose keys are believed, for what and until when: people, gates, time-stamping authorities."""

from __future__ import annotations

import hashlib
import tomllib
from collections.abc import Mapping
from datetime import datetime
from typing import Annotated, Literal

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, ValidationError, model_validator

from odoo_gate.attest.keys import PublicKey, public_key_from
from odoo_gate.errors import SettingsError

MAX_TRUST_BYTES = 1024 * 1024


class Keyholder(BaseModel):
    """Whoever holds a private key, whose public half (PEM) this file has, and when it is good. Times are aware."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    key: str
    valid_from: AwareDatetime
    valid_until: AwareDatetime
    revoked: AwareDatetime | None = None

    @property
    def public_key(self) -> PublicKey:
        return public_key_from(self.key.encode(), "the trust file")

    def holds(self, at: datetime) -> bool:
        """Whether the key could be used `at` that moment. A revoked one never could: its dates prove nothing."""
        return self.revoked is None and self.valid_from <= at < self.valid_until


class Person(Keyholder):
    """`[people.NAME]`: a person who may approve for `groups`, with a key that nobody else has.

    `emails` are the addresses the person commits with, so that nobody approves their own change.
    """

    groups: Annotated[tuple[str, ...], Field(min_length=1)]
    emails: tuple[str, ...] = ()


class Gate(Keyholder):
    """`[gates.NAME]`: a key that signs reports for `environments`. A new one beside it rotates it."""

    environments: Annotated[tuple[str, ...], Field(min_length=1)]


class Authority(BaseModel):
    """`[timestamps.NAME]`: a time-stamping authority (RFC 3161), by the certificate (PEM) that signs its tokens.

    `issuers` are the certificates above it (PEM, one after another), up to the root; none for a self-signed one.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    certificate: Annotated[str, Field(min_length=1)]
    issuers: str = ""


class Trust(BaseModel):
    """A whole trust file. It comes from a place that the change under test cannot touch.

    `serial` grows with every change: a record that has seen a higher one refuses this file.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    version: Literal[1]
    serial: Annotated[int, Field(ge=0, strict=True)] = 0
    people: Mapping[str, Person] = Field(default_factory=dict)
    gates: Mapping[str, Gate] = Field(default_factory=dict)
    timestamps: Mapping[str, Authority] = Field(default_factory=dict)
    digest: Annotated[str, Field(exclude=True)] = ""
    """sha256 of the file it was read from; never written in it."""

    @model_validator(mode="after")
    def _a_key_each(self) -> Trust:
        if not (self.people or self.gates):
            raise ValueError("it trusts nobody; name people or gates")
        names: dict[str, str] = {}
        gates = {f"the gate {name}": gate for name, gate in self.gates.items()}
        for name, holder in (*self.people.items(), *gates.items()):
            other = names.setdefault(holder.public_key.fingerprint, name)
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
        document = tomllib.loads(data.decode("utf-8"))
        if "digest" in document:
            raise SettingsError("the trust file cannot name its own digest", hint="remove that line")
        return Trust.model_validate({**document, "digest": hashlib.sha256(data).hexdigest()})
    except (UnicodeDecodeError, tomllib.TOMLDecodeError, RecursionError) as error:
        raise SettingsError(f"the trust file is not TOML: {error}", hint="correct that line") from error
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        place = ".".join(map(str, first["loc"])) or "the file"
        raise SettingsError(
            f"the trust file cannot be used: {place}: {first['msg'].removeprefix('Value error, ')}",
            hint="correct that; docs/approvals.md tells each key",
        ) from error
