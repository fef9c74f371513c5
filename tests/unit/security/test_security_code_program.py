"""Which files of the addons are looked at: all that a running Odoo may import, whatever their folders are called."""

from __future__ import annotations

from pathlib import Path

import pytest

from odoo_gate.addons import Selection, load_graph
from odoo_gate.security.code.program import program_of


def program(root: Path, files: dict[str, str]) -> set[str]:
    """The program of two addons that lie in two addons paths: `one/x` and `two/y`."""
    for path, text in {"one/x/__init__.py": "", "two/y/__init__.py": "", **files}.items():
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_text(text, "utf-8")
    for addon in ("one/x", "two/y"):
        (root / addon / "__manifest__.py").write_text("{'name': 'X', 'version': '19.0.1.0.0', 'depends': ['base']}")
    graph = load_graph([root / "one", root / "two"], None, Selection(root, "19.0"))
    assert all(file.is_file() for files in program_of(graph).values() for file in files.values())
    return {f"{name}/{path}" for name, files in program_of(graph).items() for path in files} - {
        "x/__init__.py",
        "y/__init__.py",
    }


def test_an_honest_addon_keeps_its_tests_scripts_and_assets_to_itself(tmp_path: Path) -> None:
    files = {
        "one/x/tests/__init__.py": "from . import test_a\n",
        "one/x/tests/test_a.py": "from .common import A\nfrom odoo.addons.y.tests.common import B\n",
        "one/x/tests/common.py": "",
        "one/x/migrations/19.0.1.0/pre-x.py": "",
        "one/x/upgrades/1.0/post-x.py": "",
        "one/x/static/src/tool.py": "",
        "one/x/models/thing.py": "import odoo.tests\nfrom odoo.tools import migrations\nURL = '/x/static/src/t.py'\n",
        "two/y/tests/common.py": "",
    }
    assert program(tmp_path, files) == {"x/models/thing.py"}


@pytest.mark.parametrize("folder", ["tests", "migrations", "upgrades", "static", "populate"])
def test_below_the_top_a_name_says_nothing(tmp_path: Path, folder: str) -> None:
    assert program(tmp_path, {f"one/x/controllers/{folder}/main.py": ""}) == {f"x/controllers/{folder}/main.py"}


@pytest.mark.parametrize(
    "statement",
    [
        "from .tests import evil",
        "from .tests.evil import f",
        "from . import tests\nfrom .tests import evil",
        "from .tests import *",
        "def f():\n    from .tests import evil",
        "import odoo.addons.x.tests.evil",
        "from odoo.addons.x.tests import evil as good",
        "from openerp.addons.x.tests import evil",
        "from ..x.tests import evil",
        "from ...addons.x.tests import evil",
        "from .ｔｅｓｔｓ import evil",
    ],
)
def test_what_the_program_imports_is_program(tmp_path: Path, statement: str) -> None:
    found = program(tmp_path, {"one/x/__init__.py": statement, "one/x/tests/evil.py": "", "one/x/tests/other.py": ""})
    assert found >= {"x/tests/evil.py"}
    assert ("x/tests/other.py" in found) == ("*" in statement)


def test_an_import_runs_every_package_on_its_way_and_what_that_imports(tmp_path: Path) -> None:
    files = {
        "two/y/__init__.py": "from odoo.addons.x.tests.deep.evil import f\n",
        "one/x/tests/__init__.py": "from . import worse\n",
        "one/x/tests/deep/__init__.py": "",
        "one/x/tests/deep/evil.py": "",
        "one/x/tests/worse.py": "",
        "one/x/tests/test_a.py": "",
    }
    reached = {"tests/__init__.py", "tests/deep/__init__.py", "tests/deep/evil.py", "tests/worse.py"}
    assert program(tmp_path, files) == {f"x/{path}" for path in reached}


def test_a_file_that_does_not_parse_is_still_program(tmp_path: Path) -> None:
    assert program(tmp_path, {"one/x/broken.py": "from .tests import (\n"}) == {"x/broken.py"}
