from __future__ import annotations

import io

import pytest

from odoo_gate.errors import UsageError
from odoo_gate.recovery.encryption import CHUNK, MAGIC, BackupError, EncryptingSink, decrypted, parse_key, read_key

KEY, OTHER = b"\x01" * 32, b"\x02" * 32
HEADER = len(MAGIC) + 32 + 16


def encrypted(content: bytes, key: bytes = KEY) -> bytes:
    stored = io.BytesIO()
    sink = EncryptingSink(stored, key)
    for start in range(0, len(content), 300_000):
        sink.write(content[start : start + 300_000])
    sink.close()
    return stored.getvalue()


def plain(stored: bytes, key: bytes | None = KEY) -> bytes:
    return b"".join(decrypted(io.BytesIO(stored), key, "part"))


def rule_of(stored: bytes, key: bytes | None = KEY) -> str:
    with pytest.raises(BackupError) as caught:
        plain(stored, key)
    assert caught.value.hint
    return caught.value.rule


@pytest.mark.parametrize("size", [0, 1, CHUNK - 1, CHUNK, CHUNK + 1, 3 * CHUNK])
def test_what_was_encrypted_comes_back(size):
    content = bytes(index % 251 for index in range(size))
    assert plain(encrypted(content)) == content


def test_the_content_cannot_be_read_in_the_stored_file():
    assert b"wages" not in encrypted(b"wages" * 1000)


def test_two_files_with_the_same_content_and_key_differ():
    assert encrypted(b"same") != encrypted(b"same")


def test_another_key_and_no_key_are_told_as_such():
    stored = encrypted(b"content")
    assert rule_of(stored, OTHER) == "wrong-key"
    assert rule_of(stored, None) == "wrong-key"


@pytest.mark.parametrize("place", [0, len(MAGIC) + 40, HEADER, HEADER + CHUNK // 2, -1])
def test_a_flipped_byte_is_found_wherever_it_is(place):
    stored = bytearray(encrypted(b"x" * (CHUNK + 10)))
    stored[place] ^= 1
    assert rule_of(bytes(stored)) in ("part-damaged", "wrong-key")


def test_a_file_cut_at_the_end_of_a_chunk_is_found():
    stored = encrypted(b"x" * (2 * CHUNK))
    assert rule_of(stored[: HEADER + CHUNK + 16]) == "part-damaged"


def test_chunks_cannot_change_places():
    stored = encrypted(b"a" * CHUNK + b"b" * CHUNK + b"c")
    first, second = stored[HEADER : HEADER + CHUNK + 16], stored[HEADER + CHUNK + 16 : HEADER + 2 * (CHUNK + 16)]
    assert rule_of(stored[:HEADER] + second + first + stored[HEADER + 2 * (CHUNK + 16) :]) == "part-damaged"


def test_a_file_that_was_never_encrypted_is_told_as_damaged():
    assert rule_of(b"PGDMP" * 100) == "part-damaged"


def test_a_key_comes_from_the_file_before_the_environment(tmp_path, monkeypatch):
    monkeypatch.setenv("A_KEY", OTHER.hex())
    file = tmp_path / "key"
    file.write_text(KEY.hex() + "\n")
    assert read_key(file, "A_KEY") == KEY
    assert read_key(None, "A_KEY") == OTHER


def test_no_key_is_no_encryption(monkeypatch):
    monkeypatch.delenv("A_KEY", raising=False)
    assert read_key(None, "A_KEY") is None


@pytest.mark.parametrize("text", ["", "secret", "ab" * 31, "zz" * 32])
def test_what_is_not_a_key_is_refused_with_the_way_to_make_one(text):
    with pytest.raises(UsageError) as caught:
        parse_key(text, "A_KEY")
    assert "openssl" in caught.value.hint


def test_a_key_file_that_is_not_there_is_an_error(tmp_path):
    with pytest.raises(UsageError, match="cannot be read"):
        read_key(tmp_path / "none", "")
