"""Run a recipe in the Docker engine: progress as it goes, one error when it fails, a tag only when whole."""

from __future__ import annotations

import io
import re
from collections.abc import Mapping

import docker
from docker.errors import DockerException
from requests.exceptions import RequestException
from urllib3.exceptions import HTTPError

from odoo_gate.errors import ImageError
from odoo_gate.model import Say
from odoo_gate.stack.images.recipe import Recipe

_TAIL_LINES = 20
_STEP = re.compile(r"^Step (\d+/\d+) : RUN")
"""The steps that take time."""
_PROXIES = ("HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY", "http_proxy", "https_proxy", "no_proxy")


def build(
    client: docker.DockerClient, recipe: Recipe, env: Mapping[str, str], say: Say, *, fresh: bool = False
) -> None:
    """Build `recipe` and tag it with its reference; the engine tags after the last step, never before.

    The proxies named in `env` are handed to the build and do not stay in the image. `fresh` ignores the
    engine's cache. Raises ImageError with the last lines of the build.
    """
    proxies = {name: env[name] for name in _PROXIES if env.get(name)}
    tail: list[str] = []
    try:
        events = client.api.build(
            fileobj=io.BytesIO(recipe.context()),
            custom_context=True,
            tag=recipe.reference,
            buildargs={"PARENT": recipe.parent, **recipe.arguments, **recipe.unkeyed_arguments, **proxies},
            labels=recipe.labels,
            rm=True,
            forcerm=True,
            nocache=fresh,
            decode=True,
        )
        for event in events:
            if "error" in event:
                raise _failed(recipe, str(event["error"]), tail)
            for line in str(event.get("stream", "")).splitlines():
                if step := _STEP.match(line):
                    say(f"{recipe.image} {recipe.version}: step {step[1]}")
                if line.strip():
                    tail = [*tail[1 - _TAIL_LINES :], line.rstrip()]
    except (DockerException, RequestException, HTTPError) as error:
        raise _failed(recipe, str(error), tail) from error
    if not any(line.startswith("Successfully built") for line in tail):
        raise _failed(recipe, "the engine broke off before the end", tail)


def _failed(recipe: Recipe, reason: str, tail: list[str]) -> ImageError:
    return ImageError(
        "\n".join([f"building {recipe.reference} failed: {reason}", *(f"    {line}" for line in tail)]),
        hint=_next_step("\n".join([reason, *tail])),
    )


def _next_step(output: str) -> str:
    lowered = output.lower()
    if "no space left on device" in lowered:
        return "free disk space where the Docker engine keeps its data (`docker system df`), then run again"
    if "certificate_verify_failed" in lowered or "certificate verify failed" in lowered:
        return "name your company's CA bundle in SSL_CERT_FILE or PIP_CERT, then run again"
    if "no matching distribution" in lowered or "resolutionimpossible" in lowered:
        return "correct the requirements in gate.toml: pip's lines above say which one cannot be met"
    if "temporary failure resolving" in lowered or "could not resolve" in lowered:
        return "give containers a working DNS and a way to the mirror (or set HTTP_PROXY), then run again"
    return "the lines above are the end of the build; correct the cause and run again"
