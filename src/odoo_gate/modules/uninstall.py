"""After uninstalling a module nothing of it is left, and it can be installed again."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import LiteralString

import psycopg

from odoo_gate.model import Finding, Severity
from odoo_gate.modules.install import log_errors
from odoo_gate.modules.places import release_failure
from odoo_gate.modules.snapshot import Snapshot, take_snapshot
from odoo_gate.odoo.agent_client import ReleaseFailure
from odoo_gate.odoo.testbed import Release, Testbed

_RETRIED = "odoo.sql_db"
"""Odoo deletes records in bulk, and one by one when the database refuses: what is refused for good, stays."""

_BOOKKEEPING = frozenset(
    {
        "ir_model_constraint",
        "ir_model_data",
        "ir_model_inherit",
        "ir_model_relation",
        "ir_module_category",
        "ir_module_module",
        "ir_module_module_dependency",
        "ir_module_module_exclusion",
    }
)
"""Where Odoo itself keeps lines about models that are gone and modules that are there to install."""

_REMEDY = "remove in an uninstall_hook what the module makes by SQL or hooks; Odoo only removes what it made itself"


@dataclass(frozen=True, slots=True)
class State:
    """A database as far as uninstalling is concerned.

    `relations` are the tables the ORM made for many2many fields; `fields_of_others` the fields that Odoo has on
    record as another module's. `external_ids` are the module's own.
    """

    snapshot: Snapshot
    models: frozenset[str] = frozenset()
    fields: frozenset[str] = frozenset()
    fields_of_others: frozenset[str] = frozenset()
    relations: frozenset[str] = frozenset()
    external_ids: frozenset[str] = frozenset()


def uninstall_findings(testbed: Testbed, release: Release, module: str) -> Iterator[Finding]:
    """`modules.uninstall-reinstall`: uninstalling gives the database of the dependencies; reinstalling works."""
    try:
        template = testbed.exact_template(release, module)
    except ReleaseFailure as failure:
        remedy = "see modules.installs-alone"
        yield release_failure(release.graph, "install-failed", f"installing {module}", failure, remedy)
        return
    with testbed.clone(testbed.closure_template(release, module)) as below:
        before = _state(testbed.postgres.dsn(below.database), module)
    with testbed.clone(template) as clone:
        try:
            gone = release.agent.uninstall(clone.database, [module])
        except ReleaseFailure as failure:
            remedy = "mend the uninstall_hook or the data that cannot be removed"
            yield release_failure(release.graph, "uninstall-failed", f"uninstalling {module}", failure, remedy)
            return
        log = (line for line in gone.log if line.logger != _RETRIED)
        yield from log_errors(release.graph, log, f"uninstalling {module}")
        yield from leftovers(module, before, _state(testbed.postgres.dsn(clone.database), module))
        try:
            back = release.agent.install(clone.database, [module], auto_install=False)
        except ReleaseFailure as failure:
            yield release_failure(release.graph, "reinstall-failed", f"installing {module} again", failure, _REMEDY)
            return
        yield from log_errors(release.graph, back.log, f"installing {module} again")


def leftovers(module: str, before: State, after: State) -> Iterator[Finding]:
    """What differs between the database of the dependencies and the one the module was uninstalled from.

    What Odoo's own uninstalling leaves of any module (relation tables and fields that come from another module's
    abstract model) is a warning: the author can do little about it.
    """
    yield from _schema_left(module, before, after)
    for name in sorted(after.models - before.models):
        yield Finding("model-left", f"uninstalling {module} leaves the model {name}", remedy=_REMEDY)
    for name in sorted(after.fields - before.fields):
        severity = Severity.WARNING if name in after.fields_of_others else Severity.ERROR
        yield Finding("field-left", f"uninstalling {module} leaves the field {name}", severity, remedy=_REMEDY)
    for name in sorted(after.external_ids):
        yield Finding("external-id-left", f"uninstalling {module} leaves the external id {name}", remedy=_REMEDY)
    yield from _rows_left(module, before.snapshot, after.snapshot)


def _schema_left(module: str, before: State, after: State) -> Iterator[Finding]:
    old_schema, new_schema = before.snapshot.schema, after.snapshot.schema
    tables = {name for kind, name in new_schema.keys() - old_schema.keys() if kind == "table"}
    for kind, name in sorted(old_schema.keys() | new_schema.keys()):
        old, new = old_schema.get((kind, name)), new_schema.get((kind, name))
        if old == new or (kind != "table" and _table_of(kind, name, new or "") in tables):
            continue
        if old is None:
            message = f"uninstalling {module} leaves the {kind} {name}"
            yield Finding(f"{kind}-left", message, _weight(kind, name, after), remedy=_REMEDY)
        elif new is None:
            message = f"uninstalling {module} removes the {kind} {name}, which is not its own"
            yield Finding("removes-others", message, remedy="do not drop what another module made")
        else:
            message = f"uninstalling {module} leaves the {kind} {name} changed from {old!r} to {new!r}"
            yield Finding("schema-changed", message, Severity.WARNING, remedy=_REMEDY)


def _weight(kind: str, name: str, after: State) -> Severity:
    """Whether something left counts against the module, or only against Odoo."""
    by_odoo = {field.replace(".", "_") for field in after.fields_of_others}
    if kind == "index" or (kind == "table" and name in after.relations):
        return Severity.WARNING
    if kind == "column" and name.replace(".", "_") in by_odoo:
        return Severity.WARNING
    return Severity.ERROR


def _table_of(kind: str, name: str, definition: str) -> str:
    """The table a schema object belongs to: told with it, not beside it."""
    if kind == "index":
        return definition.partition(" ON public.")[2].partition(" ")[0]
    if kind == "sequence":
        return name.removesuffix("_id_seq")
    return name.partition(".")[0]


def _rows_left(module: str, before: Snapshot, after: Snapshot) -> Iterator[Finding]:
    counts = before.counts()
    for table, count in sorted(after.counts().items()):
        more = count - counts.get(table, count)
        if more > 0 and table not in _BOOKKEEPING:
            yield Finding(
                "rows-left",
                f"uninstalling {module} leaves {more} row{'s' if more > 1 else ''} more in {table}",
                Severity.WARNING,
                remedy=_REMEDY,
            )


def _state(dsn: str, module: str) -> State:
    with psycopg.connect(dsn) as connection:

        def names(query: LiteralString) -> frozenset[str]:
            found = connection.execute(query, {"module": module})
            return frozenset(name for (name,) in found)

        return State(
            snapshot=take_snapshot(connection),
            models=names("SELECT model FROM ir_model"),
            fields=names("SELECT model || '.' || name FROM ir_model_fields"),
            fields_of_others=names(
                "SELECT f.model || '.' || f.name FROM ir_model_fields f JOIN ir_model_data d "
                "ON d.model = 'ir.model.fields' AND d.res_id = f.id AND d.module <> %(module)s"
            ),
            relations=names("SELECT name FROM ir_model_relation"),
            external_ids=names("SELECT module || '.' || name FROM ir_model_data WHERE module = %(module)s"),
        )
