"""What breaks a caller that relies on a signature, and what does not."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from odoo_gate.contracts.signatures import Parameter, Way, breaks, parsed, written


@pytest.mark.parametrize(
    "text",
    ["()", "(domain)", "(domain, limit=80)", "(a, /, b, *, c=None)", "(*args, **kwargs)", "(a, *rest, b=1)"],
)
def test_what_is_parsed_is_written_again(text):
    assert written(parsed(text)) == text


def test_self_is_left_out():
    assert parsed("(self, a)") == parsed("(a)")


@pytest.mark.parametrize("text", ["(a", "(a): pass\ndef b()", "nothing", ""])
def test_what_is_no_signature_is_refused(text):
    with pytest.raises(ValueError, match="is not a signature"):
        parsed(text)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("(a)", "(a, b=1)"),
        ("(a)", "(a=1)"),
        ("(a, b=2)", "(a, b=2, *, c=3)"),
        ("(a)", "(a, **more)"),
        ("(*, a=1)", "(b=1, *, a=1)"),
        ("()", "(*args)"),
    ],
)
def test_compatible(old, new):
    assert list(breaks(parsed(old), parsed(new))) == []


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        ("(a)", "()", "takes no a any more"),
        ("(a)", "(b)", "takes no a any more"),
        ("(a)", "(a, b)", "cannot be called without b"),
        ("(a=1)", "(a)", "cannot be called without a any more"),
        ("(a=1)", "(a=2)", "takes a as 2 by default, not as 1"),
        ("(a, b)", "(b, a)", "takes a at another place"),
        ("(a)", "(*, a)", "takes a at another place"),
        ("(a)", "(a, /)", "no more by name"),
        ("(**more)", "()", "takes no **more any more"),
    ],
)
def test_breaking(old, new, says):
    assert says in "; ".join(breaks(parsed(old), parsed(new)))


names = st.lists(st.sampled_from("abcdef"), unique=True, max_size=4)


@given(names)
def test_a_signature_does_not_break_itself(each):
    signature = tuple(Parameter(name, Way.EITHER) for name in each)
    assert list(breaks(signature, signature)) == []
