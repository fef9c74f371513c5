"""gate.toml and the environment: what is read, where it came from, and what a person is told."""

from __future__ import annotations

import pickle

import pytest

from odoo_gate.errors import SettingsError
from odoo_gate.settings import find_gate_toml, load_settings

MINIMAL = '[project]\nname = "acme"\nseries = "19.0"\n'


@pytest.fixture
def load(tmp_path):
    (tmp_path / "addons").mkdir()

    def write_and_load(text=MINIMAL, **env):
        (tmp_path / "gate.toml").write_text(text)
        return load_settings(tmp_path, env)

    return write_and_load


def problem(load, text=MINIMAL, **env):
    with pytest.raises(SettingsError) as caught:
        load(text, **env)
    assert caught.value.hint
    return caught.value


def test_defaults(load, tmp_path):
    settings = load()
    assert settings.root == tmp_path
    assert settings.addons_roots == (tmp_path / "addons",)
    assert settings.baseline is None
    assert settings.stack.workers == 2
    assert settings.stack.server_wide_modules == ("base", "web")
    assert settings.database.extensions == ("unaccent", "pg_trgm")
    assert settings.policy.environment == "production"


def test_each_value_knows_its_source(load):
    settings = load(MINIMAL + "[stack]\nworkers = 3\n", ODOO_GATE_STORE__MAX_AGE_DAYS="7")
    assert settings.source("stack.workers") == "gate.toml"
    assert settings.source("store.max_age_days") == "environment ODOO_GATE_STORE__MAX_AGE_DAYS"
    assert settings.source("database.demo") == "default"
    assert settings.store.max_age_days == 7
    with pytest.raises(KeyError):
        settings.source("stack.wokers")


def test_the_environment_beats_the_file(load):
    settings = load(MINIMAL + "[stack]\nworkers = 3\n", ODOO_GATE_STACK__WORKERS="4")
    assert settings.stack.workers == 4


@pytest.mark.parametrize("text", ["base,web, redis_sessions", '["base", "web", "redis_sessions"]'])
def test_lists_in_the_environment(load, text):
    settings = load(ODOO_GATE_STACK__SERVER_WIDE_MODULES=text)
    assert settings.stack.server_wide_modules == ("base", "web", "redis_sessions")


def test_other_variables_of_ours_are_no_settings(load):
    load(ODOO_GATE_CACHE="/somewhere", ODOO_GATE_SIGNING_KEY="pem")


def test_all_from_the_environment(tmp_path):
    (tmp_path / "addons").mkdir()
    settings = load_settings(tmp_path, {"ODOO_GATE_PROJECT__SERIES": "14.0"})
    assert settings.file is None
    assert settings.project.name == tmp_path.name


@pytest.mark.parametrize(
    ("text", "message", "hint"),
    [
        ("[stack]\nwokers = 4\n", "gate.toml: stack.wokers is not a key", "did you mean workers?"),
        ("[stakc]\nworkers = 4\n", "stakc is not a section", "did you mean [stack]?"),
        ('[stack]\nworkers = "many"\n', "stack.workers must be a whole number, not 'many'", ""),
        ("[stack]\nworkers = 0\n", "stack.workers must be greater than or equal to 1, not 0", ""),
        ('[addons]\npaths = "addons"\n', 'addons.paths must be a list, for example ["addons"]', ""),
        ("[addons]\npaths = []\n", "addons.paths must not be empty", ""),
        ('[addons]\npaths = ["../x"]\n', "addons.paths '../x' must be a path below the project", ""),
        ('[addons]\npaths = ["nope"]\n', "addons.paths names 'nope'", "create the folder"),
        ('[addons]\nmodules = ["a-b"]\n', "addons.modules holds 'a-b', which is not a valid module", ""),
        ('[addons]\nmodules = ["a", "a"]\n', "addons.modules names 'a' more than once", ""),
        ('[addons]\nrequirements = ["x=1"]\n', "addons.requirements 'x=1' is not a requirement", ""),
        ("[addons]\nrequirements = 4\n", "addons.requirements must be a list of requirements", ""),
        ('[baseline]\ngit = "v1"\npath = "x"\n', "baseline names its origin by exactly one of", ""),
        ("[baseline]\n", "baseline names its origin by exactly one of", ""),
        ('[baseline]\ngit = "--upload-pack=x"\n', "baseline.git holds", ""),
        ('[baseline]\npath = "gone"\n', "baseline.path names 'gone'", ""),
        ('[policy]\nfile = "gone.toml"\n', "policy.file names 'gone.toml'", ""),
        ('[database]\nlanguages = ["english"]\n', "database.languages holds 'english'", ""),
        ("[store]\nmax_size_gb = nan\n", "store.max_size_gb must be", ""),
        ('[data]\nfilestore = "files.tar"\n', "data names a filestore, and no dump", ""),
        ("stack = 4\n", "stack must be a table", ""),
        ("[stack\n", "is not valid TOML", ""),
    ],
)
def test_what_a_person_is_told(load, text, message, hint):
    header = "" if text.startswith("stack =") else MINIMAL
    error = problem(load, header + text if header else text + MINIMAL)
    assert message in error.message
    assert hint in error.hint


@pytest.mark.parametrize("series", ["19", "18.5", "13.0", "20.0", ""])
def test_series_outside_what_is_supported(load, series):
    assert "project.series" in problem(load, f'[project]\nseries = "{series}"\n').message


def test_a_missing_series(load):
    error = problem(load, '[project]\nname = "x"\n')
    assert "project.series is missing" in error.message
    assert error.hint == "add series to [project]"


def test_all_problems_are_told_at_once(load):
    error = problem(load, MINIMAL + '[stack]\nworkers = "x"\n[store]\nmax_age_days = 0\n')
    assert "stack.workers" in error.message
    assert "store.max_age_days" in error.message


def test_an_unknown_variable(load):
    error = problem(load, ODOO_GATE_STACK__WOKERS="4")
    assert "ODOO_GATE_STACK__WOKERS" in error.message
    assert error.hint == "did you mean ODOO_GATE_STACK__WORKERS?"


def test_a_wrong_variable_is_named_as_the_source(load):
    assert problem(load, ODOO_GATE_STACK__WORKERS="x").message.startswith("environment ODOO_GATE_STACK__WORKERS:")


def test_no_file(tmp_path):
    with pytest.raises(SettingsError) as caught:
        load_settings(tmp_path, {})
    assert "odoo-gate init" in caught.value.hint


@pytest.mark.parametrize("content", [b"\xff\xfe", b'[project]\nname = "\xff"'])
def test_a_file_that_is_not_utf8(tmp_path, content):
    (tmp_path / "gate.toml").write_bytes(content)
    with pytest.raises(SettingsError, match="UTF-8"):
        load_settings(tmp_path, {})


def test_an_addons_path_that_links_out_of_the_project(tmp_path, tmp_path_factory):
    (tmp_path / "addons").symlink_to(tmp_path_factory.mktemp("elsewhere"))
    (tmp_path / "gate.toml").write_text(MINIMAL)
    with pytest.raises(SettingsError, match="leaves the project"):
        load_settings(tmp_path, {})


def test_find_gate_toml_walks_up(tmp_path):
    (tmp_path / "gate.toml").write_text(MINIMAL)
    (tmp_path / "addons/deep").mkdir(parents=True)
    assert find_gate_toml(tmp_path / "addons/deep") == tmp_path / "gate.toml"


def test_settings_are_frozen_and_travel(load):
    settings = load()
    with pytest.raises(ValueError, match="frozen"):
        settings.stack.workers = 5
    assert pickle.loads(pickle.dumps(settings)) == settings


def test_requirements_from_a_file(load, tmp_path):
    (tmp_path / "requirements.txt").write_text(
        "# ours\nodoo-addon-queue-job==19.0.1.0.0  # jobs\n\n-r more/extra.txt\nphonenumbers \\\n  >=8\n"
    )
    (tmp_path / "more").mkdir()
    (tmp_path / "more/extra.txt").write_text("redis>=5\n")
    settings = load(MINIMAL + '[addons]\nrequirements = "requirements.txt"\n')
    assert settings.requirements() == ("odoo-addon-queue-job==19.0.1.0.0", "redis>=5", "phonenumbers   >=8")


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("--index-url https://example.com", "option --index-url is not supported"),
        ("not a requirement", "requirements.txt:1: 'not a requirement'"),
        ("-r requirements.txt", "includes itself"),
        ("-r gone.txt", "gone.txt cannot be read"),
    ],
)
def test_requirement_files_that_cannot_be_used(load, tmp_path, line, message):
    (tmp_path / "requirements.txt").write_text(line + "\n")
    settings = load(MINIMAL + '[addons]\nrequirements = "requirements.txt"\n')
    with pytest.raises(SettingsError, match=message):
        settings.requirements()


def test_baseline_defaults_to_the_candidates_paths_and_requirements(load, tmp_path):
    settings = load(MINIMAL + '[addons]\nrequirements = ["redis>=5"]\n[baseline]\ngit = "v1"\n')
    assert settings.baseline_paths == ("addons",)
    assert settings.baseline_requirements(tmp_path) == ("redis>=5",)
    assert settings.baseline.describe() == "git v1"
