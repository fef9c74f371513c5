"""Which way of looking suits which file, and one finding a value and file whichever way saw it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import PurePosixPath

from odoo_gate.secrets.configuration import secrets_in_assignments, secrets_in_yaml
from odoo_gate.secrets.known_shapes import known_shapes
from odoo_gate.secrets.odoo_data import secrets_in_csv, secrets_in_xml
from odoo_gate.secrets.secret import Secret
from odoo_gate.secrets.sources import TextFile

_LOCK_FILES = frozenset(
    {"package-lock.json", "npm-shrinkwrap.json", "yarn.lock", "pnpm-lock.yaml", "poetry.lock", "uv.lock", "pdm.lock",
     "Pipfile.lock", "pylock.toml", "composer.lock", "Cargo.lock", "go.sum"}
)  # fmt: skip
"""Nothing but hashes and versions: only known shapes are looked for."""
_ASSIGNMENTS = (".conf", ".cfg", ".ini", ".env", ".properties", ".toml", ".rc")
_YAML = (".yaml", ".yml", ".json")
_TRIALS = ("tests", "test", "demo", "static")
"""Folders of an addon that production does not load, or that are public: what they call a password opens nothing."""


def scan(files: Iterable[TextFile]) -> tuple[Secret, ...]:
    """Every secret of `files`, by path and line. Raises InfrastructureError when detect-secrets is not installed."""
    named: list[tuple[str, str]] = []
    shaped: list[tuple[str, str]] = []
    found: list[Secret] = []
    for file in files:
        is_trial = _is_trial(file)
        (shaped if is_trial else named).append((file.path, file.text))
        if not is_trial:
            found += _by_name(file)
    found += known_shapes(named, with_names=True)
    found += known_shapes(shaped, with_names=False)
    return _one_each(found)


def _is_trial(file: TextFile) -> bool:
    path = PurePosixPath(file.path)
    return file.is_demo or path.name in _LOCK_FILES or any(part in _TRIALS for part in path.parts[:-1])


def _by_name(file: TextFile) -> Iterator[Secret]:
    path = PurePosixPath(file.path)
    if path.suffix == ".xml":
        return secrets_in_xml(file.path, file.text)
    if path.suffix == ".csv":
        return secrets_in_csv(file.path, file.text)
    if path.suffix in _YAML:
        return secrets_in_yaml(file.path, file.text)
    if path.suffix in _ASSIGNMENTS or path.name.startswith(".env") or path.name.endswith(".env"):
        return secrets_in_assignments(file.path, file.text)
    return iter(())


def _one_each(found: Iterable[Secret]) -> tuple[Secret, ...]:
    """Two ways of looking may see the same line; the first to see it names it."""
    seen: dict[tuple[str, int], Secret] = {}
    for secret in found:
        seen.setdefault((secret.path, secret.line), secret)
    return tuple(sorted(seen.values(), key=lambda secret: (secret.path, secret.line)))
