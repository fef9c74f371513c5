"""The site holds every page, its generated parts are as the code is now, and the catalogue speaks of what there is."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml
from blocks import ROOT
from references.pages import refreshed
from references.sources import SOURCES

from odoo_gate.catalogue import entries, entry, families
from odoo_gate.catalogue.entries import family_from
from odoo_gate.errors import SettingsError
from odoo_gate.invariants import INVARIANTS
from odoo_gate.policy import default_policy, load_policy
from odoo_gate.report.families import FAMILIES
from odoo_gate.settings import Settings

DOCS = ROOT / "docs"
PAGES = sorted(DOCS.rglob("*.md"))
GENERATED = {
    "checks.md": "checks",
    "cli-reference.md": "command line",
    "gate-toml.md": "gate.toml",
    "index.md": "families",
    "invariants.md": "invariants",
    "policy-reference.md": "policy",
}


HEAD = 'title = "T"\nintro = "I"\npage = "p.md"\n'
ENTRY = '[a]\nquestion = "Q?"\nwhy = "W."\nfails = "f"\nremedy = "r"\n'


class _Loader(yaml.SafeLoader):
    """mkdocs.yml names Python functions for its extensions; their names are enough here."""


_Loader.add_multi_constructor("tag:yaml.org,2002:python/name:", lambda _loader, suffix, _node: suffix)
SITE: dict[str, Any] = yaml.load((ROOT / "mkdocs.yml").read_text("utf-8"), _Loader)


def in_nav(node: Any) -> set[str]:
    if isinstance(node, str):
        return {node}
    return set().union(*map(in_nav, node.values() if isinstance(node, dict) else node))


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_page_is_in_the_navigation(page: Path):
    assert page.relative_to(DOCS).as_posix() in in_nav(SITE["nav"]), "name it in mkdocs.yml"


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_what_is_generated_is_as_the_code_is_now(page: Path):
    text = page.read_text("utf-8")
    assert refreshed(text, SOURCES) == text, "stale; run make docs"


@pytest.mark.parametrize(("page", "source"), GENERATED.items())
def test_a_reference_is_really_generated(page: str, source: str):
    text = (DOCS / page).read_text("utf-8")
    assert f"<!-- generated: {source} -->" in text
    assert SOURCES[source]() in text


def test_every_section_and_key_of_gate_toml_is_in_its_reference():
    text = SOURCES["gate.toml"]()
    for name in set(Settings.model_fields) - {"root", "file", "sources"}:
        assert f"## `[{name}]`" in text
    for key in ("max_downtime_seconds", "retention_accounts", "idempotency_header", "images_from_report"):
        assert f"| `{key}` |" in text


def test_every_family_of_the_catalogue_is_one_that_the_report_knows():
    assert {family.name for family in families()} <= FAMILIES.keys()


@pytest.mark.parametrize("family", families(), ids=lambda family: family.name)
def test_every_family_has_a_page(family):
    assert (DOCS / family.page).is_file()


@pytest.mark.parametrize("invariant", sorted(INVARIANTS))
def test_every_invariant_has_an_entry(invariant: str):
    assert entry(f"migration.{invariant}") is not None


@pytest.mark.parametrize("environment", ["production", "qa", "development"])
def test_what_the_shipped_policy_demands_by_name_has_an_entry(environment: str):
    demands = load_policy(default_policy()).rules(environment).demands
    assert [each for each in demands if "*" not in each and entry(each) is None] == []


@pytest.mark.parametrize("each", entries(), ids=lambda each: each.check)
def test_an_entry_is_a_question_and_says_what_to_do(each):
    assert each.question.endswith("?")
    assert each.why.endswith((".", "!"))
    assert not each.remedy.endswith(".")
    assert not each.fails.endswith(".")


def test_a_check_of_somebody_elses_making_has_no_entry():
    assert entry("yard.cranes") is None


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (HEAD.replace("page", "pages") + ENTRY, "page"),
        (HEAD, "no checks"),
        (HEAD + '[a]\nquestion = "Q?"', "fails, remedy, why"),
        (HEAD + ENTRY + "x = 1", "a is wrong: x"),
    ],
)
def test_a_wrong_file_of_the_catalogue_is_refused(text: str, words: str):
    with pytest.raises(SettingsError, match=words):
        family_from("yard", text)
