"""What a rehearsed recovery costs beside the bare tools: our backup and restore against `pg_dump` and `pg_restore`.

    .venv/bin/python benchmarks/recovery.py --project examples/construction --pairs 3

- *bare*: `pg_dump -Fd -j 2` and `pg_restore -j 2` of the database inside the PostgreSQL container, nothing checked.
- *ours*: `take_backup` (one snapshot, manifest with the rows of every table, filestore with digests, parts on the host)
  and `restore_backup` (database and filestore, facts read back), then every comparison the checks make.

Both on the same durable PostgreSQL and the same database. The runs alternate; medians and the ratio are printed.
"""

from __future__ import annotations

import argparse
import os
import statistics
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from odoo_gate.data import data_spec, data_template
from odoo_gate.model import Finding
from odoo_gate.odoo.databases import Databases
from odoo_gate.odoo.testbed import Testbed, open_testbed
from odoo_gate.recovery import (
    Source,
    Target,
    attachment_findings,
    drop_restored,
    restore_backup,
    restored_findings,
    stored_findings,
    take_backup,
)
from odoo_gate.recovery.filestore import Filestores
from odoo_gate.settings import load_settings
from odoo_gate.stack.run import Run, new_run_id

_DUMP = "/var/tmp/bare-dump"


@dataclass(frozen=True)
class Bench:
    """One database on a durable PostgreSQL."""

    testbed: Testbed
    source: Source
    folder: Path

    def bare(self) -> float:
        """Seconds of the plain tools."""
        name = self.testbed.store.new_database().database
        databases = Databases(self.source.postgres.address)
        started = time.monotonic()
        self._tool("pg_dump", "-Fd", "--jobs=2", "-f", _DUMP, self.source.database)
        databases.create_empty(name, self.testbed.settings.database.extensions)
        self._tool("pg_restore", "--jobs=2", "--exit-on-error", "--no-owner", "-d", name, _DUMP)
        seconds = time.monotonic() - started
        self._tool("rm", "-rf", _DUMP)
        databases.drop(name)
        return seconds

    def ours(self, number: int) -> float:
        """Seconds of backup, restore and verification. Raises RuntimeError when anything was found wrong."""
        name = self.testbed.store.new_database().database
        target = Target(self.source.postgres, name, self.source.filestores, self.testbed.settings.database.extensions)
        started = time.monotonic()
        backup = take_backup(self.source, self.folder / f"backup-{number}", "pg-directory")
        found: list[Finding] = list(stored_findings(backup))
        restored = restore_backup(backup, target)
        found += restored_findings(backup.manifest.facts, restored.facts)
        agent = (self.testbed.baseline or self.testbed.candidate).agent
        found += attachment_findings(restored.facts, agent.files_checksums(name))
        seconds = time.monotonic() - started
        drop_restored(target)
        if found:
            raise RuntimeError(f"a measured recovery must be sound: {found}")
        return seconds

    def _tool(self, *argv: str) -> None:
        address = self.source.postgres.address
        environment = {"PGUSER": address.user, "PGPASSWORD": address.password}
        self.source.postgres.container.execute(*argv, user="postgres", environment=environment)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--project", type=Path, default=Path("examples/construction"))
    parser.add_argument("--scale", default="small", choices=("small", "medium", "large"))
    parser.add_argument("--pairs", type=int, default=3)
    arguments = parser.parse_args()
    with (
        tempfile.TemporaryDirectory(prefix="odoo-gate-") as folder,
        Run(new_run_id(), Path(folder) / "run", print) as run,
    ):
        testbed = open_testbed(load_settings(arguments.project, os.environ), run, print)
        bench = _bench(testbed, arguments.scale, Path(folder))
        bare, ours = [], []
        for number in range(arguments.pairs):
            bare.append(_timed("bare", bench.bare))
            ours.append(_timed("ours", lambda number=number: bench.ours(number)))
    plain, rehearsed = statistics.median(bare), statistics.median(ours)
    print(f"bare {plain:.1f} s, ours {rehearsed:.1f} s (median of {arguments.pairs})")
    print(f"ratio {rehearsed / plain:.2f}: with filestore, manifest, digests and every comparison")


def _bench(testbed: Testbed, scale: str, folder: Path) -> Bench:
    release = testbed.baseline or testbed.candidate
    template = data_template(testbed, release, data_spec(testbed.settings, scale=scale), print)
    clone = testbed.store.clone(template, release.agent)
    postgres = testbed.start_postgres()
    testbed.load_database(clone, postgres)
    return Bench(testbed, Source(postgres, clone.database, Filestores(testbed.start_files())), folder)


def _timed(name: str, run: Callable[[], float]) -> float:
    seconds = run()
    print(f"  {name}: {seconds:.2f} s")
    return seconds


if __name__ == "__main__":
    main()
