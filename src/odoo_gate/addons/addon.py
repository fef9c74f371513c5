"""One addon as its manifest describes it."""

from __future__ import annotations

import ast
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

from manifestoo_core.exceptions import InvalidManifest
from manifestoo_core.manifest import Manifest, get_manifest_path

Origin = Literal["checkout", "image"]


class BrokenManifest(Exception):
    """A manifest Odoo itself would refuse; `line` is 1-based when known."""

    def __init__(self, message: str, line: int | None = None) -> None:
        super().__init__(message)
        self.line = line


@dataclass(frozen=True, slots=True)
class Addon:
    """An Odoo module on disk.

    `path` is its folder on this machine; `origin` says whether the project or the Odoo image brings it.
    `depends` is what must be installed before it (`base` when the manifest names nothing);
    `auto_install_triggers` are the modules whose presence installs it by itself.
    """

    name: str
    path: Path
    manifest: Mapping[str, Any] = field(repr=False)
    series: str
    origin: Origin
    depends: tuple[str, ...]
    auto_install: bool
    auto_install_triggers: tuple[str, ...]
    installable: bool
    version: str

    @property
    def manifest_path(self) -> Path:
        return get_manifest_path(self.path) or self.path / "__manifest__.py"


def read_addon(folder: Path, origin: Origin, series: str) -> Addon:
    """The addon in `folder`. Raises BrokenManifest when Odoo could not use its manifest."""
    return addon_from(read_manifest(folder), folder, origin, series)


def read_manifest(folder: Path) -> dict[str, Any]:
    """The manifest's dictionary. Raises BrokenManifest."""
    path = get_manifest_path(folder)
    if path is None:
        raise BrokenManifest("there is no __manifest__.py")
    try:
        text = path.read_text("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise BrokenManifest(f"cannot be read: {error}") from error
    try:
        return Manifest.from_str(text, source=path.name).manifest_dict
    except InvalidManifest as error:
        line = error.__cause__.lineno if isinstance(error.__cause__, SyntaxError) else None
        raise BrokenManifest(_reason(error), line) from error
    except (ValueError, TypeError, RecursionError, MemoryError) as error:
        # ast.literal_eval, which Odoo uses too, takes literals only and gives up on absurd nesting
        raise BrokenManifest(f"is not one Python literal: {error}", _first_offender(text)) from error


def addon_from(manifest: Mapping[str, Any], folder: Path, origin: Origin, series: str) -> Addon:
    """An addon from an already parsed manifest. Raises BrokenManifest when a value has the wrong type."""
    depends = _names(manifest, "depends")
    installable = manifest.get("installable", True)
    version = manifest.get("version", "1.0")
    if not isinstance(version, str):
        raise BrokenManifest(f"'version' must be a string, not {version!r}")
    name = folder.name
    if not depends and name != "base":
        depends = ("base",)
    auto_install, triggers = _auto_install(manifest, depends)
    return Addon(
        name=name,
        path=folder,
        manifest=manifest,
        series=series,
        origin=origin,
        depends=depends,
        auto_install=auto_install,
        auto_install_triggers=triggers,
        installable=bool(installable),
        version=version,
    )


def _auto_install(manifest: Mapping[str, Any], depends: tuple[str, ...]) -> tuple[bool, tuple[str, ...]]:
    """`True` means all dependencies, a list means those, an empty list means always."""
    written = manifest.get("auto_install", False)
    if not isinstance(written, list | tuple | set):
        return bool(written), depends if written else ()
    strangers = sorted(set(written) - set(depends))
    if strangers:
        raise BrokenManifest(f"'auto_install' names {', '.join(strangers)}, not among its dependencies")
    return True, tuple(written)


def _names(manifest: Mapping[str, Any], key: str) -> tuple[str, ...]:
    value = manifest.get(key, [])
    if not isinstance(value, list | tuple) or not all(isinstance(item, str) for item in value):
        raise BrokenManifest(f"{key!r} must be a list of module names, not {value!r}")
    return tuple(dict.fromkeys(value))


def _reason(error: InvalidManifest) -> str:
    if isinstance(error.__cause__, SyntaxError):
        return f"is not valid Python: {error.__cause__.msg}"
    return str(error).replace("Manifest ", "", 1)


def _first_offender(text: str) -> int | None:
    """The line of the first value that is not a literal."""
    try:
        tree = ast.parse(text)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return None
    literal = (
        ast.Module, ast.Expr, ast.Dict, ast.List, ast.Tuple, ast.Set, ast.Constant,
        ast.expr_context, ast.UnaryOp, ast.unaryop, ast.BinOp, ast.operator,
    )  # fmt: skip
    lines = [node.lineno for node in ast.walk(tree) if not isinstance(node, literal) and hasattr(node, "lineno")]
    return min(lines, default=None)
