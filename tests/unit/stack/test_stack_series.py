from __future__ import annotations

import pytest

from odoo_gate.stack.series import traits_of


@pytest.mark.parametrize(
    ("series", "health", "gevent", "groups"),
    [
        ("14.0", "/web/login", "longpolling_port", "groups_id"),
        ("15.0", "/web/health", "longpolling_port", "groups_id"),
        ("16.0", "/web/health", "gevent_port", "groups_id"),
        ("18.0", "/web/health", "gevent_port", "groups_id"),
        ("19.0", "/web/health", "gevent_port", "group_ids"),
    ],
)
def test_what_differs_between_series(series: str, health: str, gevent: str, groups: str) -> None:
    traits = traits_of(series)
    assert (traits.health_path, traits.gevent_port_key, traits.user_groups_field) == (health, gevent, groups)
