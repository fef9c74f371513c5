"""Finds words in bytes however they are wrapped: runs inside Odoo over a filestore, and outside over columns.

Standard library only.
"""

from __future__ import annotations

import base64
import bz2
import gzip
import io
import lzma
import os
import re
import zipfile
import zlib
from typing import Any

SHORTEST_CODED = 8
_DEEPEST = 4
_LARGEST = 256 << 20
"""Bytes an archive within a file may unfold to; a larger one is reported, not skipped."""

_STREAM = re.compile(rb"stream\r?\n(.*?)\r?\n?endstream", re.DOTALL)


def encodings(needle: str) -> list[str]:
    """`needle` in base64, at each of the three places it can have in a longer text, in its own and plain cases.

    None for a short one: as few characters are in any large file that is base64 all over.
    """
    if len(needle) < SHORTEST_CODED:
        return []
    found = []
    for text in dict.fromkeys((needle, needle.upper(), needle.lower())):
        content = text.encode()
        for place in range(3):
            whole = base64.b64encode(b"\0" * place + content).decode().rstrip("=")
            tail = 1 if (len(content) + place) % 3 else 0
            found.append(whole[(0, 2, 3)[place] : len(whole) - tail])
    return found


def wanted_in(needles: list[str]) -> tuple[list[bytes], list[bytes]]:
    """What to look for in lower-cased bytes (UTF-8, UTF-16), and in the bytes as they are (base64)."""
    lowered: list[bytes] = []
    exact: list[bytes] = []
    for needle in needles:
        lowered.extend(needle.encode(form).lower() for form in ("utf-8", "utf-16-le", "utf-16-be"))
        exact.extend(text.encode() for text in encodings(needle))
    return lowered, exact


def contains(content: bytes, wanted: tuple[list[bytes], list[bytes]], depth: int = 0) -> str:
    """How `wanted` is found in `content`, unpacked as deep as it goes; empty when it is not."""
    lowered, exact = wanted
    plain = content.lower()
    if any(each in plain for each in lowered):
        return "as it is"
    if any(each in content for each in exact):
        return "in base64"
    if depth >= _DEEPEST:
        return ""
    for name, inner in _unpacked(content):
        if inner is None:
            return f"cannot be told: {name} unfolds to more than can be searched"
        how = contains(inner, wanted, depth + 1)
        if how:
            return f"{how} in {name}"
    return ""


def _unpacked(content: bytes) -> Any:
    """(what it is, bytes) of everything packed in `content`; None for bytes that are too many."""
    if content[:2] == b"PK":
        yield from _members(content)
    elif content[:2] == b"\x1f\x8b":
        yield "gzip", _read(gzip.GzipFile(fileobj=io.BytesIO(content)))
    elif content[:3] == b"BZh":
        yield "bzip2", _read(bz2.BZ2File(io.BytesIO(content)))
    elif content[:6] == b"\xfd7zXZ\0":
        yield "xz", _read(lzma.LZMAFile(io.BytesIO(content)))  # noqa: SIM115 (closed there)
    elif b"%PDF" in content[:1024]:
        for number, match in enumerate(_STREAM.finditer(content), 1):
            inner = _inflated(match.group(1))
            if inner:
                yield f"stream {number} of a PDF", inner
    elif content[:8] == b"\x89PNG\r\n\x1a\n":
        yield from _png_texts(content)


def _members(content: bytes) -> Any:
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            yield "its names", "\n".join(archive.namelist()).encode() + archive.comment
            for info in archive.infolist():
                yield info.filename, _read(archive.open(info)) if info.file_size <= _LARGEST else None
    except (zipfile.BadZipFile, RuntimeError, NotImplementedError, zlib.error):
        return  # no zip after all, or one with a password: its bytes were searched as they are


def _read(stream: Any) -> bytes | None:
    """What is in there; what cannot be unpacked was searched packed. None when it is too much."""
    try:
        with stream:
            content: bytes = stream.read(_LARGEST + 1)
    except (OSError, EOFError, zlib.error, lzma.LZMAError, zipfile.BadZipFile):
        return b""
    return content if len(content) <= _LARGEST else None


def _inflated(data: bytes) -> bytes:
    try:
        return zlib.decompressobj().decompress(data, _LARGEST)
    except zlib.error:
        return b""


def _png_texts(content: bytes) -> Any:
    """Compressed text chunks."""
    place = 8
    while place + 12 <= len(content):
        length = int.from_bytes(content[place : place + 4], "big")
        if content[place + 4 : place + 8] in (b"zTXt", b"iTXt"):
            body = content[place + 8 : place + 8 + length]
            packed = body.find(b"x\x9c")
            if packed >= 0:
                yield "a text of a PNG", _inflated(body[packed:])
        place += 12 + length


def scan_files(env: Any, say: Any, needles: list[str]) -> dict[str, Any]:
    """Search every file of the database's filestore, used or not; `hits` are [path, how]."""
    wanted = wanted_in(needles)
    root = env["ir.attachment"]._filestore()
    hits, files, total = [], 0, 0
    for folder, _, names in os.walk(root):
        for name in names:
            path = os.path.join(folder, name)
            with open(path, "rb") as file:
                content = file.read()
            files += 1
            total += len(content)
            how = contains(content, wanted)
            if how:
                hits.append([os.path.relpath(path, root), how])
            if files % 5000 == 0:
                say("%d files searched" % files)
    return {"hits": hits, "files": files, "bytes": total}
