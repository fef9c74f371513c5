"""What the gate tests, in the words of a definition."""

from __future__ import annotations

import configparser
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import psycopg
from redis import Redis
from redis.exceptions import RedisError

from odoo_gate.errors import SettingsError, StackError
from odoo_gate.model import ImageIdentity
from odoo_gate.settings import Settings

_FROM_GATE_TOML = {"workers": "stack.workers", "server_wide_modules": "stack.server_wide_modules"}


@dataclass(frozen=True)
class StackUnderTest:
    """The images of the run, Odoo's options, and the settings that its PostgreSQL and its Redis answer with."""

    series: str
    images: Mapping[str, ImageIdentity]
    odoo: Mapping[str, str]
    addons_paths: tuple[str, ...]
    postgres_major: str
    postgres: Mapping[str, str]
    redis: Mapping[str, str]


def read_stack(
    settings: Settings, images: Sequence[ImageIdentity], postgres_dsn: str, redis_url: str
) -> StackUnderTest:
    """Ask the run's servers. Raises StackError when one does not answer, SettingsError for an unreadable odoo.conf."""
    postgres = _postgres(postgres_dsn)
    return StackUnderTest(
        settings.project.series,
        {image.role: image for image in images},
        odoo_options(settings),
        settings.addons.paths,
        postgres.get("server_version", "").partition(".")[0].partition(" ")[0],
        postgres,
        _redis(redis_url),
    )


def odoo_options(settings: Settings) -> dict[str, str]:
    """The `[options]` that Odoo is tested with: `stack.odoo_conf`, and over it what gate.toml sets.

    Raises SettingsError.
    """
    options: dict[str, str] = {}
    if settings.stack.odoo_conf:
        path = settings.resolve(settings.stack.odoo_conf)
        parser = configparser.RawConfigParser(strict=False)
        try:
            parser.read_string(path.read_text("utf-8"))
            options = dict(parser["options"]) if parser.has_section("options") else {}
        except (OSError, UnicodeDecodeError, configparser.Error) as error:
            raise SettingsError(f"{path} cannot be read: {error}", hint="correct stack.odoo_conf") from error
    for option, key in _FROM_GATE_TOML.items():
        if settings.source(key) != "default":
            value = getattr(settings.stack, option)
            options[option] = ",".join(value) if isinstance(value, tuple) else str(value)
    return options


def _postgres(dsn: str) -> dict[str, str]:
    try:
        with psycopg.connect(dsn) as connection:
            rows = connection.execute("SELECT name, setting, coalesce(unit, '') FROM pg_settings").fetchall()
    except psycopg.Error as error:
        raise StackError(f"the run's PostgreSQL does not tell its settings: {error}", hint="read its log") from error
    return {name: f"{setting} x {unit}" if unit[:1].isdigit() else f"{setting}{unit}" for name, setting, unit in rows}


def _redis(url: str) -> dict[str, str]:
    try:
        with Redis.from_url(url, decode_responses=True) as client:
            return {str(key): str(value) for key, value in client.config_get("*").items()}
    except RedisError as error:
        raise StackError(f"the run's Redis does not tell its settings: {error}", hint="read its log") from error
