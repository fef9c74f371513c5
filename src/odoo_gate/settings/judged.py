"""What gate.toml and the environment say of how a release is judged: values to sign, and the files they name."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from pathlib import Path

from odoo_gate.settings.load import Settings
from odoo_gate.settings.sections import Section

_NOT_OF_THE_JUDGEMENT = frozenset({"project", "store", "policy", "attest"})
"""Sections that name the release, machines and keys: they are signed elsewhere, or soften nothing."""
_OF_THE_MACHINE = frozenset({"recovery.key_file", "recovery.key_variable", "anonymise.salt_file"})
_SIGNED_OTHERWISE = frozenset(
    {
        "addons.paths",
        "baseline.path",
        "baseline.paths",
        "data.dump",
        "data.filestore",
        "parity.definition",
        "security.advisories",
    }
)
"""Settings whose files are another subject of the statement, another release, data that lies anywhere, or a definition
of the environment, into which the deploy job writes what it read in the signed report."""


def judged_settings(settings: Settings) -> Mapping[str, str]:
    """Every setting that shapes what is asked, as `section.key` → its value in JSON, defaults included."""
    return {key: json.dumps(value, sort_keys=True) for key, value in _values(settings)}


def named_paths(settings: Settings) -> tuple[Path, ...]:
    """gate.toml, and every file or folder below the project that a setting names, absolute, in their order."""
    found = {} if settings.file is None else {settings.file: None}
    for key, value in _values(settings):
        if key in _SIGNED_OTHERWISE:
            continue
        for text in _texts(value):
            path = _below(settings.root, text)
            if path is not None:
                found[path] = None
    return tuple(found)


def _values(settings: Settings) -> Iterator[tuple[str, object]]:
    for name in type(settings).model_fields:
        section = getattr(settings, name)
        if not isinstance(section, Section) or name in _NOT_OF_THE_JUDGEMENT:
            continue
        for key, value in section.model_dump(mode="json").items():
            if f"{name}.{key}" not in _OF_THE_MACHINE:
                yield f"{name}.{key}", value


def _texts(value: object) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, list):
        for each in value:
            yield from _texts(each)
    elif isinstance(value, dict):
        for each in value.values():
            yield from _texts(each)


def _below(root: Path, text: str) -> Path | None:
    """The file or folder below `root` that `text` names, if it names one."""
    if not text or len(text) > 255 or not text.isprintable() or Path(text).is_absolute() or ".." in Path(text).parts:
        return None
    path = root / text
    return path if path != root and path.exists() else None
