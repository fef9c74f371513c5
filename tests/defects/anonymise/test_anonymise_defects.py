"""An anonymiser that forgets something is found out by canaries; one that does not leaves none of them."""

from __future__ import annotations

import secrets
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from pathlib import Path

import psycopg
import pytest

from odoo_gate.data.production.anonymise import anonymise
from odoo_gate.data.production.anonymise_plan import AnonymiseError
from odoo_gate.data.production.canaries import Canaries, plant_canaries
from odoo_gate.data.production.scan import ScanResult, require_clean, scan
from odoo_gate.model import silent
from odoo_gate.odoo.databases import Databases
from odoo_gate.odoo.store import Template
from odoo_gate.odoo.testbed import Release, Testbed, open_testbed
from odoo_gate.settings import Settings, settings_from
from odoo_gate.stack.run import Run, new_run_id

HERE = Path(__file__).parent
EXAMPLE = HERE.parents[2] / "examples" / "construction"
SAMPLE = HERE.parents[1] / "integration" / "data" / "production_sample.py"
SALT = b"a secret of these tests only"
RULES = {
    "construction_*.*": "words",
    "date_range*.*": "words",
    "tier_*.*": "words",
    "res_company.payroll_code": "code",
}


@dataclass(frozen=True)
class Case:
    """`check`: what finds it, `scan` or `plan`; `rule`: the column it names; `sql`: what is planted besides."""

    name: str
    defect: str
    check: str = ""
    rule: str = ""
    keep: dict[str, str] = field(default_factory=dict)
    sql: str = ""


def cases() -> list[Case]:
    found = []
    for path in sorted(HERE.glob("*/expect.toml")):
        planted = path.with_name("plant.sql")
        sql = planted.read_text() if planted.exists() else ""
        found.append(Case(name=path.parent.name, sql=sql, **tomllib.loads(path.read_text())))
    return found


DEFECTS = [case for case in cases() if case.defect]


def settings_with(keep: dict[str, str]) -> Settings:
    written = tomllib.loads((EXAMPLE / "gate.toml").read_text())
    return settings_from({**written, "anonymise": {"rules": RULES, "keep": keep}}, root=EXAMPLE)


@pytest.fixture(scope="module")
def testbed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Testbed]:
    with Run(new_run_id(), tmp_path_factory.mktemp("run")) as run:
        yield open_testbed(settings_with({}), run)


@pytest.fixture(scope="module")
def release(testbed: Testbed) -> Release:
    baseline = testbed.baseline
    assert baseline is not None
    return baseline


@pytest.fixture(scope="module")
def planted(testbed: Testbed, release: Release) -> Iterator[tuple[Template, Canaries]]:
    """A sealed database with canaries wherever something of somebody may be."""
    canaries: list[Canaries] = []

    def fill(database: str) -> None:
        release.agent.run_script(database, SAMPLE, "fill")
        canaries.append(plant_canaries(testbed, release, database, silent))

    recipe = {"canaries": secrets.token_hex(8)}
    template = testbed.store.layer(testbed.full_template(release), recipe, "canaries", fill, release.agent)
    yield template, canaries[0]
    Databases(testbed.postgres).drop(template.database)
    release.agent.files_drop(template.database)


def scanned(
    testbed: Testbed, release: Release, planted: tuple[Template, Canaries], keep: dict[str, str], sql: str = ""
) -> ScanResult:
    """What is found in a clone after it was anonymised with those exceptions. Raises AnonymiseError."""
    template, canaries = planted
    tried = Testbed(settings_with(keep), testbed._host, testbed._facts, testbed._releases, silent)
    with testbed.clone(template, release) as clone:
        if sql:
            with psycopg.connect(testbed.postgres.dsn(clone.database)) as connection:
                connection.execute(sql.encode())
        anonymise(tried, release, clone.database, SALT, silent)
        return scan(tried, release, clone.database, [canaries.marker], silent)


@pytest.fixture(scope="module")
def missed(testbed: Testbed, release: Release, planted: tuple[Template, Canaries]) -> ScanResult:
    """What is found when every exception of the cases is made at once."""
    keep = {name: reason for case in DEFECTS for name, reason in case.keep.items()}
    return scanned(testbed, release, planted, keep)


def test_the_scan_finds_every_canary(testbed, release, planted):
    template, canaries = planted
    with testbed.clone(template, release) as clone:
        result = scan(testbed, release, clone.database, [canaries.marker], silent)
    found = {hit.place for hit in result.hits}
    columns = {place for place in canaries.places if "." in place and " " not in place}
    assert len(columns) > 150
    assert columns <= found
    files = [hit for hit in result.hits if hit.place.startswith("file ")]
    assert len(files) == len(canaries.places) - len(columns)
    wrapped = " ".join(hit.how for hit in files)
    assert all(way in wrapped for way in ("word/document.xml", "notes.txt", "gzip", "PDF", "base64"))
    assert canaries.refused == ()


def test_the_clean_twin_leaves_none(testbed, release, planted):
    (clean,) = (case for case in cases() if not case.defect)
    result = scanned(testbed, release, planted, clean.keep, clean.sql)
    require_clean(result)
    assert result.tables > 300
    assert result.files > 10


@pytest.mark.parametrize("case", [case for case in DEFECTS if case.check == "scan"], ids=lambda case: case.name)
def test_what_the_anonymiser_misses_is_found(missed, case):
    hits = tuple(hit for hit in missed.hits if hit.place == case.rule)
    assert hits
    with pytest.raises(AnonymiseError, match=case.rule) as failure:
        require_clean(ScanResult(hits, missed.tables, missed.columns, missed.files))
    assert failure.value.hint


def test_nothing_but_what_was_missed_is_found(missed):
    kept = [pattern for case in DEFECTS for pattern in case.keep]
    others = [
        hit.place
        for hit in missed.hits
        if not any(fnmatchcase(hit.place.removeprefix("statistics of "), pattern) for pattern in kept)
    ]
    assert others == []


@pytest.mark.parametrize("case", [case for case in DEFECTS if case.check == "plan"], ids=lambda case: case.name)
def test_a_column_nobody_decided_on_is_named(testbed, release, planted, case):
    with pytest.raises(AnonymiseError, match=case.rule) as failure:
        scanned(testbed, release, planted, case.keep, case.sql)
    assert "anonymise.keep" in failure.value.hint
