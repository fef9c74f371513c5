"""After uninstalling a module nothing of it is left, and it can be installed again."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import psycopg

from odoo_gate.model import Finding, Severity
from odoo_gate.modules.install import log_errors
from odoo_gate.modules.places import release_failure
from odoo_gate.modules.snapshot import Snapshot, take_snapshot
from odoo_gate.odoo.agent_client import ReleaseFailure
from odoo_gate.odoo.testbed import Release, Testbed

_HARD = frozenset({"table", "column", "constraint", "view", "trigger", "function", "sequence"})
_REMEDY = "remove in an uninstall_hook what the module makes by SQL or hooks; Odoo only removes what it made itself"


@dataclass(frozen=True, slots=True)
class State:
    """A database as far as uninstalling is concerned."""

    snapshot: Snapshot
    models: frozenset[str]
    fields: frozenset[str]
    external_ids: frozenset[str]


def uninstall_findings(testbed: Testbed, release: Release, module: str) -> Iterator[Finding]:
    """`modules.uninstall-reinstall`: uninstalling gives the database of the dependencies; reinstalling works."""
    try:
        template = testbed.exact_template(release, module)
    except ReleaseFailure as failure:
        remedy = "see modules.installs-alone"
        yield release_failure(release.graph, "install-failed", f"installing {module}", failure, remedy)
        return
    with testbed.clone(testbed.closure_template(release, module)) as below:
        before = _state(testbed.postgres.dsn(below.database))
    with testbed.clone(template) as clone:
        try:
            gone = release.agent.uninstall(clone.database, [module])
        except ReleaseFailure as failure:
            remedy = "mend the uninstall_hook or the data that cannot be removed"
            yield release_failure(release.graph, "uninstall-failed", f"uninstalling {module}", failure, remedy)
            return
        yield from log_errors(release.graph, gone.log, f"uninstalling {module}")
        yield from leftovers(module, before, _state(testbed.postgres.dsn(clone.database)))
        try:
            back = release.agent.install(clone.database, [module], auto_install=False)
        except ReleaseFailure as failure:
            yield release_failure(
                release.graph, "reinstall-failed", f"installing {module} again", failure, _REMEDY
            )
            return
        yield from log_errors(release.graph, back.log, f"installing {module} again")


def leftovers(module: str, before: State, after: State) -> Iterator[Finding]:
    """What differs between the database of the dependencies and the one the module was uninstalled from."""
    yield from _schema_left(module, before.snapshot, after.snapshot)
    named = (
        ("model-left", "the model", after.models - before.models),
        ("field-left", "the field", after.fields - before.fields),
        ("external-id-left", "the external id", after.external_ids - before.external_ids),
    )
    for rule, what, names in named:
        for name in sorted(names):
            yield Finding(rule, f"uninstalling {module} leaves {what} {name}", remedy=_REMEDY)
    yield from _rows_left(module, before.snapshot, after.snapshot)


def _schema_left(module: str, before: Snapshot, after: Snapshot) -> Iterator[Finding]:
    tables = {name for kind, name in after.schema.keys() - before.schema.keys() if kind == "table"}
    for kind, name in sorted(before.schema.keys() | after.schema.keys()):
        old, new = before.schema.get((kind, name)), after.schema.get((kind, name))
        if old == new or (kind != "table" and _table_of(kind, name, new or "") in tables):
            continue
        if old is None:
            severity = Severity.ERROR if kind in _HARD else Severity.WARNING
            message = f"uninstalling {module} leaves the {kind} {name}"
            yield Finding(f"{kind}-left", message, severity, remedy=_REMEDY)
        elif new is None:
            message = f"uninstalling {module} removes the {kind} {name}, which is not its own"
            yield Finding("removes-others", message, remedy="do not drop what another module made")
        else:
            message = f"uninstalling {module} leaves the {kind} {name} changed from {old!r} to {new!r}"
            yield Finding("schema-changed", message, Severity.WARNING, remedy=_REMEDY)


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
        if more > 0:
            yield Finding(
                "rows-left",
                f"uninstalling {module} leaves {more} row{'s' if more > 1 else ''} more in {table}",
                Severity.WARNING,
                remedy=_REMEDY,
            )


def _state(dsn: str) -> State:
    with psycopg.connect(dsn) as connection:

        def names(query: str) -> frozenset[str]:
            return frozenset(name for (name,) in connection.execute(query.encode()))

        return State(
            snapshot=take_snapshot(connection),
            models=names("SELECT model FROM ir_model"),
            fields=names("SELECT model || '.' || name FROM ir_model_fields"),
            external_ids=names("SELECT module || '.' || name FROM ir_model_data"),
        )
