"""Answers to those who ask before they deploy or merge: GitHub's protection rules, GitLab's external status checks.

Only what was verified for exactly the commit (and environment) of the question is answered with yes. The address comes
from the question only as far as it is one of the API that the caller names: the token goes nowhere else.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import re
from dataclasses import dataclass
from typing import Annotated, Any, TypeVar
from urllib.error import HTTPError, URLError
from urllib.parse import urlsplit
from urllib.request import HTTPRedirectHandler, Request, build_opener

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, ValidationError

from odoo_gate.attest.verification import Verification
from odoo_gate.errors import ExitCode, InfrastructureError, UsageError, VerificationError
from odoo_gate.strict_json import NotStrictJson, read_json

MAX_EVENT_BYTES = 4 * 1024 * 1024
_SECONDS = 30.0
_MAX_COMMENT = 1_000
_CALLBACK = re.compile(r"/repos/[\w.-]+/[\w.-]+/actions/runs/[0-9]+/deployment_protection_rule")
Commit = Annotated[str, StringConstraints(pattern=r"^([0-9a-f]{40}|[0-9a-f]{64})$")]


class _Event(BaseModel):
    """What is needed of an event; services add members at will."""

    model_config = ConfigDict(frozen=True, extra="ignore", strict=True)


class _Deployment(_Event):
    sha: Commit


class ProtectionRuleRequested(_Event):
    """GitHub's `deployment_protection_rule`: a job waits for the environment."""

    action: Annotated[str, StringConstraints(pattern="^requested$")]
    environment: Annotated[str, Field(min_length=1)]
    deployment_callback_url: str
    deployment: _Deployment


class _Project(_Event):
    id: int


class _Commit(_Event):
    id: Commit


class _MergeRequest(_Event):
    iid: int
    last_commit: _Commit


class _Check(_Event):
    id: int


class StatusCheckRequested(_Event):
    """GitLab's external status check: a merge request has a new head."""

    object_kind: Annotated[str, StringConstraints(pattern="^merge_request$")]
    project: _Project
    object_attributes: _MergeRequest
    external_approval_rule: _Check


AnyEvent = TypeVar("AnyEvent", bound=_Event)


@dataclass(frozen=True, slots=True)
class Answer:
    """What to post: an address, the header that carries the token, and the document."""

    url: str
    token_header: str
    body: dict[str, Any]
    says_yes: bool


def read_event(data: bytes, shape: type[AnyEvent], secret: str = "", signature: str = "") -> AnyEvent:
    """The event in a webhook's body. With a secret, `signature` (HMAC-SHA256, hex) must be over exactly these bytes.

    Raises VerificationError.
    """
    if secret:
        expected = hmac.new(secret.encode(), data, hashlib.sha256).hexdigest()
        if not hmac.compare_digest(expected.encode(), signature.removeprefix("sha256=").strip().encode()):
            raise VerificationError("the event is not signed with the secret", hint="give the header's value")
    try:
        read_json(data, max_bytes=MAX_EVENT_BYTES)
        return shape.model_validate_json(data)
    except (NotStrictJson, ValidationError) as error:
        raise VerificationError(f"this is no event to answer: {str(error).splitlines()[0]}") from error


def answer_github(event: ProtectionRuleRequested, verification: Verification, api: str) -> Answer:
    """Approve or reject the waiting job. Raises VerificationError when the event leads elsewhere than to `api`."""
    root = api.rstrip("/")
    path = event.deployment_callback_url.removeprefix(root)
    if not event.deployment_callback_url.startswith(f"{root}/") or not _CALLBACK.fullmatch(path):
        raise VerificationError(
            f"the event wants its answer at {event.deployment_callback_url[:200]}", hint=f"answers go to {root} alone"
        )
    yes = verification.exit_code is ExitCode.GO
    body = {
        "environment_name": event.environment,
        "state": "approved" if yes else "rejected",
        "comment": comment_of(verification),
    }
    return Answer(event.deployment_callback_url, "Authorization", body, yes)


def answer_gitlab(event: StatusCheckRequested, verification: Verification, api: str) -> Answer:
    """Pass or fail the check for exactly the head that was asked about."""
    merge_request = f"projects/{event.project.id}/merge_requests/{event.object_attributes.iid}"
    yes = verification.exit_code is ExitCode.GO
    body = {
        "sha": event.object_attributes.last_commit.id,
        "external_status_check_id": event.external_approval_rule.id,
        "status": "passed" if yes else "failed",
    }
    return Answer(f"{api.rstrip('/')}/{merge_request}/status_check_responses", "PRIVATE-TOKEN", body, yes)


def comment_of(verification: Verification) -> str:
    """Why, in a few lines: what was refused, or the verdict and its reasons."""
    readiness = verification.readiness
    refused = [f"{each.name}: {each.detail}" for each in verification.examined if not each.held]
    if readiness is None or refused:
        lines = ["odoo-gate: this report does not speak for what you deploy", *refused]
    else:
        lines = [
            f"odoo-gate: {readiness.verdict} for {readiness.release.environment}, run {readiness.run}",
            *(f"{reason.check}: {reason.message.partition(chr(10))[0]}" for reason in readiness.reasons),
        ]
    return "\n".join(line for line in lines)[:_MAX_COMMENT]


def send(answer: Answer, token: str) -> int:
    """Post it and return the HTTP status. Raises UsageError, InfrastructureError when it was not taken."""
    scheme = urlsplit(answer.url).scheme
    if scheme not in ("https", "http"):
        raise UsageError(f"{answer.url} is not an http address", hint="give the API's address: --api https://…")
    value = f"Bearer {token}" if answer.token_header == "Authorization" else token
    headers = {"Content-Type": "application/json", "Accept": "application/json", answer.token_header: value}
    request = Request(answer.url, json.dumps(answer.body).encode(), headers)
    try:
        with build_opener(_NoRedirect).open(request, timeout=_SECONDS) as response:
            return int(response.status)
    except HTTPError as error:
        said = error.read(500).decode("utf-8", "replace")
        if error.code == 409:
            raise InfrastructureError(
                "the commit is not the head any more: it was answered too late", hint="wait for the next event"
            ) from error
        raise InfrastructureError(
            f"{answer.url} answered {error.code}: {said}", hint="see the token's rights"
        ) from error
    except (URLError, OSError) as error:
        raise InfrastructureError(f"{answer.url} cannot be reached: {error}", hint="see --api") from error


class _NoRedirect(HTTPRedirectHandler):
    """A token is not carried to where an answer points."""

    def redirect_request(self, *_: object) -> None:
        return None
