"""`odoo-gate init` writes what it sees, says so, and never replaces a file unasked."""

from __future__ import annotations

import subprocess

import pytest
import typer
from typer.testing import CliRunner

from odoo_gate.cli.init import init
from odoo_gate.errors import SettingsError, UsageError
from odoo_gate.settings import load_settings

app = typer.Typer()
app.command()(init)


def run(*arguments):
    result = CliRunner().invoke(app, [str(argument) for argument in arguments])
    if result.exception is not None and not isinstance(result.exception, SystemExit):
        raise result.exception
    return result


def git(cwd, *arguments):
    identity = ["-c", "user.name=t", "-c", "user.email=t@example.com", "-c", "commit.gpgsign=false"]
    subprocess.run(["git", *identity, *arguments], cwd=cwd, check=True, capture_output=True)


@pytest.fixture
def checkout(tmp_path):
    """A checkout named acme with two addons folders, a requirements file and an odoo.conf."""
    root = tmp_path / "acme"
    for path, version in (
        ("addons/one", "18.0.1.0.0"),
        ("addons/two", "18.0.2.0.0"),
        ("vendor/oca/three", "1.0"),
    ):
        (root / path).mkdir(parents=True)
        (root / path / "__manifest__.py").write_text(repr({"name": "x", "version": version}))
    (root / "requirements.txt").write_text("redis>=5\n")
    (root / "config").mkdir()
    (root / "config/odoo.conf").write_text("[options]\nworkers = 4\n")
    (root / "config/nginx.conf").write_text("server { listen 80; }\n")
    return root


def test_writes_what_it_finds_and_says_so(checkout):
    result = run(checkout)
    settings = load_settings(checkout, {})
    assert settings.project.name == "acme"
    assert settings.project.series == "18.0"
    assert settings.addons.paths == ("addons", "vendor/oca")
    assert settings.addons.requirements == "requirements.txt"
    assert settings.stack.odoo_conf == "config/odoo.conf"
    assert settings.baseline is None
    assert "from the versions in the manifests" in result.output
    assert "3 in addons, vendor/oca" in result.output


def test_the_latest_tag_becomes_the_baseline(checkout):
    git(checkout, "init", "-q")
    git(checkout, "add", ".")
    git(checkout, "commit", "-qm", "one")
    git(checkout, "tag", "v1.0")
    git(checkout, "commit", "-qm", "two", "--allow-empty")
    run(checkout)
    assert load_settings(checkout, {}).baseline.git == "v1.0"


def test_refuses_to_overwrite(checkout):
    (checkout / "gate.toml").write_text("mine")
    with pytest.raises(UsageError, match="already there"):
        run(checkout)
    assert (checkout / "gate.toml").read_text() == "mine"


def test_overwrites_when_told_to(checkout):
    (checkout / "gate.toml").write_text("mine")
    run(checkout, "--force")
    assert load_settings(checkout, {}).project.series == "18.0"


def test_a_refused_file_leaves_the_old_one(checkout):
    (checkout / "gate.toml").write_text("mine")
    with pytest.raises(SettingsError, match="series"):
        run(checkout, "--force", "--series", "7.0")
    assert (checkout / "gate.toml").read_text() == "mine"


def test_no_addons(tmp_path):
    with pytest.raises(UsageError, match="no Odoo addon"):
        run(tmp_path)


def test_no_series(tmp_path):
    (tmp_path / "addons/one").mkdir(parents=True)
    (tmp_path / "addons/one/__manifest__.py").write_text("{'name': 'x'}")
    with pytest.raises(UsageError, match="which Odoo series"):
        run(tmp_path)
    run(tmp_path, "--series", "16.0")
    assert load_settings(tmp_path, {}).project.series == "16.0"


def test_the_series_from_a_dockerfile(tmp_path):
    (tmp_path / "one").mkdir()
    (tmp_path / "one/__manifest__.py").write_text("{'name': 'x'}")
    (tmp_path / "Dockerfile").write_text("FROM registry.example.com/odoo:17.0\n")
    assert "from Dockerfile" in run(tmp_path).output
    settings = load_settings(tmp_path, {})
    assert (settings.project.series, settings.addons.paths) == ("17.0", (".",))


def test_what_cannot_be_used_is_remarked(checkout):
    (checkout / "test-requirements.txt").write_text("--index-url https://example.com\n")
    (checkout / "addons/two/__manifest__.py").write_text("{")
    result = run(checkout)
    assert "test-requirements.txt is left out" in result.output
    assert "the manifest of addons/two is not valid Python" in result.output


@pytest.mark.parametrize(
    ("service", "called", "caller"),
    [
        ("github", ".github/workflows/odoo-gate.yml", ".github/workflows/deploy.yml"),
        ("gitlab", ".gitlab/odoo-gate/gate.yml", ".gitlab-ci.yml"),
    ],
)
def test_the_files_of_a_ci_service_are_written_and_call_one_another(tmp_path, service, called, caller):
    run(tmp_path, "--ci", service)
    assert (tmp_path / called).is_file()
    assert called in (tmp_path / caller).read_text()


def test_a_pipeline_that_is_there_is_not_replaced_unasked(tmp_path):
    (tmp_path / ".gitlab-ci.yml").write_text("mine")
    with pytest.raises(UsageError, match=r"gitlab-ci\.yml is already there"):
        run(tmp_path, "--ci", "gitlab")
    assert [path.name for path in tmp_path.iterdir()] == [".gitlab-ci.yml"]
    run(tmp_path, "--ci", "gitlab", "--force")
    assert "odoo-gate" in (tmp_path / ".gitlab-ci.yml").read_text()
