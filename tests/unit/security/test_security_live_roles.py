"""Which roles are asked: those of every Odoo, and gate.toml's own, which may say otherwise."""

from __future__ import annotations

import pytest

from odoo_gate.errors import SettingsError
from odoo_gate.security.live import roles_of
from odoo_gate.security.live.site import _require_groups
from odoo_gate.settings import RolesSettings


def test_every_odoo_has_portal_users_and_employees():
    assert roles_of(RolesSettings()) == {"portal": ("base.group_portal",), "employee": ("base.group_user",)}


def test_gate_toml_adds_roles_and_may_say_otherwise():
    roles = roles_of(RolesSettings(buyer=["purchase.group_purchase_user"], portal=["shop.group_customer"]))
    assert roles["buyer"] == ("purchase.group_purchase_user",)
    assert roles["portal"] == ("shop.group_customer",)


def test_a_role_with_a_group_that_does_not_exist_is_refused():
    with pytest.raises(SettingsError, match="buyer names purchase\\.group_user"):
        _require_groups({"buyer": ["purchase.group_user"]})
