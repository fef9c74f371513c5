"""Strict JSON: what two parsers could disagree about is refused."""

from __future__ import annotations

import json
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from odoo_gate.strict_json import NotStrictJson, read_json

LIMIT = 1_000_000


@pytest.mark.parametrize(
    ("data", "fault"),
    [
        (b'{"a": 1, "a": 2}', "appears twice"),
        (b'{"a": {"b": 1, "\\u0062": 2}}', "appears twice"),
        (b"[NaN]", "NaN"),
        (b"[Infinity]", "Infinity"),
        (b"[-Infinity]", "-Infinity"),
        (b"[1e999]", "too large"),
        (b"[" * 5_000 + b"]" * 5_000, "nests deeper"),
        (b'{"a":' * 5_000 + b"1" + b"}" * 5_000, "nests deeper"),
        (b"\xef\xbb\xbf{}", "byte order mark"),
        (b'["\xff"]', "not UTF-8"),
        ('["x"]'.encode("utf-16"), "not UTF-8"),
        (b'["\\ud800"]', "surrogate"),
        (b'{"\\udfff": 1}', "surrogate"),
        (b"{} {}", "not JSON"),
        (b'{"a": 1', "not JSON"),
        (b'["unclosed', "not JSON"),
        (b"", "not JSON"),
        (b"[1,]", "not JSON"),
        (b"{'a': 1}", "not JSON"),
        (b"[" + b"9" * 5_000 + b"]", "not JSON"),
    ],
)
def test_ambiguous_json_is_refused(data: bytes, fault: str) -> None:
    with pytest.raises(NotStrictJson, match=fault):
        read_json(data, max_bytes=LIMIT)


def test_size_is_looked_at_before_anything_else() -> None:
    with pytest.raises(NotStrictJson, match="more than the 10 allowed"):
        read_json(b"\xff" * 11, max_bytes=10)


def test_brackets_inside_strings_do_not_count_as_depth() -> None:
    assert read_json(json.dumps(["[{" * 500]).encode(), max_bytes=LIMIT) == ["[{" * 500]


def test_a_pair_of_surrogates_is_a_character() -> None:
    assert read_json(b'["\\ud83d\\ude00"]', max_bytes=LIMIT) == ["\U0001f600"]


def test_hostile_quotes_take_linear_time() -> None:
    hostile = b'"' + b'\\"' * 400_000
    started = time.process_time()
    with pytest.raises(NotStrictJson):
        read_json(hostile, max_bytes=LIMIT)
    assert time.process_time() - started < 5


documents = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda children: st.lists(children) | st.dictionaries(st.text(), children),
    max_leaves=20,
)


@given(documents)
def test_what_json_writes_is_read_back(document: object) -> None:
    data = json.dumps(document, allow_nan=False).encode()
    assert read_json(data, max_bytes=LIMIT, max_depth=100) == document


@given(st.binary())
def test_any_bytes_are_read_or_refused_never_a_crash(data: bytes) -> None:
    try:
        read_json(data, max_bytes=LIMIT)
    except NotStrictJson:
        return
