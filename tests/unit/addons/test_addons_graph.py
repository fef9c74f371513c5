"""The dependency graph: order, closure, dependents, what is sound."""

from __future__ import annotations

import time

import pytest

from odoo_gate.addons import AddonGraph, candidate_graph, read_addon
from odoo_gate.cache import cache_dir
from odoo_gate.errors import AddonsError
from odoo_gate.settings import settings_from


def test_own_modules_come_in_dependency_order(write, graph):
    write("a_last", depends=["m_middle"])
    write("m_middle", depends=["z_first"])
    write("z_first")
    assert graph().own == ("z_first", "m_middle", "a_last")


def test_closure_holds_the_images_addons_dependencies_first(write, graph, image):
    write("ours", depends=["sale"])
    assert graph(image=image).closure(["ours"]) == ("base", "web", "sale", "ours")


def test_closure_names_a_missing_dependency_and_who_wants_it(write, graph, image):
    write("ours", depends=["sael"])
    with pytest.raises(AddonsError, match="no addon sael, which ours depends on") as caught:
        graph(image=image).closure(["ours"])
    assert caught.value.hint == "did you mean sale?"


def test_closure_names_a_cycle(write, graph, image):
    write("a", depends=["b"])
    write("b", depends=["c"])
    write("c", depends=["a"])
    with pytest.raises(AddonsError, match="a -> b -> c -> a"):
        graph(image=image).closure(["a"])


def test_unsound_modules_are_set_apart_with_the_reason_and_the_others_stay(write, graph, image):
    write("sound")
    write("lost", depends=["nowhere"])
    write("on_lost", depends=["lost"])
    write("old", version="16.0.1.0.0")
    release = graph(image=image)
    assert release.own == ("sound",)
    assert set(release.unsound) == {"lost", "on_lost", "old"}
    assert release.selected == ("sound", "lost", "old", "on_lost")
    assert "made for 16.0" in release.unsound["old"]


def test_dependents_are_transitive_and_include_the_module(write, graph, image):
    write("a")
    write("b", depends=["a"])
    write("c", depends=["b"])
    write("d")
    assert graph(image=image).dependents(["a"]) == {"a", "b", "c"}


def test_auto_installed_follows_triggers_until_nothing_is_added(write, graph, image):
    write("ours", depends=["sale"])
    write("glue", depends=["ours", "sale_bridge"], auto_install=True)
    release = graph(image=image)
    assert release.auto_installed(["ours"]) == ("base", "web", "sale", "ours", "sale_bridge", "glue")
    assert release.closure(["ours"]) == ("base", "web", "sale", "ours")


def test_a_module_without_depends_depends_on_base(write):
    assert read_addon(write("x", depends=[]), "checkout", "19.0").depends == ("base",)


def test_selection_of_a_module_that_does_not_exist_is_an_error(write, graph):
    write("job_costing")
    with pytest.raises(AddonsError) as caught:
        graph(modules=["job_costign"])
    assert caught.value.hint == "did you mean job_costing?"


def test_a_module_of_the_image_can_be_selected(write, graph, image):
    write("ours")
    release = graph(image=image, modules=["sale"])
    assert release.own == ("sale",)
    assert len(release.digest("sale")) == 64


def test_not_installable_addons_are_left_out_unless_selected(write, graph, image):
    write("parked", installable=False)
    write("live")
    assert graph(image=image).own == ("live",)
    assert "parked" in graph(image=image, modules=["parked"]).unsound


def test_excluded_modules_are_not_judged_but_stay_in_the_closure(write, graph, image):
    write("core")
    write("top", depends=["core"])
    release = graph(image=image, exclude=("core",))
    assert release.own == ("top",)
    assert "core" in release.closure(["top"])


def test_without_an_image_stock_addons_are_taken_to_exist_and_others_not(write, graph):
    write("good", depends=["sale"])
    write("bad", depends=["no_such_addon"])
    release = graph()
    assert release.own == ("good",)
    assert "no_such_addon" in release.unsound["bad"]


def test_without_an_image_a_guess_about_requirements_is_told(write, graph):
    write("ours", depends=["queue_job", "brought_along"])
    release = graph(requirements=("odoo-addon-queue_job==19.0.1.0.0",))
    assert release.own == ("ours",)
    assert [f.rule for f in release.findings()] == ["assumed-addon"]
    assert "brought_along" in release.findings()[0].message


def test_six_hundred_image_addons_load_in_well_under_a_second_when_cached(write, graph, tmp_path):
    write("base", below="image", depends=[])
    for number in range(650):
        write(f"stock_{number}", below="image", data=[f"views/v{i}.xml" for i in range(20)])
    write("ours", depends=["stock_7"])
    graph(image=tmp_path / "image")
    begin = time.process_time()
    release: AddonGraph = graph(image=tmp_path / "image")
    assert time.process_time() - begin < 0.5
    assert release.closure(["ours"]) == ("base", "stock_7", "ours")


def test_a_damaged_manifest_cache_is_made_again(write, graph, image):
    write("ours", depends=["sale"])
    graph(image=image)
    (kept,) = (cache_dir() / "manifests").iterdir()
    kept.write_text("{")
    assert graph(image=image).own == ("ours",)


def test_the_candidate_graph_follows_the_settings(write, tmp_path):
    write("a")
    write("b")
    settings = settings_from({"project": {"series": "19.0"}, "addons": {"exclude": ["b"]}}, root=tmp_path)
    assert candidate_graph(settings, None).own == ("a",)
