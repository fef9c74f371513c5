"""People, gates and authorities of a trust file, made anew for each test."""

from __future__ import annotations

from collections.abc import Mapping

from odoo_gate.attest import KeySigner
from odoo_gate.attest.trust import Trust, load_trust

GOOD = "valid_from = 2026-01-01T00:00:00Z\nvalid_until = 2027-01-01T00:00:00Z\n"


def person(name: str, group: str, signer: KeySigner, dates: str = GOOD) -> str:
    return (
        f'[people.{name}]\nkey = """{signer.public_key.pem.decode()}"""\ngroups = ["{group}"]\n'
        f'emails = ["{name}@example.org"]\n{dates}'
    )


def gate(name: str, signer: KeySigner, environments: str = '"production", "qa"', dates: str = GOOD) -> str:
    return f'[gates.{name}]\nkey = """{signer.public_key.pem.decode()}"""\nenvironments = [{environments}]\n{dates}'


def trust_of(groups: Mapping[str, str], signers: Mapping[str, KeySigner], *more: str, serial: int = 1) -> Trust:
    """A trust file with each person of `groups`, and `more` of its text."""
    people = [person(name, group, signers[name]) for name, group in groups.items()]
    return load_trust("\n".join([f"version = 1\nserial = {serial}", *people, *more]).encode())
