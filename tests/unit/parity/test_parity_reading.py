"""How a definition is read: variables, quantities, services."""

from __future__ import annotations

import pytest

from odoo_gate.errors import SettingsError
from odoo_gate.parity import read_definition
from odoo_gate.parity.quantities import same
from odoo_gate.parity.variables import Variables, read_env
from odoo_gate.settings import settings_from

VARIABLES = Variables.of({".env": {"A": "one", "EMPTY": ""}})


@pytest.mark.parametrize(
    ("text", "filled", "is_open"),
    [
        ("x/${A}", "x/one", False),
        ("$A", "one", False),
        ("${B:-two}", "two", False),
        ("${EMPTY:-two}", "two", False),
        ("${B:?give it}", "${B:?give it}", True),
        ("${B}", "${B}", True),
        ("plain", "plain", False),
    ],
)
def test_variables_are_filled_as_compose_does(text, filled, is_open):
    assert VARIABLES.fill(text) == filled
    assert VARIABLES.is_open(text) is is_open


def test_an_env_file_has_comments_quotes_and_exports():
    assert read_env("# no\nexport A='x y'\nB = 2 # two\nC=\n") == {"A": "x y", "B": "2", "C": ""}


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("1GB", "1024MB"),
        ("on", "true"),
        ("131072 x 8kB", "1GB"),
        ("30s", "30000ms"),
        ("'UTC'", "utc"),
        ("5min", "300s"),
    ],
)
def test_quantities_that_mean_the_same_are_the_same(one, other):
    assert same(one, other)


@pytest.mark.parametrize(("one", "other"), [("1GB", "1000MB"), ("on", "off"), ("10", "10ms1"), ("utc", "cet")])
def test_quantities_that_differ_are_told_apart(one, other):
    assert not same(one, other)


def definition_of(root, files, **parity):
    (root / "addons").mkdir()
    for name, text in files.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(text)
    written = {"project": {"series": "19.0"}, "parity": {"definition": list(files), **parity}}
    return read_definition(settings_from(written, root=root))


def test_a_command_line_overrides_files_and_no_file_hides_another(tmp_path):
    definition = definition_of(
        tmp_path,
        {
            "a.conf": "[options]\nworkers = 4\nlimit_time_real = 60\n",
            "b.conf": "[options]\nworkers = 8\nlimit_time_real = 60\n",
            "compose.yaml": "services:\n  odoo:\n    command: odoo --limit-time-real 90 --no-database-list\n",
        },
    )
    assert [value.text for value in definition.odoo["workers"]] == ["4", "8"]
    assert [value.text for value in definition.odoo["limit_time_real"]] == ["90"]
    assert [value.text for value in definition.odoo["list_db"]] == ["False"]
    assert str(definition.odoo["workers"][1].place) == "b.conf:2"


def test_a_service_is_known_by_image_then_name_then_gate_toml(tmp_path):
    services = "services:\n  app: {image: example/erp}\n  odoo-db: {image: postgres:17}\n  cache: {image: valkey}\n"
    definition = definition_of(tmp_path, {"compose.yaml": services}, services={"app": "odoo"})
    assert {service.name: service.role for service in definition.services} == {
        "app": "odoo",
        "odoo-db": "postgres",
        "cache": "redis",
    }


@pytest.mark.parametrize("files", [{"compose.yaml": "a: [b"}, {"odoo.conf": "[options]\n  =\n[options"}])
def test_a_broken_file_is_an_error_and_no_silence(tmp_path, files):
    with pytest.raises(SettingsError):
        definition_of(tmp_path, files)


def test_a_file_that_is_not_there_is_an_error(tmp_path):
    (tmp_path / "addons").mkdir()
    written = {"project": {"series": "19.0"}, "parity": {"definition": ["deploy"]}}
    with pytest.raises(SettingsError, match="deploy"):
        read_definition(settings_from(written, root=tmp_path))


def test_a_file_nobody_understands_is_named(tmp_path):
    assert definition_of(tmp_path, {"notes.yaml": "a: 1\n"}).unread == ("notes.yaml",)
