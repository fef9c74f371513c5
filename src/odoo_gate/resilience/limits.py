"""How long each drill's recovery may take, by environment."""

from __future__ import annotations

from collections.abc import Mapping

from odoo_gate.settings import ResilienceSettings

PRODUCTION: Mapping[str, float] = {
    "worker-kill": 10,
    "odoo-kill": 60,
    "database-restart": 15,
    "database-crash": 30,
    "redis-loss": 30,
    "slow-database": 10,
    "cut-client": 10,
    "disk-full": 10,
    "cron-crash": 10,
    "duplicate-webhook": 10,
    "lost-response": 10,
    "ingress-restart": 15,
    "degraded-mode": 10,
}
"""Seconds from the end of the fault until work goes on as before, where gate.toml says nothing."""

_FACTORS: Mapping[str, float] = {"qa": 2, "development": 4}
"""An environment that is not named here counts as production."""


def most_recovery_seconds(settings: ResilienceSettings, environment: str, drill: str) -> float:
    """What gate.toml allows for `drill`, else the class of the environment."""
    told: Mapping[str, float] = {str(name): seconds for name, seconds in settings.max_recovery_seconds.items()}
    return told.get(drill, PRODUCTION[drill] * _FACTORS.get(environment, 1))
