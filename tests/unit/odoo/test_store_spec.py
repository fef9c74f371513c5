"""The content key of a template, and the layers it is built in."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest

from odoo_gate.addons import AddonGraph
from odoo_gate.odoo import spec as spec_module
from odoo_gate.odoo.spec import Ingredients, TemplateSpec, base_spec, exact_spec, full_spec

INGREDIENTS = Ingredients(
    image="sha256:" + "1" * 64,
    postgres_major="17",
    languages=("en_US", "de_DE"),
    demo=False,
    extensions=("unaccent", "pg_trgm"),
)
SPEC = TemplateSpec(
    ingredients=INGREDIENTS,
    modules=("base", "web", "job_costing"),
    own_digests={"job_costing": "a" * 64, "payroll": "b" * 64},
    auto_install=False,
)

GraphOf = Callable[..., AddonGraph]


@pytest.mark.parametrize(
    "changed",
    [
        replace(SPEC, ingredients=replace(INGREDIENTS, image="sha256:" + "2" * 64)),
        replace(SPEC, ingredients=replace(INGREDIENTS, postgres_major="18")),
        replace(SPEC, ingredients=replace(INGREDIENTS, languages=("en_US",))),
        replace(SPEC, ingredients=replace(INGREDIENTS, demo=True)),
        replace(SPEC, ingredients=replace(INGREDIENTS, extensions=("unaccent",))),
        replace(SPEC, modules=("base", "web")),
        replace(SPEC, own_digests={"job_costing": "c" * 64, "payroll": "b" * 64}),
        replace(SPEC, own_digests={"job_costing": "a" * 64}),
        replace(SPEC, auto_install=True),
        replace(SPEC, assets=True),
    ],
)
def test_every_ingredient_is_in_the_key(changed: TemplateSpec) -> None:
    assert changed.key != SPEC.key


@pytest.mark.parametrize("constant", ["STORE_FORMAT", "AGENT_VERSION"])
def test_another_format_is_another_key(monkeypatch: pytest.MonkeyPatch, constant: str) -> None:
    before = SPEC.key
    monkeypatch.setattr(spec_module, constant, "another")
    assert SPEC.key != before


@pytest.mark.parametrize(
    "same",
    [
        replace(SPEC, ingredients=replace(INGREDIENTS, languages=("de_DE", "en_US"))),
        replace(SPEC, ingredients=replace(INGREDIENTS, extensions=("pg_trgm", "unaccent"))),
        replace(SPEC, modules=("web", "base", "job_costing")),
        replace(SPEC, own_digests={"payroll": "b" * 64, "job_costing": "a" * 64}),
        replace(SPEC, parent=SPEC, install=("job_costing",)),
    ],
)
def test_order_and_the_way_it_is_built_are_not_in_the_key(same: TemplateSpec) -> None:
    assert same.key == SPEC.key


def test_database_names_fit() -> None:
    assert len(SPEC.key) == 16


def test_base_is_what_odoo_installs_on_an_empty_database(graph_of: GraphOf) -> None:
    base = base_spec(graph_of(a=["project"]), INGREDIENTS)
    assert (base.install, base.parent, base.label) == (("base",), None, "base")


def test_an_exact_template_holds_the_closure_and_no_more(graph_of: GraphOf) -> None:
    spec = exact_spec(graph_of(a=["project", "sale"]), ["a"], INGREDIENTS)
    assert set(spec.modules) == {"base", "web", "project", "sale", "a"}
    assert not spec.auto_install


def test_own_addons_are_layered_one_by_one_on_the_stock_ones(graph_of: GraphOf) -> None:
    graph = graph_of(a=["project"], b=["a"], c=["b"])
    layers = layers_of(exact_spec(graph, ["c"], INGREDIENTS))
    assert [layer.install for layer in layers] == [("c",), ("b",), ("a",), ("project",), ("base",)]


def test_the_layer_below_a_module_is_what_it_depends_on(graph_of: GraphOf) -> None:
    graph = graph_of(a=["project"], b=["project"], zz=["sale"], top=["a", "b"])
    spec = exact_spec(graph, ["top"], INGREDIENTS)
    assert spec.install == ("top",)
    assert spec.parent == exact_spec(graph, graph.addons["top"].depends, INGREDIENTS)


def test_what_every_database_has_is_not_installed_again(graph_of: GraphOf) -> None:
    graph = graph_of(a=["web"])
    assert exact_spec(graph, ["web"], INGREDIENTS) == base_spec(graph, INGREDIENTS)
    assert exact_spec(graph, ["a"], INGREDIENTS).parent == base_spec(graph, INGREDIENTS)


def test_a_changed_addon_changes_its_own_layer_and_those_above(graph_of: GraphOf) -> None:
    own = {"a": ["project"], "b": ["a"], "other": ["project"]}
    before = keys_of(graph_of(**own))
    after = keys_of(graph_of({"a/models.py": "changed"}, **own))
    assert {name for name in before if before[name] != after[name]} == {"a", "b"}


def test_the_full_template_is_built_on_that_of_the_stock_modules(graph_of: GraphOf) -> None:
    graph = graph_of(a=["project"], b=["sale"])
    layers = layers_of(full_spec(graph, graph.own, INGREDIENTS))
    assert [layer.install for layer in layers] == [("a", "b"), ("project", "sale"), ("base",)]
    assert all(layer.auto_install for layer in layers)
    assert [layer.assets for layer in layers] == [True, True, False]


def test_the_full_template_of_stock_modules_alone(graph_of: GraphOf) -> None:
    layers = layers_of(full_spec(graph_of(), ["project"], INGREDIENTS))
    assert [layer.install for layer in layers] == [("project",), ("base",)]


def test_an_addon_that_installs_itself_is_in_the_key_of_the_layer_it_joins(graph_of: GraphOf) -> None:
    manifest = "{'name': 'g', 'version': '19.0.1.0.0', 'depends': ['project', 'sale'], 'auto_install': True}"
    graph = graph_of({"glue/__manifest__.py": manifest}, a=["project"], b=["sale"])
    full = full_spec(graph, ["a", "b"], INGREDIENTS)
    assert full.parent is not None
    assert set(full.parent.own_digests) == {"glue"}


def test_exact_and_full_never_share_a_key(graph_of: GraphOf) -> None:
    graph = graph_of(a=["project"])
    assert exact_spec(graph, ["a"], INGREDIENTS).key != full_spec(graph, ["a"], INGREDIENTS).key


def test_a_long_list_of_modules_is_cut_in_the_label(graph_of: GraphOf) -> None:
    graph = graph_of(a=["project"], b=["a"], c=["b"], d=["c"], e=["d"])
    assert exact_spec(graph, ["e"], INGREDIENTS).label == "exactly a, b, c, d and 1 more"


def keys_of(graph: AddonGraph) -> dict[str, str]:
    return {name: exact_spec(graph, [name], INGREDIENTS).key for name in graph.addons}


def layers_of(spec: TemplateSpec | None) -> list[TemplateSpec]:
    """`spec` and everything below it, top first."""
    return [] if spec is None else [spec, *layers_of(spec.parent)]
