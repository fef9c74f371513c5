"""The data a release is rehearsed with: generated, or a dump of production without what it says of people."""

from __future__ import annotations

from pathlib import Path

import psycopg

from odoo_gate.data.errors import DataError
from odoo_gate.data.generation import data_template
from odoo_gate.data.production import anonymised_template
from odoo_gate.data.production.anonymise import read_salt
from odoo_gate.data.production.dump import open_dump
from odoo_gate.data.spec import data_spec
from odoo_gate.errors import SettingsError
from odoo_gate.model import Say
from odoo_gate.odoo.store import Template
from odoo_gate.odoo.testbed import Release, Testbed
from odoo_gate.odoo.upgrade_plan import installed_modules, plan_upgrade
from odoo_gate.settings import Settings


def like_production(testbed: Testbed, release: Release, say: Say, *, scale: str | None = None) -> Template:
    """A template of `release` with data like production's, as gate.toml's `[data]` asks; made now if there is none.

    With `data.dump` it is that dump, anonymised, and upgraded where `release` is not what made it. `scale` generates
    another scale than `data.scale`; a dump has but its own.
    Raises DataError, DumpError, AnonymiseError, SettingsError, and what the store and the agent raise.
    """
    settings = testbed.settings
    if not settings.data.dump:
        return data_template(testbed, release, data_spec(settings, scale=scale), say)
    if scale is not None:
        raise SettingsError(
            "gate.toml: migration.second_scale asks for generated data, and data.dump gives production's own",
            hint="take one of them out: a dump of production needs no prediction",
        )
    salt = read_salt(settings)
    dump = open_dump(settings.resolve(settings.data.dump), _filestore(settings), say)
    origin = testbed.baseline or release
    production = anonymised_template(testbed, origin, dump, salt, say)
    return production if release is testbed.baseline else _upgraded(testbed, origin, release, production, say)


def _filestore(settings: Settings) -> Path | None:
    return settings.resolve(settings.data.filestore) if settings.data.filestore else None


def _upgraded(testbed: Testbed, origin: Release, release: Release, production: Template, say: Say) -> Template:
    """`production`, which `origin` runs on, brought to `release` as production will be."""

    def fill(database: str) -> None:
        with psycopg.connect(testbed.postgres.dsn(database)) as connection:
            plan = plan_upgrade(installed_modules(connection), origin.graph, release.graph)
        say(f"upgrading the copy of production: odoo {' '.join(plan.arguments)}")
        end = testbed.start_command(release, database, plan.arguments).wait()
        if end.status != 0:
            raise DataError(
                f"the copy of production does not upgrade to the {release.name}: odoo ended with status {end.status}",
                hint=f"see migration.upgrade, and the log: logs/{end.log.name}",
            )

    graph = release.graph
    recipe = {
        "kind": "upgraded",
        "image": release.image.digest,
        "addons": {name: graph.digest(name) for name in graph.closure(graph.own) if name in graph.folders},
    }
    return testbed.store.layer(production, recipe, f"{production.label}, upgraded", fill, release.agent)
