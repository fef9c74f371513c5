"""Runs inside Odoo: every attachment gets a file of the same kind and size that says nothing; unused files go."""

from __future__ import annotations

import hashlib
import hmac
import io
import os
import zipfile
from typing import Any

ADMIN = "admin"
_PROSE = b"Lorem ipsum dolor sit amet, consectetur adipiscing elit, sed do eiusmod tempor incididunt ut labore. "
_PICTURES = {
    "image/png": "PNG",
    "image/jpeg": "JPEG",
    "image/jpg": "JPEG",
    "image/gif": "GIF",
    "image/webp": "WEBP",
    "image/bmp": "BMP",
    "image/tiff": "TIFF",
    "image/x-icon": "ICO",
}
_ZIPPED = ("zip", "officedocument", "opendocument", "epub", "java-archive")
_EVERY = 5000


def anonymise_files(env: Any, say: Any, key: str, kept: str) -> dict[str, int]:
    """Replace contents, in the filestore and in the database; `kept` is SQL for attachments of Odoo's own code."""
    secret = bytes.fromhex(key)
    env.flush_all() if hasattr(env, "flush_all") else env["base"].flush()
    cr = env.cr
    root = env["ir.attachment"]._filestore()
    cr.execute(
        "SELECT store_fname, coalesce(mimetype, ''), max(coalesce(file_size, 0)), array_agg(id)"
        " FROM ir_attachment WHERE store_fname <> '' AND NOT (" + kept + ") GROUP BY 1, 2 ORDER BY 1, 2"
    )
    stored = cr.fetchall()
    for number, (name, mimetype, size, ids) in enumerate(stored, 1):
        content = _content(secret, name, mimetype, _size(os.path.join(root, name), size))
        digest = hashlib.sha1(content).hexdigest()
        new = digest[:2] + "/" + digest
        _write(os.path.join(root, new), content)
        cr.execute(
            "UPDATE ir_attachment SET store_fname = %s, checksum = %s, file_size = %s, index_content = NULL"
            " WHERE id = ANY (%s)",
            [new, digest, len(content), ids],
        )
        if number % _EVERY == 0:
            say("%d of %d files" % (number, len(stored)))
    cr.execute(
        "SELECT id, coalesce(mimetype, ''), db_datas FROM ir_attachment WHERE db_datas IS NOT NULL AND NOT ("
        + kept
        + ")"
    )
    in_database = cr.fetchall()
    for record, mimetype, datas in in_database:
        old = bytes(datas)
        content = _content(secret, hashlib.sha1(old).hexdigest(), mimetype, len(old))
        cr.execute(
            "UPDATE ir_attachment SET db_datas = %s, checksum = %s, file_size = %s, index_content = NULL WHERE id = %s",
            [content, hashlib.sha1(content).hexdigest(), len(content), record],
        )
    removed = _remove_unused(cr, root)
    _open_to_admin(env)
    return {"files": len(stored) + len(in_database), "removed": removed}


def _size(path: str, told: int) -> int:
    """What is there, or was once: a file may be missing."""
    return os.path.getsize(path) if os.path.isfile(path) else int(told)


def _write(path: str, content: bytes) -> None:
    if os.path.exists(path):
        return
    os.makedirs(os.path.dirname(path), exist_ok=True)
    with open(path + ".partial", "wb") as file:
        file.write(content)
    os.rename(path + ".partial", path)


def _remove_unused(cr: Any, root: str) -> int:
    """Files no attachment names, and Odoo's notes of files to look at, may hold what nobody anonymised."""
    cr.execute("SELECT DISTINCT store_fname FROM ir_attachment WHERE store_fname <> ''")
    used = {name for (name,) in cr.fetchall()}
    removed = 0
    for folder, _, names in os.walk(root):
        for name in names:
            path = os.path.join(folder, name)
            if os.path.relpath(path, root) not in used:
                os.unlink(path)
                removed += 1
    return removed


def _open_to_admin(env: Any) -> None:
    """The administrator logs in as in every database odoo-gate makes: nobody's own password is left.

    By SQL: Odoo would write to people that their password was changed.
    """
    admin = env.ref("base.user_admin", raise_if_not_found=False)
    if not admin:
        return
    password = env["res.users"]._crypt_context().hash(ADMIN)
    env.cr.execute("UPDATE res_users SET login = 'user-' || id WHERE login = %s AND id <> %s", [ADMIN, admin.id])
    env.cr.execute(
        "UPDATE res_users SET login = %s, password = %s, active = true WHERE id = %s", [ADMIN, password, admin.id]
    )


def _content(secret: bytes, name: str, mimetype: str, size: int) -> bytes:
    """Bytes of the kind `mimetype` and the length `size`, where that kind can be so short; told apart by `name`."""
    mark = hmac.new(secret, (name + mimetype).encode(), hashlib.sha256).hexdigest()[:24]
    if size == 0:
        return b""
    if mimetype in _PICTURES:
        return _padded(_picture(_PICTURES[mimetype], mark), size)
    if mimetype == "image/svg+xml":
        return _padded(
            b'<svg xmlns="http://www.w3.org/2000/svg" width="8" height="8"><!--%s--></svg>' % mark.encode(), size, b" "
        )
    if mimetype == "application/pdf":
        return _pdf(mark, size)
    if any(word in mimetype for word in _ZIPPED):
        return _archive(mark, size)
    if mimetype == "application/json":
        return _padded(('{"anonymised": "%s"}' % mark).encode(), size, b" ")
    if mimetype.startswith("text/") or mimetype.endswith(("xml", "javascript")):
        return _prose(mark, mimetype, size)
    return hashlib.shake_256(mark.encode()).digest(size)


def _padded(content: bytes, size: int, filler: bytes = b"\0") -> bytes:
    """Readers of these kinds stop at the end of what they know."""
    return content + filler * (size - len(content))


def _prose(mark: str, mimetype: str, size: int) -> bytes:
    head = mark.encode() + b" "
    if "html" in mimetype or mimetype.endswith("xml"):
        head = b"<div>" + head
        return (head + _PROSE * (size // len(_PROSE) + 1))[: max(size - 6, len(head))] + b"</div>"
    return (head + _PROSE * (size // len(_PROSE) + 1))[: max(size, len(head))]


def _picture(kind: str, mark: str) -> bytes:
    from PIL import Image  # type: ignore[import-not-found] # Odoo needs it, too

    colours = bytes.fromhex(mark)
    picture = Image.new("RGB", (4, 4))
    picture.putdata([tuple(colours[at % 10 : at % 10 + 3]) for at in range(16)])
    buffer = io.BytesIO()
    picture.save(buffer, kind)
    return buffer.getvalue()


def _pdf(mark: str, size: int) -> bytes:
    """One page with a line of text; what is missing in length is a comment before the end."""
    text = b"BT /F1 12 Tf 72 720 Td (anonymised " + mark.encode() + b") Tj ET"
    objects = [
        b"<< /Type /Catalog /Pages 2 0 R >>",
        b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents 4 0 R"
        b" /Resources << /Font << /F1 5 0 R >> >> >>",
        b"<< /Length %d >>\nstream\n%s\nendstream" % (len(text), text),
        b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>",
    ]
    body, places = b"%PDF-1.4\n", []
    for number, each in enumerate(objects, 1):
        places.append(len(body))
        body += b"%d 0 obj\n%s\nendobj\n" % (number, each)
    table = b"xref\n0 6\n0000000000 65535 f \n" + b"".join(b"%010d 00000 n \n" % place for place in places)
    end = b"trailer << /Size 6 /Root 1 0 R >>\nstartxref\n%d\n%%%%EOF\n"
    missing = size - len(body) - len(table) - len(end % len(body)) - 2
    if missing > 0:
        body += b"%" + b" " * missing + b"\n"
    return body + table + end % len(body)


def _archive(mark: str, size: int) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_STORED) as archive:
        archive.writestr(zipfile.ZipInfo("anonymised.txt"), mark)
        missing = size - buffer.tell() - 400
        if missing > 0:
            archive.writestr(zipfile.ZipInfo("filler.txt"), (_PROSE * (missing // len(_PROSE) + 1))[:missing])
    return buffer.getvalue()
