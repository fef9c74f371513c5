"""An image is named by what shapes it, and by nothing else."""

from __future__ import annotations

import io
import tarfile
from dataclasses import replace
from pathlib import Path

import pytest

from odoo_gate.errors import ImageError, SettingsError
from odoo_gate.stack.images import catalog, recipe
from odoo_gate.stack.images.cookbook import (
    browser_recipe,
    copied_requirements_recipe,
    cosign_recipe,
    odoo_recipe,
    requirements_recipe,
    service_recipe,
)
from odoo_gate.stack.images.debian_base import DebianBase, apt_files
from odoo_gate.stack.images.recipe import Recipe, recipe_files
from odoo_gate.stack.images.requirements import normalise

ALL = [
    *(service_recipe(service) for service in catalog.SERVICES),
    *(odoo_recipe(series) for series in catalog.ODOO.values()),
    cosign_recipe(),
    browser_recipe("19.0", "parent", {}, {}),
    browser_recipe("19.0", "parent", {"deb:ubuntu-keyring": "1"}, {}),
    requirements_recipe("19.0", "parent", ("a==1",), {}),
    copied_requirements_recipe("19.0", "parent", "installed"),
]


def members(made: Recipe) -> dict[str, tarfile.TarInfo]:
    with tarfile.open(fileobj=io.BytesIO(made.context())) as archive:
        return {member.name: member for member in archive.getmembers()}


@pytest.fixture
def made() -> Recipe:
    return Recipe("redis", "redis", "8", "parent", "origin", {"A": "1"}, {"f": b"1"}, {"u": b"1"}, {"U": "1"})


def test_the_same_content_has_the_same_name(made: Recipe) -> None:
    assert made.reference == replace(made).reference
    assert made.reference.startswith("odoo-gate/redis:8-")
    assert len(made.key) == 12


@pytest.mark.parametrize(
    "change", [{"parent": "other"}, {"arguments": {"A": "2"}}, {"files": {"f": b"2"}}, {"files": {"g": b"1"}}]
)
def test_whatever_shapes_the_image_changes_its_name(made: Recipe, change: dict[str, object]) -> None:
    assert replace(made, **change).key != made.key  # type: ignore[arg-type]


@pytest.mark.parametrize("change", [{"unkeyed_files": {"u": b"2"}}, {"unkeyed_arguments": {"U": "2"}}])
def test_what_only_helps_the_build_does_not(made: Recipe, change: dict[str, object]) -> None:
    assert replace(made, **change).key == made.key  # type: ignore[arg-type]


def test_a_changed_recipe_file_changes_the_name(made: Recipe, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(recipe, "recipe_files", lambda folder: {**recipe_files(folder), "Dockerfile": b"other"})
    assert replace(made).key != made.key


@pytest.mark.parametrize("made", ALL, ids=lambda made: f"{made.folder}-{made.version}")
def test_every_recipe_can_be_sent_to_an_engine(made: Recipe) -> None:
    files = members(made)
    assert b"FROM ${PARENT}" in recipe_files(made.folder)["Dockerfile"]
    assert set(made.unkeyed_files) <= set(files)
    for name, member in files.items():
        assert member.mtime == 0, "a time of its own would defeat the engine's cache"
        if name.endswith("entrypoint.sh"):
            assert member.mode == 0o755


def test_recipes_have_names_of_their_own() -> None:
    assert len({made.reference for made in ALL}) == len(ALL)


def test_a_debian_base_is_found_without_asking_a_mirror() -> None:
    trixie, bullseye = DebianBase("trixie"), DebianBase("bullseye")
    assert trixie.reference.startswith("odoo-gate/debian:trixie-")
    assert trixie.reference.split("-")[-1] == bullseye.reference.split("-")[-1]


def test_no_recipe_names_a_debian_mirror() -> None:
    for made in ALL:
        for name, data in recipe_files(made.folder).items():
            assert b"debian.org" not in data, f"{made.folder}/{name}"


def test_the_base_image_cannot_be_made_without_debootstrap(tmp_path: Path) -> None:
    with pytest.raises(ImageError, match="debootstrap is not installed") as caught:
        DebianBase("trixie").make(None, tmp_path / "workshop", {"PATH": str(tmp_path)}, print)  # type: ignore[arg-type]
    assert "apt-get install debootstrap" in caught.value.hint
    assert not (tmp_path / "workshop").exists()


def test_the_ca_bundle_reaches_pip_and_not_the_name(tmp_path: Path) -> None:
    bundle = tmp_path / "company.pem"
    bundle.write_text("-----BEGIN CERTIFICATE-----")
    with_ca = requirements_recipe("19.0", "parent", ("a==1",), {"PIP_CERT": str(bundle)})
    assert "ca-bundle.pem" in members(with_ca)
    assert with_ca.unkeyed_files["ca-bundle.pem"] == bundle.read_bytes()
    bundle.write_text("renewed")
    assert requirements_recipe("19.0", "parent", ("a==1",), {"PIP_CERT": str(bundle)}).key == with_ca.key


def test_only_an_index_a_container_can_reach_is_handed_on() -> None:
    env = {"PIP_INDEX_URL": "https://index.example/simple", "PIP_EXTRA_INDEX_URL": "file:///srv/wheels"}
    made = requirements_recipe("19.0", "parent", ("a==1",), env)
    assert made.unkeyed_arguments == {"PIP_INDEX_URL": "https://index.example/simple"}


def test_the_test_flavour_does_not_depend_on_requirements_until_the_last_layer() -> None:
    browser = browser_recipe("19.0", "stock", {}, {})
    one = copied_requirements_recipe("19.0", browser.reference, "release-1")
    two = copied_requirements_recipe("19.0", browser.reference, "release-2")
    assert one.parent == two.parent == browser.reference
    assert one.key != two.key


def test_requirements_are_one_set_however_they_are_written() -> None:
    assert normalise(["b==2", "A >=1, <2", "b == 2"]) == ("A<2,>=1", "b==2")


@pytest.mark.parametrize("line", ["-e .", "./wheels/x.whl", "--index-url https://index.example", "a=1"])
def test_what_is_no_requirement_is_refused(line: str) -> None:
    with pytest.raises(SettingsError, match="cannot be used") as caught:
        normalise([line])
    assert caught.value.hint


@pytest.mark.parametrize("series", catalog.ODOO.values(), ids=lambda series: series.series)
def test_the_catalog_stands_for_the_official_images(series: catalog.OdooSeries) -> None:
    assert series.official == f"odoo:{series.series}"
    assert series.package.partition("/")[0] == f"odoo-{series.series.partition('.')[0]}"
    assert catalog.official_images([series.series]) == ["postgres:17", "redis:8", "nginx:1.26", series.official]


def test_apt_in_the_base_image_uses_the_mirror_and_for_https_the_ca_bundle(tmp_path: Path) -> None:
    (tmp_path / "company.pem").write_bytes(b"company")
    env = {"SSL_CERT_FILE": str(tmp_path / "company.pem")}
    plain = apt_files("trixie", "http://mirror.example/debian", env)
    secure = apt_files("trixie", "https://mirror.example/debian", env)
    sources = plain["etc/apt/sources.list.d/debian.sources"].decode()
    assert "URIs: http://mirror.example/debian\nSuites: trixie\n" in sources
    assert set(secure) - set(plain) == {"etc/apt/ca-bundle.pem", "etc/apt/apt.conf.d/91ca-bundle"}
    assert secure["etc/apt/ca-bundle.pem"] == b"company"
    assert b"/etc/apt/ca-bundle.pem" in secure["etc/apt/apt.conf.d/91ca-bundle"]
