"""The supplier portal's own words: one order out, its reference back. Knows nothing of Odoo."""

import requests

CONNECT_SECONDS, READ_SECONDS = 3.05, 5
MAX_WAIT_SECONDS = 86400


class PortalError(Exception):
    """The portal did not take the order."""


class PortalUnavailable(PortalError):
    """It may take it later: in `retry_after` seconds when it said so, else 0."""

    def __init__(self, message, retry_after=0):
        super().__init__(message)
        self.retry_after = retry_after


class PortalRefused(PortalError):
    """It will not take it as it is."""


def send_order(url, token, key, payload):
    """Hand the JSON text `payload` over and return the portal's reference.

    The portal takes a second order under the same `key` for the first one.
    """
    try:
        response = requests.post(
            f"{url.rstrip('/')}/orders",
            data=payload.encode(),
            headers={
                "Content-Type": "application/json",
                "Accept": "application/json",
                "Authorization": f"Bearer {token}",
                "Idempotency-Key": key,
            },
            timeout=(CONNECT_SECONDS, READ_SECONDS),
            allow_redirects=False,
        )
    except requests.RequestException as error:
        raise PortalUnavailable(f"the portal cannot be reached: {type(error).__name__}") from error
    if response.status_code == 429 or response.status_code >= 500:
        raise PortalUnavailable(f"the portal answered {response.status_code}", _retry_after(response))
    if response.status_code not in (200, 201):
        raise PortalRefused(f"the portal answered {response.status_code}: {response.text[:200]}")
    return _reference(response)


def _reference(response):
    """The order may be theirs by now, so what cannot be read is asked for again under the same key."""
    try:
        reference = response.json()["reference"]
    except (ValueError, KeyError, TypeError) as error:
        raise PortalUnavailable("the portal's answer holds no reference") from error
    if not reference or not isinstance(reference, str):
        raise PortalUnavailable("the portal's answer holds no reference")
    return reference


def _retry_after(response):
    seconds = response.headers.get("Retry-After", "")
    return min(int(seconds), MAX_WAIT_SECONDS) if seconds.isdecimal() else 0
