"""The files a scan reads: the checkout's own ones, as text."""

from __future__ import annotations

import ast
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from odoo_gate.errors import InfrastructureError
from odoo_gate.git import repository_of

_FOREIGN = frozenset({".git", ".odoo-gate", "node_modules", "__pycache__", ".venv", "venv", ".tox", ".pytest_cache"})
_MAX_BYTES = 5 * 1024 * 1024
_SUFFIXES = frozenset(
    {".py", ".xml", ".csv", ".conf", ".cfg", ".ini", ".json", ".yaml", ".yml", ".toml", ".env", ".properties", ".rc",
     ".js", ".ts", ".sh", ".sql", ".pem", ".key", ".crt", ".txt", ".md", ".rst", ".html", ".po", ".tf", ".service"}
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class TextFile:
    """A file by its path relative to the project; `is_demo`: a manifest loads it as demonstration data only."""

    path: str
    text: str
    is_demo: bool = False


@dataclass(frozen=True, slots=True)
class Sources:
    """The files to scan, and those too large to (`path`)."""

    files: tuple[TextFile, ...]
    too_large: tuple[str, ...]


def files_of(root: Path, leave_out: Iterable[Path] = ()) -> Sources:
    """The text files below `root`: those git tracks or would, else all; without symbolic links and `leave_out`.

    Raises InfrastructureError when one cannot be read, or git does not open the repository.
    """
    excluded = [path.absolute() for path in leave_out]
    listed = _listed(root)
    kept = [name for name in listed if _is_wanted(root, name, excluded)]
    demo = _demo_files(root, kept)
    files, too_large = [], []
    for name in kept:
        data = _read(root / name)
        if len(data) > _MAX_BYTES:
            too_large.append(name)
        elif b"\0" not in data[:8192]:
            files.append(TextFile(name, data.decode("utf-8", "replace"), name in demo))
    return Sources(tuple(files), tuple(too_large))


def _listed(root: Path) -> list[str]:
    """Git's own view, where `root` is in a work tree: what it ignores is not delivered."""
    if repository := repository_of(root):
        listing = repository.git("ls-files", "-z", "--cached", "--others", "--exclude-standard", "--", ".")
        names = [name for name in listing.stdout.split("\0") if name and (root / name).is_file()]
        if names:
            return sorted(set(names))
    return sorted(path.relative_to(root).as_posix() for path in root.rglob("*") if path.is_file())


def _is_wanted(root: Path, name: str, excluded: list[Path]) -> bool:
    path = PurePosixPath(name)
    if any(part in _FOREIGN for part in path.parts) or (root / name).is_symlink():
        return False
    if any((root / name).absolute().is_relative_to(folder) for folder in excluded):
        return False
    return path.suffix in _SUFFIXES or path.name.startswith(".env") or not path.suffix


def _demo_files(root: Path, names: Iterable[str]) -> frozenset[str]:
    demo = set()
    for name in names:
        folder, _, last = name.rpartition("/")
        if last == "__manifest__.py":
            demo |= {f"{folder}/{each}" for each in _demo_of(root / name)}
    return frozenset(demo)


def _demo_of(manifest: Path) -> list[str]:
    try:
        content = ast.literal_eval(manifest.read_text("utf-8"))
    except (ValueError, SyntaxError, UnicodeDecodeError):
        return []  # modules.manifest says what is wrong with it; its files then count as data
    listed = content.get("demo", []) if isinstance(content, dict) else []
    return [str(each) for each in listed] if isinstance(listed, list) else []


def _read(path: Path) -> bytes:
    try:
        with path.open("rb") as file:
            return file.read(_MAX_BYTES + 1)
    except OSError as error:
        raise InfrastructureError(f"{path} cannot be read: {error.strerror}", hint="make it readable") from error
