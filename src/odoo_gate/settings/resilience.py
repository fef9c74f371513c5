"""`[resilience]` of `gate.toml`: what a dead database, Redis or server may cost."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import AfterValidator, BeforeValidator, Field, StringConstraints, model_validator

from odoo_gate.settings.sections import InvariantId, RelativePath, Section, _list_only, _unique

Drill = Literal[
    "worker-kill", "odoo-kill", "database-restart", "database-crash", "redis-loss", "slow-database", "cut-client",
    "disk-full", "cron-crash", "duplicate-webhook", "lost-response", "ingress-restart", "degraded-mode",
]  # fmt: skip
Seconds = Annotated[float, Field(gt=0, allow_inf_nan=False)]
XmlId = Annotated[str, StringConstraints(pattern=r"^[a-z_][a-z0-9_]*\.[A-Za-z0-9_.]+$")]
Sql = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1)]
Command = Annotated[tuple[str, ...], BeforeValidator(_list_only)]


class CronDrill(Section):
    """`[[resilience.crons]]`: a scheduled action that is killed in the middle of its work.

    `cron` is its external id. `script` has `prepare(env, say)`, which makes work for it and returns the keys (texts or
    numbers) of what it shall do. `effect` is SQL with the parameter `%(key)s` that gives one number, how often that was
    done: 1 when all is well. `budget_seconds` is how long the work may take, the killed attempt included.
    """

    name: InvariantId
    cron: XmlId
    script: RelativePath
    effect: Sql
    budget_seconds: Seconds = 120


class DegradedMode(Section):
    """`[resilience.degraded]`: how the runbook takes load off a system in trouble.

    `pause` and `resume` are its very commands, as lists of words; they find the database in libpq's variables
    (PGHOST, PGPORT, PGUSER, PGPASSWORD, PGDATABASE). `{essential}` stands for the external ids in `essential`,
    separated by commas: the scheduled actions that go on.
    """

    essential: Annotated[tuple[XmlId, ...], BeforeValidator(_list_only), AfterValidator(_unique)] = ()
    pause: Command = ("odoo-gate", "crons", "pause", "--except", "{essential}")
    resume: Command = ("odoo-gate", "crons", "resume")


class ResilienceSettings(Section):
    """What is hit, under which load, and how long recovery may take.

    `max_recovery_seconds` by drill replaces what the class of the environment allows. `profile` is the traffic
    (`locustfiles/`) of the drills, `mix` the weights of its transactions where they are not its own;
    `retrying_profile` is that of lost answers: its clients must ask again.
    `uses_redis` false says that nothing of the release needs Redis; that is verified. `parallel_reports` is how often
    the same report of `[[contracts.webhooks]]` comes at the same time.
    """

    max_recovery_seconds: dict[Drill, Seconds] = Field(default_factory=dict)
    profile: InvariantId = "month-end"
    retrying_profile: InvariantId = "field-mobile"
    mix: dict[str, Annotated[float, Field(gt=0, allow_inf_nan=False)]] = Field(default_factory=dict)
    arrivals_per_minute: Annotated[float, Field(gt=0, le=600, allow_inf_nan=False)] = 75
    users: Annotated[int, Field(ge=2, le=100)] = 6
    uses_redis: bool = True
    parallel_reports: Annotated[int, Field(ge=2, le=50)] = 10
    crons: tuple[CronDrill, ...] = ()
    degraded: DegradedMode = DegradedMode()

    @model_validator(mode="after")
    def _own_names(self) -> ResilienceSettings:
        _unique(tuple(each.name for each in self.crons))
        return self
