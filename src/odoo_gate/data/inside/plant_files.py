"""Runs inside Odoo: attachments and loose files that hold canaries, plain and packed."""

from __future__ import annotations

import base64
import gzip
import io
import os
import zipfile
import zlib
from typing import Any


def plant_files(env: Any, say: Any, tokens: list[str]) -> dict[str, Any]:
    """Plant one token of `tokens` (as many as there are ways) in each way; returns the places."""
    say("planting canaries in files")
    token = iter(tokens)
    company = env["res.company"].search([], limit=1)
    made = {}
    for name, mimetype, wrap in (
        ("canary.txt", "text/plain", lambda text: b"Before " + text + b" after\n" * 30),
        ("canary.csv", "text/csv", lambda text: "naam;plaats\n".encode("utf-16") + text.decode().encode("utf-16-le")),
        ("canary.zip", "application/zip", lambda text: _zip("notes.txt", b"lots of words " * 50 + text)),
        (
            "canary.docx",
            "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
            lambda text: _zip("word/document.xml", b"<w:t>" + b"words " * 200 + text + b"</w:t>"),
        ),
        ("canary.pdf", "application/pdf", _pdf),
        ("canary.gz", "application/gzip", lambda text: gzip.compress(b"words " * 100 + text)),
        (
            "canary.eml",
            "message/rfc822",
            lambda text: b"To: x\n\n" + base64.b64encode(b"words, words " + text + b" end"),
        ),
        ("canary.bin", "application/octet-stream", lambda text: bytes(range(256)) + text.upper()),
    ):
        planted = next(token)
        values = {
            "name": planted + name,
            "raw": wrap(planted.encode()),
            "mimetype": mimetype,
            "res_model": "res.company",
            "res_id": company.id,
            "description": planted,
        }
        made[name] = env["ir.attachment"].create(values).id
    loose = next(token)
    folder = os.path.join(env["ir.attachment"]._filestore(), "00")
    os.makedirs(folder, exist_ok=True)
    with open(os.path.join(folder, "0" * 40), "wb") as file:
        file.write(loose.encode())
    return {"attachments": made, "loose": "00/" + "0" * 40}


def _zip(name: str, content: bytes) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(name, content)
    return buffer.getvalue()


def _pdf(text: bytes) -> bytes:
    packed = zlib.compress(b"BT (words) Tj " * 30 + b"(" + text + b") Tj ET")
    head = b"%PDF-1.4\n1 0 obj\n<< /Length " + str(len(packed)).encode() + b" /Filter /FlateDecode >>\nstream\n"
    return head + packed + b"\nendstream\nendobj\n%%EOF\n"
