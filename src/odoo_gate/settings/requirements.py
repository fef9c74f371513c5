"""Python requirements of a release: written in place, or in a requirements file."""

from __future__ import annotations

from pathlib import Path

from odoo_gate.errors import SettingsError
from odoo_gate.settings.sections import requirement


def read_requirements(written: tuple[str, ...] | str, root: Path) -> tuple[str, ...]:
    """`written` as PEP 508 strings: itself, or the content of the requirements file it names below `root`.

    Files may include others with `-r`. Every other option of pip is refused: an index or a hash mode belongs
    to the environment that builds the image. Raises SettingsError with file and line.
    """
    if not isinstance(written, str):
        return written
    return tuple(dict.fromkeys(_read(root / written, root, ())))


def _read(file: Path, root: Path, including: tuple[Path, ...]) -> list[str]:
    if file in including:
        raise SettingsError(f"{_name(file, root)} includes itself", hint="remove one of the -r lines")
    try:
        text = file.read_text("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise SettingsError(
            f"requirements file {_name(file, root)} cannot be read: {error}",
            hint="correct addons.requirements in gate.toml",
        ) from error
    found: list[str] = []
    for number, line in _logical_lines(text):
        if line.startswith(("-r ", "--requirement ", "--requirement=")):
            included = file.parent / line.replace("=", " ", 1).split(None, 1)[1].strip()
            found.extend(_read(included, root, (*including, file)))
            continue
        if line.startswith("-"):
            raise SettingsError(
                f"{_name(file, root)}:{number}: the option {line.split()[0]} is not supported here",
                hint="keep requirements only; set an index through pip's own environment variables",
            )
        try:
            found.append(requirement(line))
        except ValueError as error:
            raise SettingsError(f"{_name(file, root)}:{number}: {error}", hint="correct that line") from error
    return found


def _logical_lines(text: str) -> list[tuple[int, str]]:
    """Numbered lines without comments and blank ones, continuations joined."""
    lines: list[tuple[int, str]] = []
    pending = ""
    for number, raw in enumerate(text.splitlines(), start=1):
        line = pending + raw
        if line.endswith("\\"):
            pending = line[:-1]
            continue
        pending = ""
        content = line.split(" #")[0].strip()
        if content and not content.startswith("#"):
            lines.append((number, content))
    if pending.strip():
        lines.append((len(text.splitlines()), pending.strip()))
    return lines


def _name(file: Path, root: Path) -> str:
    return str(file.relative_to(root)) if file.is_relative_to(root) else str(file)
