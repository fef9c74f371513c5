"""Every spoilt backup is found by the check that is there for it; the clean twin passes all of them.

One small database is backed up once in each way; every case spoils a copy of that. What judges is what the suite calls.
"""

from __future__ import annotations

import importlib.util
import shutil
import time
import tomllib
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path

import psycopg
import pytest

from odoo_gate.invariants import Snapshot, compare, take_snapshot
from odoo_gate.model import Finding, Severity
from odoo_gate.odoo.testbed import Testbed, open_testbed
from odoo_gate.recovery import (
    Backup,
    BackupError,
    Loss,
    Objectives,
    Source,
    Target,
    attachment_findings,
    drop_restored,
    finding_of,
    restore_backup,
    restored_findings,
    rpo_findings,
    stored_findings,
    take_backup,
)
from odoo_gate.recovery.filestore import Filestores
from odoo_gate.recovery.manifest import read_backup, write_backup
from odoo_gate.recovery.streams import sha256_of
from odoo_gate.recovery.writes import Write
from odoo_gate.settings import load_settings
from odoo_gate.stack.run import Run, new_run_id

CASES = Path(__file__).parent
RPO = Objectives(rto=3600, rpo=86400, backup_every=3600)
KEY, OTHER_KEY = b"k" * 32, b"o" * 32
Findings = dict[str, tuple[Finding, ...]]


@dataclass(frozen=True)
class Case:
    """`whole_again`: the manifest is written after the damage, so that only what comes out of the backup tells."""

    name: str
    defect: str
    check: str
    method: str
    rule: str = ""
    whole_again: bool = False
    with_files: bool = True
    encrypted: bool = False
    hides_a_file: bool = False
    key: str = "own"
    of: str = "production"
    age_seconds: float = 60.0

    def plant(self, folder: Path) -> None:
        path = CASES / self.name / "plant.py"
        if path.exists():
            spec = importlib.util.spec_from_file_location(f"plant_{self.name}", path)
            module = importlib.util.module_from_spec(spec)
            spec.loader.exec_module(module)
            module.plant(folder)

    @property
    def given_key(self) -> bytes | None:
        if not self.encrypted or self.key == "none":
            return None
        return KEY if self.key == "own" else OTHER_KEY


CLEAN = [
    Case("clean_directory", "", "", "pg-directory"),
    Case("clean_zip", "", "", "odoo-zip"),
    Case("clean_encrypted_directory", "", "", "pg-directory", encrypted=True),
    Case("clean_encrypted_zip", "", "", "odoo-zip", encrypted=True),
]


def planted() -> list[Case]:
    return [
        Case(path.parent.name, **tomllib.loads(path.read_text("utf-8"))) for path in sorted(CASES.glob("*/expect.toml"))
    ]


@dataclass(frozen=True)
class Bed:
    """A database in service on a durable PostgreSQL, and the way to back it up once for many cases."""

    testbed: Testbed
    source: Source
    uuid: str
    folder: Path

    @property
    def files_of(self) -> Callable[[str], dict[str, tuple[int, str]]]:
        return self.testbed.candidate.agent.files_checksums

    @cache  # noqa: B019 (the bed lives as long as the session)
    def backup(self, method: str, *, encrypted: bool, with_files: bool, hides_a_file: bool) -> tuple[Backup, Snapshot]:
        seen = []
        folder = self.folder / f"{method}-{encrypted}-{with_files}-{hides_a_file}"
        hidden = self._hide() if hides_a_file else ""
        try:
            backup = take_backup(
                self.source,
                folder,
                method,
                key=KEY if encrypted else None,
                with_files=with_files,
                observe=lambda connection: seen.append(take_snapshot(connection, self.files_of(self.source.database))),
            )
        finally:
            if hidden:
                self._move(f"{hidden}.hidden", hidden)
        return backup, seen[0]

    def _hide(self) -> str:
        folder = f"/var/lib/odoo-gate-files/filestore/{self.source.database}"
        found = self.source.filestores.container.execute("find", folder, "-type", "f").split()
        self._move(found[0], f"{found[0]}.hidden")
        return found[0]

    def _move(self, here: str, there: str) -> None:
        self.source.filestores.container.execute("mv", here, there, user="root")


@pytest.fixture(scope="module")
def bed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Bed]:
    root = tmp_path_factory.mktemp("recovery")
    (root / "addons/empty").mkdir(parents=True)
    (root / "addons/empty/__init__.py").touch()
    (root / "addons/empty/__manifest__.py").write_text(
        "{'name': 'Empty', 'version': '19.0.1.0.0', 'depends': ['base'], 'license': 'LGPL-3'}"
    )
    (root / "gate.toml").write_text('[project]\nname = "spoilt backups"\nseries = "19.0"\n')
    with Run(new_run_id(), root / "run", print) as run:
        testbed = open_testbed(load_settings(root, {}), run, print)
        candidate = testbed.candidate
        template = testbed.exact_template(candidate, "base")
        with testbed.clone(template, candidate) as production, testbed.clone(template, candidate) as another:
            postgres = testbed.start_postgres()
            testbed.load_database(production, postgres)
            source = Source(postgres, production.database, Filestores(testbed.start_files()))
            with psycopg.connect(testbed.postgres.dsn(another.database)) as connection:
                row = connection.execute("SELECT value FROM ir_config_parameter WHERE key = 'database.uuid'").fetchone()
            yield Bed(testbed, source, str(row[0]), root)


def examined(bed: Bed, case: Case, folder: Path) -> Findings:
    """What each check of the suite says of the case's backup; a check that could not be asked is not there."""
    backup, before = bed.backup(
        case.method, encrypted=case.encrypted, with_files=case.with_files, hides_a_file=case.hides_a_file
    )
    shutil.copytree(backup.folder, folder)
    case.plant(folder)
    spoilt = whole_again(read_backup(folder)) if case.whole_again else read_backup(folder)
    said: Findings = {
        "recovery.rpo": tuple(rpo_findings(RPO, loss_of(case))),
        "recovery.backup": tuple(stored_findings(spoilt, case.given_key)),
    }
    if not errors(said["recovery.backup"]):
        said |= restored(bed, case, spoilt, before)
    return said


def restored(bed: Bed, case: Case, backup: Backup, before: Snapshot) -> Findings:
    name = bed.testbed.store.new_database().database
    target = Target(bed.source.postgres, name, bed.source.filestores, bed.testbed.settings.database.extensions)
    try:
        facts = restore_backup(backup, target, key=case.given_key).facts
        files = bed.files_of(name)
        with psycopg.connect(target.postgres.dsn(name)) as connection:
            after = take_snapshot(connection, files)
    except BackupError as error:
        return {"recovery.restore": (finding_of(error),)}
    finally:
        drop_restored(target)
    uuid = bed.uuid if case.of == "another" else ""
    return {
        "recovery.restore": tuple(restored_findings(backup.manifest.facts, facts, uuid)),
        "recovery.attachments": tuple(attachment_findings(facts, files)),
        "recovery.invariants": tuple(each for result in compare(before, after) for each in result.findings),
    }


def whole_again(backup: Backup) -> Backup:
    """The manifest as it would be had the damage been there before it was written."""
    parts = tuple(
        replace(part, size=backup.path(part).stat().st_size, sha256=sha256_of(backup.path(part)))
        for part in backup.manifest.parts
    )
    return write_backup(backup.folder, replace(backup.manifest, parts=parts))


def loss_of(case: Case) -> Loss:
    """A disaster `age_seconds` after the backup: one write long before it, and one just before the disaster is lost."""
    now = time.time()
    writes = (Write("kept", now - 2e6, now - 1e6), Write("lost", now - 1, now - 1))
    return Loss(taken=now - case.age_seconds, disaster=now, backup_seconds=1.0, writes=writes, lost=writes[1:])


def errors(findings: tuple[Finding, ...]) -> list[Finding]:
    return [finding for finding in findings if finding.severity is Severity.ERROR]


@pytest.mark.parametrize("case", CLEAN, ids=lambda case: case.name)
def test_the_clean_twin_passes(case, bed, tmp_path):
    said = examined(bed, case, tmp_path / "backup")
    assert said.keys() == {f"recovery.{name}" for name in ("rpo", "backup", "restore", "attachments", "invariants")}
    assert not [finding for found in said.values() for finding in errors(found)]


@pytest.mark.parametrize("case", planted(), ids=lambda case: case.name)
def test_the_named_check_finds_the_defect(case, bed, tmp_path):
    said = examined(bed, case, tmp_path / "backup")
    found = errors(said.get(case.check, ()))
    assert found, said
    assert not case.rule or case.rule in {finding.rule for finding in found}
    assert all(finding.message and finding.remedy for finding in found)
