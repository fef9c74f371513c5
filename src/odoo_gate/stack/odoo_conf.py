"""The user's odoo.conf as a run uses it: every option theirs, except what must differ, and that is shown."""

from __future__ import annotations

import configparser
import io
from collections.abc import Mapping
from dataclasses import dataclass

from odoo_gate.errors import SettingsError

OPTIONS = "options"
_SECRETS = ("passw", "secret", "token", "key")
_MASK = "(hidden)"
_UNSET = "(unset)"


@dataclass(frozen=True, slots=True)
class Required:
    """A value the run needs for one option, and why. None: the option must not be set at all."""

    value: str | None
    why: str


@dataclass(frozen=True, slots=True)
class Override:
    """One option whose value in the user's file is not the one used. Secrets are masked."""

    key: str
    theirs: str
    ours: str
    why: str


@dataclass(frozen=True, slots=True)
class EffectiveConf:
    """The odoo.conf a container gets, and in what it departs from the user's."""

    text: str
    overrides: tuple[Override, ...]


def effective_conf(user_conf: str, required: Mapping[str, Required]) -> EffectiveConf:
    """Put `required` into the `[options]` of `user_conf` (empty: the user has none).

    Other options and sections stay. Raises SettingsError when the file is not one Odoo could read.
    """
    parser = _parse(user_conf)
    overrides: list[Override] = []
    for key, need in required.items():
        theirs = parser.get(OPTIONS, key, fallback=None)
        if theirs is not None and theirs.strip() != need.value:
            overrides.append(Override(key, _shown(key, theirs), _shown(key, need.value), need.why))
        if need.value is None:
            parser.remove_option(OPTIONS, key)
        else:
            parser.set(OPTIONS, key, need.value)
    text = io.StringIO()
    parser.write(text)
    return EffectiveConf(text.getvalue(), tuple(overrides))


def option(user_conf: str, key: str) -> str | None:
    """The user's own value of one option, if the file sets it. Raises SettingsError."""
    return _parse(user_conf).get(OPTIONS, key, fallback=None)


def _parse(user_conf: str) -> configparser.RawConfigParser:
    """As Odoo reads it: no interpolation, keys in lower case."""
    parser = configparser.RawConfigParser()
    try:
        parser.read_string(user_conf, source="odoo.conf")
    except configparser.Error as error:
        raise SettingsError(
            f"odoo.conf cannot be read: {error}", hint="correct the file that stack.odoo_conf names"
        ) from error
    if not parser.has_section(OPTIONS):
        parser.add_section(OPTIONS)
    return parser


def _shown(key: str, value: str | None) -> str:
    if value is None:
        return _UNSET
    return _MASK if any(sign in key for sign in _SECRETS) else value
