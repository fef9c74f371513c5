"""Templates made of production: a dump restored and neutralised, and the same without what it says of people."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any

import psycopg

from odoo_gate.data.production.anonymise import anonymise
from odoo_gate.data.production.anonymise_sql import derived_key
from odoo_gate.data.production.dump import Dump
from odoo_gate.data.production.neutralise import neutralise, require_neutral
from odoo_gate.data.production.restore import restore
from odoo_gate.model import Say
from odoo_gate.odoo.store import Template
from odoo_gate.odoo.testbed import Release, Testbed

_CODE = (
    "amounts.py", "anonymise.py", "anonymise_functions.sql", "anonymise_plan.py", "anonymise_rules.toml",
    "anonymise_sql.py", "neutralise.py", "restore.py", "stored_columns.py", "templates.py",
    "../inside/anonymise_files.py", "../inside/rehash_moves.py",
)  # fmt: skip


def restored_template(testbed: Testbed, release: Release, dump: Dump, say: Say) -> Template:
    """`dump` as a template: neutralised, with everything it says of people still in it.

    Raises DumpError, StackError, TemplateError.
    """

    def fill(database: str) -> None:
        restore(testbed, release, dump, database, testbed.settings.anonymise.missing_files, say)
        neutralise(testbed, release, database, say)

    recipe = _recipe(testbed, release, dump)
    return _imported(testbed, release, recipe, f"production as it is ({dump.path.name})", fill)


def anonymised_template(testbed: Testbed, release: Release, dump: Dump, salt: bytes, say: Say) -> Template:
    """`dump` as a template: neutralised and anonymised with gate.toml's rules. What it was is kept nowhere.

    Raises DumpError, AnonymiseError, StackError, TemplateError.
    """

    def fill(database: str) -> None:
        restore(testbed, release, dump, database, testbed.settings.anonymise.missing_files, say)
        neutralise(testbed, release, database, say)
        anonymise(testbed, release, database, salt, say)
        with psycopg.connect(testbed.postgres.dsn(database)) as connection:
            require_neutral(connection)

    recipe = _recipe(testbed, release, dump) | {
        "anonymise": testbed.settings.anonymise.model_dump(exclude={"salt_file"}),
        "salt": derived_key(salt, "template key"),
    }
    return _imported(testbed, release, recipe, f"production, anonymised ({dump.path.name})", fill)


def _imported(testbed: Testbed, release: Release, recipe: dict[str, Any], label: str, fill: Any) -> Template:
    extensions = testbed.settings.database.extensions
    return testbed.store.imported(recipe, label, extensions, fill, release.agent)


def _recipe(testbed: Testbed, release: Release, dump: Dump) -> dict[str, Any]:
    """Everything that shapes the result: the dump, the image and addons that neutralise it, this code."""
    folder = Path(__file__).parent
    code = hashlib.sha256(b"".join((folder / name).read_bytes() for name in _CODE)).hexdigest()
    own = {name: release.graph.digest(name) for name in release.graph.own}
    return {
        "dump": dump.digest,
        "missing_files": testbed.settings.anonymise.missing_files,
        "image": release.image.digest,
        "addons": hashlib.sha256(json.dumps(own, sort_keys=True).encode()).hexdigest(),
        "code": code,
    }
