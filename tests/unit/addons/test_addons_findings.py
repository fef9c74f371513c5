"""Everything that is statically wrong is told with its place; a sound release has no finding."""

from __future__ import annotations

import pytest

from odoo_gate.model import Severity


def rules(release):
    return [finding.rule for finding in release.findings()]


def errors(release):
    return [finding.rule for finding in release.findings() if finding.severity is Severity.ERROR]


@pytest.fixture
def sound(write):
    return write(
        "sound",
        data=["views/view.xml"],
        assets={
            "web.assets_backend": [
                "sound/static/src/**/*.js",
                ("remove", "web/static/gone.js"),
                ("include", "web.other"),
                ("after", "web/static/x.js", "sound/static/src/a.js"),
                "https://example.com/x.js",
            ]
        },
        files={
            "views/view.xml": "<odoo/>",
            "static/src/a.js": "",
            "tests/__init__.py": "from . import test_a",
            "tests/test_a.py": "class TestA(TransactionCase):\n    def test_a(self): ...\n",
        },
    )


@pytest.mark.usefixtures("sound")
def test_a_sound_release_has_no_finding(graph, image):
    assert rules(graph(image=image)) == []


def test_no_addon_at_all(graph, image, tmp_path):
    (tmp_path / "addons").mkdir()
    assert errors(graph(image=image)) == ["no-addons"]


def test_missing_dependency_with_its_line(write, graph, image):
    folder = write("ours")
    (folder / "__manifest__.py").write_text(
        "{\n 'name': 'x',\n 'version': '19.0.1.0.0',\n 'depends': [\n  'base',\n  'gone',\n ],\n}"
    )
    (finding,) = graph(image=image).findings()
    assert finding.rule == "missing-dependency"
    assert "gone" in finding.message
    assert str(finding.place) == "addons/ours/__manifest__.py:6"


def test_missing_dependency_of_an_addon_that_is_not_selected_itself(write, graph, image):
    write("below", depends=["gone"])
    write("top", depends=["below"])
    assert errors(graph(image=image, modules=["top"])) == ["missing-dependency"]


def test_an_enterprise_dependency_is_named_as_such(write, graph, image):
    write("ours", depends=["account_accountant"])
    (finding,) = graph(image=image).findings()
    assert "Enterprise" in finding.remedy


def test_a_cycle_is_told_once_and_named(write, graph, image):
    write("a", depends=["b"])
    write("b", depends=["a"])
    (finding,) = graph(image=image).findings()
    assert finding.rule == "dependency-cycle"
    assert "a -> b -> a" in finding.message


def test_an_addon_that_depends_on_itself(write, graph, image):
    write("a", depends=["a"])
    (finding,) = graph(image=image).findings()
    assert "a -> a" in finding.message


@pytest.mark.parametrize(
    ("version", "found"),
    [
        ("19.0.1.0.0", []),
        ("19.0.1.0", []),
        ("1.0", []),
        ("1.2.3", []),
        ("18.0.1.0.0", ["wrong-series"]),
        ("18.0.1.0", ["wrong-series"]),
        ("1.0.0.0", ["version-format"]),
        ("19.0.1.0.0.1", ["version-format"]),
        ("19.0.x", ["version-format"]),
        ("19.0", ["version-format"]),
        ("1", ["version-format"]),
        ("", ["version-format"]),
    ],
)
def test_versions(write, graph, image, version, found):
    write("ours", version=version)
    assert errors(graph(image=image)) == found


def test_a_short_version_that_looks_like_another_series_is_a_warning(write, graph, image):
    write("ours", version="18.0.1")
    release = graph(image=image)
    assert rules(release) == ["ambiguous-version"]
    assert release.own == ("ours",)


@pytest.mark.parametrize(
    ("text", "line"),
    [("{'name': 'x'", None), ("{\n'name': open('x'),\n}", 2), ("['a']", None), ("{'depends': 'base'}", None)],
)
def test_a_broken_manifest(write, graph, image, text, line):
    (write("ours") / "__manifest__.py").write_text(text)
    release = graph(image=image)
    (finding,) = release.findings()
    assert finding.rule == "manifest-broken"
    assert finding.place.path == "addons/ours/__manifest__.py"
    assert line is None or finding.place.line == line
    assert "ours" in release.unsound


def test_auto_install_on_a_stranger_breaks_the_manifest(write, graph, image):
    write("ours", auto_install=["sale"])
    assert errors(graph(image=image)) == ["manifest-broken"]


@pytest.mark.parametrize("key", ["data", "demo"])
def test_a_data_file_that_does_not_exist(write, graph, image, key):
    write("ours", **{key: ["views/gone.xml"]})
    (finding,) = graph(image=image).findings()
    assert finding.rule == "missing-file"
    assert "views/gone.xml" in finding.message


def test_an_asset_that_does_not_exist_and_a_pattern_that_matches_nothing(write, graph, image):
    write("ours", assets={"web.assets_backend": ["ours/static/gone.js", "/ours/static/**/*.scss"]})
    found = [(f.rule, f.severity) for f in graph(image=image).findings()]
    assert found == [("missing-file", Severity.ERROR), ("asset-matches-nothing", Severity.WARNING)]


def test_a_syntax_error_with_its_line(write, graph, image):
    write("ours", files={"models/thing.py": "x = 1\ndef broken(:\n"})
    (finding,) = graph(image=image).findings()
    assert finding.rule == "syntax-error"
    assert str(finding.place) == "addons/ours/models/thing.py:2"


@pytest.mark.parametrize("text", ["x = 1\0", "x = " + "-" * 100_000 + "1", "(" * 5000])
def test_python_that_no_parser_takes_is_a_syntax_error(write, graph, image, text):
    write("ours", files={"models/thing.py": text, "tests/test_thing.py": text})
    assert errors(graph(image=image)) == ["syntax-error", "syntax-error"]


TEST = "from odoo.tests import TransactionCase\nclass TestX(TransactionCase):\n    def test_x(self): ...\n"


@pytest.mark.parametrize(
    "files",
    [
        {"tests/__init__.py": "", "tests/test_x.py": TEST},
        {"tests/test_x.py": TEST},
        {"tests/__init__.py": "from . import common", "tests/common.py": "", "tests/test_x.py": TEST},
        {"test/__init__.py": "from . import test_x", "test/test_x.py": TEST},
        {
            "tests/__init__.py": "",
            "tests/deep/__init__.py": "from . import test_x",
            "tests/deep/test_x.py": TEST,
        },
    ],
)
def test_a_test_file_odoo_never_loads(write, graph, image, files):
    write("ours", files=files)
    assert errors(graph(image=image)) == ["test-not-imported"]


@pytest.mark.parametrize(
    "init",
    [
        "from . import test_x",
        "from .test_x import TestX",
        "from odoo.addons.ours.tests import test_x",
        "import odoo.addons.ours.tests.test_x",
        "from odoo.addons.ours.tests.test_x import TestX",
        "try:\n    from . import test_x\nexcept ImportError:\n    pass",
        "from . import other",
        "from .other import *",
    ],
)
def test_ways_to_import_a_test_file(write, graph, image, init):
    write(
        "ours",
        files={"tests/__init__.py": init, "tests/other.py": "from . import test_x", "tests/test_x.py": TEST},
    )
    assert rules(graph(image=image)) == []


def test_imports_by_program_are_noted_not_guessed(write, graph, image):
    write("ours", files={"tests/__init__.py": "import importlib", "tests/test_x.py": TEST})
    assert rules(graph(image=image)) == ["tests-imported-by-program"]


def test_files_named_like_tests_that_hold_none_are_left_alone(write, graph, image):
    write(
        "ours",
        files={
            "tests/__init__.py": "",
            "tests/test_common.py": "class Common(TransactionCase):\n    def setUp(self): ...\n",
            "models/test_server.py": "class Server(models.Model):\n    def test_connection(self): ...\n",
        },
    )
    assert rules(graph(image=image)) == []


def test_an_addon_in_two_paths(write, graph, image, tmp_path):
    write("ours")
    write("ours", below="more")
    release = graph("addons", "more", image=image)
    assert rules(release) == ["duplicate-addon"]
    assert release.addons["ours"].path == tmp_path / "addons/ours"


def test_an_addon_that_odoo_would_take_from_the_image(write, graph, image):
    write("sale")
    assert errors(graph(image=image)) == ["shadowed-by-image"]


def test_an_addon_that_replaces_the_images(write, graph, image):
    write("sale", version="18.0.1.0.0")
    assert rules(graph(image=image, series="18.0")) == ["shadows-image-addon"]


def test_a_selected_addon_that_is_not_installable(write, graph, image):
    write("ours", installable=False)
    assert errors(graph(image=image, modules=["ours"])) == ["uninstallable"]


def test_a_dependency_that_is_not_installable(write, graph, image):
    write("below", installable=False)
    write("ours", depends=["below"])
    assert errors(graph(image=image)) == ["uninstallable-dependency"]


def test_a_folder_whose_name_is_no_module_name(write, graph, image):
    write("not-a-module")
    write("ours")
    release = graph(image=image)
    assert rules(release) == ["invalid-name"]
    assert release.own == ("ours",)


def test_a_folder_that_looks_like_an_addon_without_a_manifest(write, graph, image):
    (write("ours", files={"models/a.py": ""}) / "__manifest__.py").unlink()
    write("other")
    assert errors(graph(image=image)) == ["no-manifest"]


def test_a_folder_that_is_no_addon_is_left_alone(write, graph, image, tmp_path):
    write("ours")
    (tmp_path / "addons/readme_images").mkdir()
    assert rules(graph(image=image)) == []
