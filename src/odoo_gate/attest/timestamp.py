"""RFC 3161: a third party's word for when a signature was there, so that a stolen key cannot date itself back."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING
from urllib.error import URLError
from urllib.parse import urlsplit
from urllib.request import Request, urlopen

from cryptography import x509

from odoo_gate.attest.trust import Authority
from odoo_gate.errors import InfrastructureError, SettingsError, VerificationError

if TYPE_CHECKING:
    from rfc3161_client import TimeStampResponse

TSA_VARIABLE = "ODOO_GATE_TSA_URL"
MAX_TOKEN_BYTES = 256 * 1024
_SECONDS = 30.0
_NOT_INSTALLED = "install it: pip install 'odoo-gate[timestamps]'"

Stamp = Callable[[bytes], bytes]
"""Asks for a time stamp of a signature; gives the authority's answer (DER)."""


@dataclass(frozen=True, slots=True)
class AuthorityAt:
    """A time-stamping authority at an HTTP address."""

    url: str

    def __call__(self, signature: bytes) -> bytes:
        """Its answer for `signature`. Raises InfrastructureError when it gives none, or one for something else."""
        from rfc3161_client import HashAlgorithm, TimestampRequestBuilder

        request = TimestampRequestBuilder().data(signature).hash_algorithm(HashAlgorithm.SHA256).build()
        answer = _post(self.url, request.as_bytes())
        try:
            response = _decoded(answer)
        except VerificationError as error:
            raise InfrastructureError(f"{self.url} gave no time stamp: {error.message}", hint="see its log") from error
        if response.tst_info.nonce != request.nonce:
            raise InfrastructureError(f"{self.url} answered another question", hint="see what lies between")
        return answer


def stamp_from(env: Mapping[str, str]) -> Stamp | None:
    """The authority that `$ODOO_GATE_TSA_URL` names; None without it. Raises SettingsError."""
    url = env.get(TSA_VARIABLE, "").strip()
    if not url:
        return None
    if urlsplit(url).scheme not in ("http", "https"):
        raise SettingsError(f"${TSA_VARIABLE} is not an http address", hint="give the authority's address")
    _require_client()
    return AuthorityAt(url)


def stamped_on(token: bytes, signature: bytes, authorities: Mapping[str, Authority]) -> tuple[datetime, str]:
    """When the token says that `signature` was there, and which of the trusted authorities says so.

    Raises VerificationError when none of them signed it, or it speaks of another signature.
    """
    try:
        _require_client()
    except SettingsError as error:
        raise VerificationError(error.message, hint=error.hint) from error
    response = _decoded(token)
    faults = []
    for name, authority in authorities.items():
        fault = _fault(response, signature, authority)
        if not fault:
            return response.tst_info.gen_time.astimezone(UTC), name
        faults.append(f"{name}: {fault}")
    raise VerificationError("; ".join(faults) or "the trust file names no time-stamping authority")


def _fault(response: TimeStampResponse, signature: bytes, authority: Authority) -> str:
    """Why the response is not this authority's word for the signature; empty when it is."""
    from rfc3161_client import VerificationError as NotVerified
    from rfc3161_client import VerifierBuilder

    try:
        own = x509.load_pem_x509_certificate(authority.certificate.encode())
        above = x509.load_pem_x509_certificates(authority.issuers.encode()) if authority.issuers.strip() else [own]
        builder = VerifierBuilder(tsa_certificate=own, intermediates=above[:-1], roots=above[-1:])
        imprint = response.tst_info.message_imprint
        if imprint.hash_algorithm.dotted_string != _SHA256:
            return "its imprint is not a sha256"
        builder.build().verify(response, hashlib.sha256(signature).digest())
    except NotVerified as error:
        return str(error)
    except ValueError as error:
        return f"its certificate, or the token, cannot be read: {error}"
    return ""


_SHA256 = "2.16.840.1.101.3.4.2.1"


def _decoded(token: bytes) -> TimeStampResponse:
    """Raises VerificationError for what is no granted response (DER) with a token in it."""
    from rfc3161_client import decode_timestamp_response

    if len(token) > MAX_TOKEN_BYTES:
        raise VerificationError(f"it is longer than {MAX_TOKEN_BYTES} bytes")
    try:
        response = decode_timestamp_response(token)
        response.tst_info.gen_time  # noqa: B018 (a refusal has no token, and only this access tells)
    except ValueError as error:
        raise VerificationError(f"it is no time stamp: {error}") from error
    return response


def _post(url: str, data: bytes) -> bytes:
    headers = {"Content-Type": "application/timestamp-query", "Accept": "application/timestamp-reply"}
    request = Request(url, data=data, headers=headers)
    try:
        with urlopen(request, timeout=_SECONDS) as answer:
            found: bytes = answer.read(MAX_TOKEN_BYTES + 1)
    except (URLError, OSError) as error:
        raise InfrastructureError(
            f"the time-stamping authority {url} does not answer: {error}", hint=f"see ${TSA_VARIABLE}"
        ) from error
    return found


def _require_client() -> None:
    try:
        import rfc3161_client  # noqa: F401
    except ImportError as error:
        raise SettingsError("time stamps need the package rfc3161-client", hint=_NOT_INSTALLED) from error
