"""The signed statement inside the page, byte by byte: packed, because 20,000 results are 10 MB of JSON."""

from __future__ import annotations

import base64
import binascii
import gzip
import re
import zlib

KIND = "application/gzip+base64"
"""The type of the page's data block, which no browser runs."""

_BLOCK = re.compile(rb'<script id="signed-payload" type="application/gzip\+base64">([A-Za-z0-9+/=\s]*)</script>')


def packed(payload: bytes) -> str:
    """`payload` as the text of the data block: the same text for the same bytes."""
    return base64.b64encode(gzip.compress(payload, 9, mtime=0)).decode("ascii")


def embedded_payload(page: bytes) -> bytes:
    """The signed statement that a report carries. Raises ValueError when there is not exactly one."""
    blocks = _BLOCK.findall(page)
    if len(blocks) != 1:
        raise ValueError(f"the page carries {len(blocks)} signed statements")
    try:
        return gzip.decompress(base64.b64decode(blocks[0], validate=False))
    except (binascii.Error, OSError, EOFError, zlib.error) as error:
        raise ValueError(f"the statement in the page cannot be unpacked: {error}") from error
