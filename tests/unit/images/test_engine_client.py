"""What the engine says, or does not say, becomes one of our errors with a next step."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from odoo_gate.cache import cache_dir
from odoo_gate.cli.app import app
from odoo_gate.errors import ImageError, StackError
from odoo_gate.model import ImageIdentity
from odoo_gate.stack.client import docker_client, engine_errors
from odoo_gate.stack.images import PULLED, NotPulled, run_reference
from odoo_gate.stack.images.build import build
from odoo_gate.stack.images.recipe import Recipe
from odoo_gate.stack.images.registry import Registries, registry_host, split_reference

RECIPE = Recipe("redis", "redis", "8", "parent", "origin")


def test_no_engine(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DOCKER_HOST", "tcp://127.0.0.1:1")
    with pytest.raises(
        StackError, match=r"no Docker engine answers at tcp://127.0.0.1:1: Connection refused"
    ) as caught:
        docker_client()
    assert "DOCKER_HOST" in caught.value.hint


def test_a_full_disk_is_said_to_be_one(engine: Any) -> None:
    engine.answer("/containers/json", {"message": "write /x: no space left on device"}, 500)
    client = docker_client()
    failure = pytest.raises(StackError, match="Docker failed while listing: write /x: no space left")
    with failure as caught, engine_errors("listing"):
        client.containers.list()
    assert "free disk space" in caught.value.hint


def test_a_silent_registry_is_asked_once(engine: Any) -> None:
    engine.answer("/distribution/postgres:17/json", {"message": "dial tcp: no such host"}, 500)
    registries = Registries(print)
    for reference in ("postgres:17", "redis:8"):
        with pytest.raises(NotPulled, match=f"{reference} could not be pulled: dial tcp: no such host"):
            registries.pull(docker_client(), reference)
    assert engine.asked.count("/distribution/postgres:17/json") == 1
    assert "/distribution/redis:8/json" not in engine.asked
    assert "/images/create" not in engine.asked


def test_a_registry_that_knows_no_such_image_is_asked_for_the_next(engine: Any) -> None:
    engine.answer("/distribution/redis:99/json", {"message": "manifest unknown"}, 404)
    engine.answer("/distribution/redis:8/json", {"Descriptor": {"digest": "sha256:1"}, "Platforms": []})
    engine.stream("/images/create", {"status": "Pulling"}, {"status": "Done"})
    engine.answer("/images/redis:8/json", {"Id": "sha256:2"})
    registries = Registries(print)
    with pytest.raises(NotPulled, match="manifest unknown"):
        registries.pull(docker_client(), "redis:99")
    registries.pull(docker_client(), "redis:8")
    assert "/images/create" in engine.asked


def test_a_pull_that_breaks_off_is_not_taken_for_a_whole_one(engine: Any) -> None:
    engine.answer("/distribution/redis:8/json", {"Descriptor": {"digest": "sha256:1"}, "Platforms": []})
    engine.stream("/images/create", {"status": "Pulling"}, {"error": "unexpected EOF"})
    with pytest.raises(NotPulled, match="unexpected EOF"):
        Registries(print).pull(docker_client(), "redis:8")
    engine.stream("/images/create", {"status": "Pulling"}, ...)
    with pytest.raises(NotPulled):
        Registries(print).pull(docker_client(), "redis:8")


@pytest.mark.parametrize(
    ("reference", "host", "parts"),
    [
        ("redis:8", "", ("redis", "8")),
        ("bitnami/redis", "", ("bitnami/redis", "latest")),
        ("registry.example:5000/team/odoo", "registry.example:5000", ("registry.example:5000/team/odoo", "latest")),
        ("localhost/odoo:19.0", "localhost", ("localhost/odoo", "19.0")),
        ("odoo@sha256:12", "", ("odoo", "sha256:12")),
    ],
)
def test_references(reference: str, host: str, parts: tuple[str, str]) -> None:
    assert registry_host(reference) == host
    assert split_reference(reference) == parts


def test_a_build_that_succeeds_shows_the_steps_that_take_time(engine: Any) -> None:
    steps = ["Step 1/3 : FROM x\n", "Step 2/3 : RUN apt-get\n", "Successfully built 1\n"]
    engine.stream("/build", *({"stream": step} for step in steps))
    said: list[str] = []
    build(docker_client(), RECIPE, {}, said.append)
    assert said == ["redis 8: step 2/3"]


@pytest.mark.parametrize("last", [[...], []], ids=["dies", "ends"])
def test_a_build_that_breaks_off_is_not_taken_for_a_whole_one(engine: Any, last: list[object]) -> None:
    engine.stream("/build", {"stream": "Step 1/3 : FROM x\n"}, *last)
    with pytest.raises(ImageError, match="building odoo-gate/redis:8-") as caught:
        build(docker_client(), RECIPE, {}, print)
    assert caught.value.hint


@pytest.mark.parametrize(
    ("line", "hint"),
    [
        ("E: write error - No space left on device", "free disk space"),
        ("ssl.SSLError: CERTIFICATE_VERIFY_FAILED", "SSL_CERT_FILE"),
        ("ERROR: No matching distribution found for nope==1", "correct the requirements"),
        ("Temporary failure resolving 'mirror.example'", "DNS"),
    ],
)
def test_a_build_that_fails_shows_its_last_lines_and_the_next_step(engine: Any, line: str, hint: str) -> None:
    engine.stream("/build", {"stream": line + "\n"}, {"error": "returned a non-zero code: 1"})
    with pytest.raises(ImageError, match="non-zero code: 1") as caught:
        build(docker_client(), RECIPE, {}, print)
    assert line in caught.value.message
    assert hint in caught.value.hint


def test_an_image_runs_by_content() -> None:
    digest = "sha256:" + "0" * 64
    assert run_reference(ImageIdentity("odoo", "odoo-gate/odoo:19.0-1", digest, "built")) == digest
    pulled = ImageIdentity("odoo", "registry.example:5000/odoo:19.0", digest, PULLED)
    assert run_reference(pulled) == f"registry.example:5000/odoo@{digest}"


def test_the_cache_folder(tmp_path: Path) -> None:
    assert cache_dir({"ODOO_GATE_CACHE": str(tmp_path), "XDG_CACHE_HOME": "/x"}) == tmp_path
    assert cache_dir({"ODOO_GATE_CACHE": "", "XDG_CACHE_HOME": str(tmp_path)}) == tmp_path / "odoo-gate"
    assert cache_dir({}) == Path.home() / ".cache" / "odoo-gate"


@pytest.mark.parametrize("command", [["list"], ["pull"], ["build"], ["show", "redis:8"]])
def test_every_images_command_says_that_there_is_no_engine(
    command: list[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("DOCKER_HOST", "tcp://127.0.0.1:1")
    monkeypatch.chdir(tmp_path)
    with pytest.raises(StackError, match="no Docker engine answers"):
        CliRunner().invoke(app, ["images", *command], standalone_mode=False, catch_exceptions=False)
