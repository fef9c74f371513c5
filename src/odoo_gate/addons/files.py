"""Which files make up an addon, and their digests.

The same list is hashed, signed and copied into containers, so that what was judged is what was named.
Left out: byte code and version control (`left_out` finds it: Python runs byte code, so neither a commit nor a deployed
folder may hold any). Symbolic links are followed when they stay inside the project,
because Odoo follows them; one that leaves it, dangles or loops is refused: its content would not be signed.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path

from odoo_gate.errors import AddonsError

_BYTE_CODE = (".pyc", ".pyo")
_VERSION_CONTROL = frozenset({".git", ".hg", ".svn", ".bzr"})
_OF_PROGRAMS = ("__init__.*", "__manifest__.py", "__openerp__.py")
_CHUNK = 1 << 20


def files_below(folder: Path, root: Path) -> Iterator[tuple[str, Path]]:
    """(POSIX path relative to `folder`, path on disk) of every file that counts, sorted by that path's bytes.

    Raises AddonsError on a link that leaves `root`, on a loop, and on what is neither file nor folder.
    """
    yield from _listed(_walk(folder, "", root.resolve(), (folder.resolve(),)))


def addons_files(addons_path: Path, root: Path) -> Iterator[tuple[str, Path]]:
    """`files_below` of one addons path, without what stands beside the addons when that is a whole checkout.

    Left out at its top: hidden entries, virtual environments, node_modules; not what is a module or a package all the
    same. Odoo can import from everything else there, manifest or not.
    """
    yield from _listed(_walk(addons_path, "", root.resolve(), (addons_path.resolve(),), leave=_is_beside))


def left_out(addons_path: Path, root: Path) -> Iterator[Path]:
    """The byte code and the version control below an addons path, which no listing names, as they lie on disk.

    A folder that is such is named itself. Raises AddonsError as `files_below` does.
    """
    found = _walk(addons_path, "", root.resolve(), (addons_path.resolve(),), leave=_is_beside)
    yield from (path for _, path in found if _is_left_out(path))


def byte_code(roots: Sequence[Path], root: Path) -> tuple[str, ...]:
    """What Python would run below the addons paths in place of what is listed, as paths relative to `root`.

    Raises AddonsError as `files_below` does.
    """
    found = (path for folder in roots for path in left_out(folder, root) if _is_byte_code(path))
    return tuple(sorted(os.path.relpath(path, root) for path in found if not path.is_dir() or _entries(path)))


def tree_digest(folder: Path, root: Path) -> str:
    """sha256 (hex) of the sorted `sha256sum` listing of `folder`: changes with any byte and any name."""
    lines = "".join(_line(name, path) for name, path in files_below(folder, root))
    return hashlib.sha256(lines.encode()).hexdigest()


def addons_listing(roots: Sequence[Path], root: Path) -> str:
    """Every file below the addons paths as `sha256sum` prints it, paths relative to the project `root`.

    `sha256sum -c` run in `root` accepts it. Raises AddonsError as `files_below` does, and when an addons path
    is not below `root`.
    """
    found: dict[str, Path] = {}
    for folder in roots:
        if not folder.is_relative_to(root):
            raise AddonsError(f"addons path {folder} is not below {root}", hint="move it into the project")
        prefix = folder.relative_to(root).as_posix()
        for name, path in addons_files(folder, root):
            found[name if prefix == "." else f"{prefix}/{name}"] = path
    return "".join(_line(name, found[name]) for name in sorted(found, key=str.encode))


def file_digest(path: Path) -> str:
    """sha256 (hex) of one file's bytes. Raises AddonsError when it cannot be read."""
    digest = hashlib.sha256()
    try:
        with path.open("rb") as stream:
            while chunk := stream.read(_CHUNK):
                digest.update(chunk)
    except OSError as error:
        raise AddonsError(f"{path} cannot be read: {error.strerror}", hint="make it readable") from error
    return digest.hexdigest()


def _is_beside(path: Path) -> bool:
    if not (path.name.startswith(".") or path.name == "node_modules" or (path / "pyvenv.cfg").is_file()):
        return False
    return not any(found for pattern in _OF_PROGRAMS for found in path.glob(pattern))


def _is_byte_code(path: Path) -> bool:
    return path.name == "__pycache__" or path.name.endswith(_BYTE_CODE)


def _is_left_out(path: Path) -> bool:
    return _is_byte_code(path) or path.name in _VERSION_CONTROL


def _listed(found: Iterable[tuple[str, Path]]) -> list[tuple[str, Path]]:
    return sorted((pair for pair in found if not _is_left_out(pair[1])), key=lambda pair: pair[0].encode())


def _walk(
    folder: Path,
    prefix: str,
    root: Path,
    inside: tuple[Path, ...],
    leave: Callable[[Path], bool] = lambda _: False,
) -> Iterator[tuple[str, Path]]:
    """Every file below `folder`; what is left out is named and not looked into."""
    for path in _entries(folder):
        if leave(path):
            continue
        if _is_left_out(path):
            yield prefix + path.name, path
            continue
        name = prefix + _checked(path)
        real = _inside(path, root) if path.is_symlink() else path
        if real.is_dir():
            real = real.resolve()
            if real in inside:
                raise AddonsError(f"{path} is a link to a folder around itself", hint="remove the link")
            yield from _walk(path, f"{name}/", root, (*inside, real))
        elif real.is_file():
            yield name, path
        else:
            raise AddonsError(f"{path} is neither a file nor a folder", hint="remove it from the addons path")


def _entries(folder: Path) -> list[Path]:
    try:
        return list(folder.iterdir())
    except OSError as error:
        raise AddonsError(f"{folder} cannot be read: {error.strerror}", hint="make it readable") from error


def _checked(path: Path) -> str:
    try:
        path.name.encode()
    except UnicodeEncodeError as error:
        raise AddonsError(f"the name of {path!r} is not UTF-8", hint="rename the file") from error
    return path.name


def _inside(link: Path, root: Path) -> Path:
    try:
        real = link.resolve(strict=True)
    except (OSError, RuntimeError) as error:
        raise AddonsError(f"{link} is a link to nothing", hint="remove the link or restore its target") from error
    if not real.is_relative_to(root):
        raise AddonsError(
            f"{link} is a link that leaves the project, to {real}",
            hint="copy the content into the project: what is judged must be part of it",
        )
    return real


def _line(name: str, path: Path) -> str:
    """One line as GNU sha256sum writes it: a name with a backslash or a line break is escaped and marked."""
    escaped = name.replace("\\", "\\\\").replace("\n", "\\n").replace("\r", "\\r")
    mark = "\\" if escaped != name else ""
    return f"{mark}{file_digest(path)}  {escaped}\n"
