"""`[[duties]]` of a policy: two sides that nobody should have both of."""

from __future__ import annotations

import pytest

from odoo_gate.errors import SettingsError
from odoo_gate.policy import load_policy

ENVIRONMENT = 'version = 1\n[environments.production]\ndemands = ["run.complete"]\n'
DUTY = """
[[duties]]
name = "order"
one = ["purchase.order:create"]
other = ["purchase.order:button_approve", "purchase.order:write"]
because = "who orders does not approve"
allowed = { owner = "he is alone" }
"""


def test_a_policy_may_have_no_duties():
    assert load_policy(ENVIRONMENT.encode()).duties == ()


def test_duties_are_read():
    (duty,) = load_policy((ENVIRONMENT + DUTY).encode()).duties
    assert duty.one == ("purchase.order:create",)
    assert duty.allowed == {"owner": "he is alone"}


def test_a_narrowed_policy_keeps_them():
    policy = load_policy((ENVIRONMENT + DUTY).encode())
    assert policy.only("production", ["security"]).duties == policy.duties


@pytest.mark.parametrize(
    ("change", "word"),
    [
        (("purchase.order:create", "purchase.order"), "match pattern"),
        (("purchase.order:button_approve", "purchase.order:create"), "stands on both sides"),
        (('because = "who orders does not approve"', ""), "because"),
        (('one = ["purchase.order:create"]', "one = []"), "one"),
        (("because", "becuase"), "did you mean 'because'"),
    ],
)
def test_what_is_no_duty_is_refused(change, word):
    with pytest.raises(SettingsError, match=word):
        load_policy((ENVIRONMENT + DUTY.replace(*change)).encode())


def test_two_rules_of_one_name_are_refused():
    with pytest.raises(SettingsError, match="listed twice"):
        load_policy((ENVIRONMENT + DUTY + DUTY).encode())
