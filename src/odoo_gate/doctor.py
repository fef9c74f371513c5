"""Looks at this machine before a run does, and says what to do about what it finds. Every check is a value."""

from __future__ import annotations

import os
import shutil
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from pathlib import Path
from typing import Any

from odoo_gate.cache import cache_dir
from odoo_gate.errors import GateError
from odoo_gate.settings import Settings, find_gate_toml, load_settings
from odoo_gate.stack.client import docker_client, engine_errors
from odoo_gate.stack.images import Images, run_reference
from odoo_gate.stack.images.catalog import SERIES
from odoo_gate.stack.redis import start_redis
from odoo_gate.stack.run import Run, new_run_id
from odoo_gate.stack.standing import is_up, standings

_GIB = 2**30
_DISK_NEEDED, _DISK_WISHED = 3 * _GIB, 12 * _GIB
"""One series with its test flavour takes 6 GiB of images; templates and clones come on top."""

_CACHE_NEEDED = _GIB
"""A Debian base image is put together there."""

_MEMORY_NEEDED, _MEMORY_WISHED = 2 * _GIB, 4 * _GIB
_CLOCK_SKEW_ALLOWED = 5.0
"""Seconds. Certificates, the age of a report and Odoo's sessions all trust the clock."""

_OLDEST_API = (1, 41)
"""That of Docker Engine 20.10."""


class Health(StrEnum):
    OK = "ok"
    WARNING = "warning"
    PROBLEM = "problem"


@dataclass(frozen=True, slots=True)
class Diagnosis:
    """What one check found; `remedy` is the next step, and empty exactly when all is well."""

    topic: str
    health: Health
    message: str
    remedy: str = ""

    def __post_init__(self) -> None:
        if (self.health is Health.OK) == bool(self.remedy):
            raise ValueError(f"{self.topic}: {self.health} with remedy {self.remedy!r}")


def diagnose(start: Path, env: Mapping[str, str] = os.environ) -> Iterator[Diagnosis]:
    """Every diagnosis, as it is made; `start` is the folder where gate.toml is looked for, upwards."""
    settings, about_settings = check_settings(start, env)
    yield about_settings
    cache = cache_dir(env)
    yield check_cache(cache)
    yield from check_standing(cache)
    try:
        with engine_errors("describing itself"):
            engine = docker_client().info()
            version = docker_client().version()
    except GateError as error:
        yield Diagnosis("docker", Health.PROBLEM, error.message, error.hint)
        return
    yield check_engine(engine, version)
    yield check_memory(int(engine["MemTotal"]))
    yield check_engine_disk(None if _is_elsewhere(env) else Path(engine["DockerRootDir"]))
    yield check_clock(datetime.fromisoformat(engine["SystemTime"]).timestamp(), time.time())
    images = Images(cache=cache, env=env)
    about_images = _guarded("images", lambda: check_images(images, settings))
    yield about_images
    if about_images.health is Health.OK:
        yield _guarded("ports", lambda: check_ports(images, settings, cache))


def check_settings(start: Path, env: Mapping[str, str]) -> tuple[Settings | None, Diagnosis]:
    """The project's settings, when there is a project and they can be used."""
    found = find_gate_toml(start)
    if found is None:
        message = f"no gate.toml in {start} or above"
        return None, Diagnosis("settings", Health.WARNING, message, "write one: odoo-gate init")
    try:
        settings = load_settings(found.parent, env)
    except GateError as error:
        return None, Diagnosis("settings", Health.PROBLEM, error.message, error.hint or f"correct {found}")
    return settings, Diagnosis("settings", Health.OK, f"{found} (Odoo {settings.project.series})")


def check_cache(folder: Path) -> Diagnosis:
    """That the cache can be written and has room."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=folder):
            free = shutil.disk_usage(folder).free
    except OSError as error:
        remedy = "set ODOO_GATE_CACHE to a folder you can write"
        return Diagnosis("cache", Health.PROBLEM, f"{folder}: {error.strerror}", remedy)
    message = f"{folder}: {_gib(free)} free"
    if free < _CACHE_NEEDED:
        return Diagnosis("cache", Health.PROBLEM, message, "free disk space, or set ODOO_GATE_CACHE elsewhere")
    return Diagnosis("cache", Health.OK, message)


def check_standing(cache: Path) -> Iterator[Diagnosis]:
    """The stacks of `odoo-gate up`: those that stand, and those whose process was killed."""
    for standing in standings(cache):
        if is_up(cache, standing):
            message = f"up at {standing.url} for {standing.root}, until `odoo-gate down` there"
            yield Diagnosis("stack", Health.OK, message)
        else:
            message = f"the stack of {standing.root} was killed"
            yield Diagnosis("stack", Health.WARNING, message, f"odoo-gate down --project {standing.root}")


def check_engine(engine: Mapping[str, Any], version: Mapping[str, Any]) -> Diagnosis:
    """Version and storage driver; both mappings are the engine's own answers."""
    driver = str(engine["Driver"])
    message = f"Docker Engine {engine['ServerVersion']}, storage {driver}, {engine['NCPU']} CPUs"
    if tuple(int(part) for part in str(version["ApiVersion"]).split(".")) < _OLDEST_API:
        return Diagnosis("docker", Health.PROBLEM, message, "upgrade to Docker Engine 20.10 or later")
    if engine.get("OSType", "linux") != "linux":
        return Diagnosis("docker", Health.PROBLEM, message, "switch the engine to Linux containers")
    if driver in {"vfs", "devicemapper"}:
        remedy = f"use overlay2: {driver} copies whole images for every container and is slow"
        return Diagnosis("docker", Health.WARNING, message, remedy)
    return Diagnosis("docker", Health.OK, message)


def check_memory(total: int) -> Diagnosis:
    """`total` is the memory of the engine's machine in bytes."""
    message = f"{_gib(total)} on the engine's machine"
    if total < _MEMORY_NEEDED:
        return Diagnosis("memory", Health.PROBLEM, message, f"give it at least {_gib(_MEMORY_NEEDED)}")
    if total < _MEMORY_WISHED:
        remedy = f"{_gib(_MEMORY_WISHED)} let two test workers run side by side; below that use -n 1"
        return Diagnosis("memory", Health.WARNING, message, remedy)
    return Diagnosis("memory", Health.OK, message)


def check_engine_disk(root: Path | None) -> Diagnosis:
    """Free space where the engine keeps its data; None or a path that is not here: it is on another machine."""
    try:
        free = shutil.disk_usage(root).free if root else None
    except OSError:
        free = None
    if free is None:
        message = "the engine keeps its data on another machine, its free disk is not visible from here"
        return Diagnosis("disk", Health.WARNING, message, "look there: docker system df, df -h")
    message = f"{root}: {_gib(free)} free"
    clean_up = "free disk space: docker system df shows what takes it, odoo-gate templates prune drops templates"
    if free < _DISK_NEEDED:
        return Diagnosis("disk", Health.PROBLEM, message, clean_up)
    if free < _DISK_WISHED:
        return Diagnosis("disk", Health.WARNING, message, clean_up)
    return Diagnosis("disk", Health.OK, message)


def check_clock(engine: float, host: float) -> Diagnosis:
    """Both clocks in seconds since the epoch, read at about the same moment."""
    skew = engine - host
    message = f"engine and host differ by {abs(skew):.1f} s"
    if abs(skew) > _CLOCK_SKEW_ALLOWED:
        return Diagnosis("clock", Health.WARNING, message, "synchronise both machines with NTP")
    return Diagnosis("clock", Health.OK, message)


def check_images(images: Images, settings: Settings | None) -> Diagnosis:
    """That the stock images of a run are in the engine."""
    series = settings.project.series if settings else SERIES
    stack = settings.stack if settings else None
    named = (stack.odoo_image, stack.postgres_image, stack.redis_image, stack.nginx_image) if stack else ("",) * 4
    missing = images.missing(series, *named)
    if missing:
        return Diagnosis("images", Health.WARNING, f"not here: {', '.join(missing)}", _get_images(series))
    return Diagnosis("images", Health.OK, f"Odoo {series}, PostgreSQL, Redis and nginx are here")


def check_ports(images: Images, settings: Settings | None, cache: Path) -> Diagnosis:
    """That a container can be started, publishes its port where odoo-gate wants it, and answers there."""
    image = images.redis(settings.stack.redis_image if settings else "")
    with (
        tempfile.TemporaryDirectory(prefix="odoo-gate-doctor-") as folder,
        Run(new_run_id(), Path(folder), cache=cache) as run,
    ):
        address = start_redis(run, run_reference(image)).address
    return Diagnosis("ports", Health.OK, f"a container's port was published and answered on {address.host}")


def _guarded(topic: str, check: Callable[[], Diagnosis]) -> Diagnosis:
    """What `check` finds; if it cannot even look, that is the finding."""
    try:
        return check()
    except GateError as error:
        return Diagnosis(topic, Health.PROBLEM, error.message, error.hint or "run the command again")


def _is_elsewhere(env: Mapping[str, str]) -> bool:
    return env.get("DOCKER_HOST", "").startswith(("tcp:", "http:", "https:", "ssh:"))


def _get_images(series: str) -> str:
    return f"odoo-gate images build --series {series} (some minutes), or let the first run do it"


def _gib(size: int) -> str:
    return f"{size / _GIB:.1f} GiB"
