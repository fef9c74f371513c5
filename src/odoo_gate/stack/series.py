"""What differs between Odoo series as seen from outside the container; the agent has its own table inside."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class SeriesTraits:
    """How one Odoo series is addressed from outside.

    `health_path` answers 200 as soon as a worker serves HTTP; `gevent_port_key` is the odoo.conf key of the
    long-polling or websocket port; `user_groups_field` is the field of res.users that holds its groups.
    """

    health_path: str
    gevent_port_key: str
    user_groups_field: str


def traits_of(series: str) -> SeriesTraits:
    """The traits of a series such as `19.0`."""
    major = int(series.split(".")[0])
    return SeriesTraits(
        health_path="/web/health" if major >= 15 else "/web/login",
        gevent_port_key="gevent_port" if major >= 16 else "longpolling_port",
        user_groups_field="group_ids" if major >= 19 else "groups_id",
    )
