"""A release as contracts are asked of it: Odoo as in production on a clone of its own, and the agent beside it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from odoo_gate.model import Say
from odoo_gate.odoo.store import Template
from odoo_gate.odoo.testbed import Release, Testbed
from odoo_gate.stack.odoo_server import OdooServer

INSIDE = Path(__file__).parent / "inside"
"""The scripts that run in Odoo."""


@dataclass(frozen=True)
class Site:
    """`root`: the project, which the files of contracts are relative to. Calls and scripts may write here."""

    release: Release
    server: OdooServer
    dsn: str
    root: Path
    say: Say

    @property
    def database(self) -> str:
        return self.server.database

    def script(self, contract_file: str, name: str) -> Path:
        """A script that a contract names, as a path of this machine."""
        return self.root / Path(contract_file).parent / name


@contextmanager
def open_site(testbed: Testbed, release: Release, template: Template, say: Say) -> Iterator[Site]:
    """Raises StackError, TemplateError."""
    with testbed.clone(template, release) as clone:
        server = testbed.start_server(release, clone.database)
        try:
            yield Site(release, server, testbed.postgres.dsn(clone.database), testbed.settings.root, say)
        finally:
            testbed.stop_server(server)
