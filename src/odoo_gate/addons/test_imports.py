"""Which test files Odoo would never load, found by reading imports.

Odoo runs the test classes of the modules named `test_*` that the package `<addon>/tests` holds as attributes
(`odoo/tests/loader.py`). A module becomes one when `tests/__init__.py` imports it, directly or through what
it imports. Everything else is silently not run.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

_FOLDER = "tests"
_NOT_ODOO_TESTS = frozenset({"static", "migrations", "upgrades", "node_modules", "lib", "setup"})
_DYNAMIC = frozenset({"importlib", "pkgutil", "glob"})


def unloaded_test_files(addon: Path) -> Iterator[tuple[Path, str]]:
    """(file, reason) of every file with tests that Odoo would not load; files that do not parse left out."""
    package = addon / _FOLDER
    loaded = _reached(addon) if (package / "__init__.py").is_file() else frozenset()
    if loaded is None:
        return
    for path in test_files(addon):
        if path.is_relative_to(package):
            if path not in loaded:
                yield path, _reason(package)
        elif path.parent.name in ("test", _FOLDER) or path.parent == addon:
            yield path, f"it is not in {addon.name}/{_FOLDER}"


def imports_by_program(addon: Path) -> bool:
    """Whether `tests/__init__.py` imports in a way that cannot be read off it (importlib, pkgutil)."""
    tree = _parse(addon / _FOLDER / "__init__.py")
    return tree is not None and _is_dynamic(tree)


def _reason(package: Path) -> str:
    if not (package / "__init__.py").is_file():
        return f"{package.name}/ has no __init__.py"
    return f"nothing imported by {package.name}/__init__.py imports it"


def test_files(addon: Path) -> Iterator[Path]:
    """Every file of the addon that defines test cases, imported or not."""
    for path in sorted(addon.rglob("test_*.py")):
        if _NOT_ODOO_TESTS.isdisjoint(path.relative_to(addon).parts[:-1]):
            tree = _parse(path)
            if tree is not None and any(_holds_tests(node) for node in ast.walk(tree)):
                yield path


def _holds_tests(node: ast.AST) -> bool:
    """A class with a test method whose bases look like test cases (models may have `test_` methods too)."""
    if not isinstance(node, ast.ClassDef):
        return False
    bases = [base.attr if isinstance(base, ast.Attribute) else getattr(base, "id", "") for base in node.bases]
    methods = [m for m in node.body if isinstance(m, ast.FunctionDef | ast.AsyncFunctionDef)]
    return any(m.name.startswith("test") for m in methods) and any(
        base not in ("Model", "TransientModel", "AbstractModel", "object", "") for base in bases
    )


def _reached(addon: Path) -> frozenset[Path] | None:
    """All files of the addon imported from `tests/__init__.py` on, None when that cannot be read off it."""
    start = addon / _FOLDER / "__init__.py"
    found: set[Path] = set()
    waiting = [start]
    while waiting:
        path = waiting.pop()
        if path in found:
            continue
        found.add(path)
        tree = _parse(path)
        if tree is None:
            continue
        if path == start and _is_dynamic(tree):
            return None
        waiting.extend(_imported(tree, path, addon))
    return frozenset(found)


def _imported(tree: ast.AST, path: Path, addon: Path) -> Iterator[Path]:
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom):
            base = _origin(node, path, addon)
            if base is not None:
                yield from _module_files(base)
                for alias in node.names:
                    yield from _module_files(base / alias.name)
        elif isinstance(node, ast.Import):
            for alias in node.names:
                base = _absolute(alias.name, addon)
                if base is not None:
                    yield from _module_files(base)


def _origin(node: ast.ImportFrom, path: Path, addon: Path) -> Path | None:
    """The folder or file (without suffix) an import takes from, None outside the addon."""
    if node.level == 0:
        return _absolute(node.module or "", addon)
    base = path.parent
    for _ in range(node.level - 1):
        base = base.parent
    base = base.joinpath(*(node.module or "").split(".")) if node.module else base
    return base if base.is_relative_to(addon) else None


def _absolute(module: str, addon: Path) -> Path | None:
    prefix = f"odoo.addons.{addon.name}"
    if module != prefix and not module.startswith(f"{prefix}."):
        return None
    return addon.joinpath(*module.removeprefix(prefix).strip(".").split(".")) if module != prefix else addon


def _module_files(base: Path) -> Iterator[Path]:
    for path in (base.with_name(f"{base.name}.py"), base / "__init__.py"):
        if path.is_file():
            yield path


def _is_dynamic(tree: ast.AST) -> bool:
    names = {
        alias.name.split(".")[0] for node in ast.walk(tree) if isinstance(node, ast.Import) for alias in node.names
    }
    sources = {(node.module or "").split(".")[0] for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)}
    calls = {getattr(node.func, "id", "") for node in ast.walk(tree) if isinstance(node, ast.Call)}
    return bool((names | sources) & _DYNAMIC) or bool(calls & {"__import__", "exec"})


def _parse(path: Path) -> ast.Module | None:
    try:
        return ast.parse(path.read_bytes(), filename=str(path))
    except (SyntaxError, ValueError, RecursionError, MemoryError, FileNotFoundError):
        return None  # told by the check modules.syntax; without the file there is nothing to read
