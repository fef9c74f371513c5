"""A word is found however it is wrapped, and only then."""

from __future__ import annotations

import base64
import bz2
import gzip
import io
import lzma
import zipfile
import zlib

import pytest

from odoo_gate.data.inside.anonymise_files import _content
from odoo_gate.data.inside.scan_files import contains, wanted_in

WORD = "Zq3fa91c0b7e"
WANTED = wanted_in([WORD])


def zipped(content: bytes, name: str = "a.txt") -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(name, content)
    return buffer.getvalue()


def pdf(content: bytes) -> bytes:
    return b"%PDF-1.4\n1 0 obj <<>> stream\n" + zlib.compress(content) + b"\nendstream endobj"


def chunked_png(text: bytes) -> bytes:
    body = b"Comment\0\0" + zlib.compress(text)
    return b"\x89PNG\r\n\x1a\n" + len(body).to_bytes(4, "big") + b"zTXt" + body + bytes(4)


@pytest.mark.parametrize(
    "wrap",
    [
        lambda text: b"before " + text + b" after",
        lambda text: text.upper(),
        lambda text: text.decode().encode("utf-16-le"),
        lambda text: base64.b64encode(text),
        lambda text: base64.b64encode(b"a" + text + b"longer"),
        lambda text: base64.b64encode(b"ab" + text.lower() + b"long"),
        lambda text: zipped(text),
        lambda text: zipped(b"", text.decode()),
        lambda text: zipped(zipped(gzip.compress(text))),
        lambda text: gzip.compress(text),
        lambda text: bz2.compress(text),
        lambda text: lzma.compress(text),
        lambda text: pdf(b"words " * 20 + text),
        lambda text: chunked_png(b"words " * 20 + text),
    ],
)
def test_it_is_found(wrap):
    assert contains(wrap(WORD.encode()), WANTED)
    assert not contains(wrap(b"Zq3fa82c0b7e"), WANTED)


@pytest.mark.parametrize(
    "broken", [b"PK\x03\x04 no zip", b"\x1f\x8b no gzip", b"%PDF stream\nno\nendstream", b"", b"BZh"]
)
def test_broken_archives_are_searched_as_they_are(broken):
    assert not contains(broken, WANTED)
    assert contains(broken + WORD.encode(), WANTED)


@pytest.mark.parametrize(
    "mimetype",
    [
        "text/plain", "text/html", "application/pdf", "application/json", "application/octet-stream", "image/svg+xml",
        "application/zip", "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    ],
)  # fmt: skip
def test_a_replacement_is_of_the_same_length_and_told_apart(mimetype):
    secret = b"secret"
    made = _content(secret, "ab/one", mimetype, 5000)
    assert abs(len(made) - 5000) < 400
    assert made == _content(secret, "ab/one", mimetype, 5000)
    assert made != _content(secret, "ab/two", mimetype, 5000)
    assert made != _content(b"other", "ab/one", mimetype, 5000)
    assert _content(secret, "ab/one", mimetype, 0) == b""


def test_a_replaced_archive_can_be_opened():
    made = _content(b"secret", "ab/one", "application/zip", 3000)
    with zipfile.ZipFile(io.BytesIO(made)) as archive:
        assert archive.testzip() is None
