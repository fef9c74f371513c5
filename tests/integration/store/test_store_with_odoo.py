"""Templates, clones and servers of a small release, with a real Odoo and the store of whoever runs this."""

from __future__ import annotations

import json
import secrets
import shutil
import threading
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from odoo_gate.errors import StackError
from odoo_gate.odoo import rpc
from odoo_gate.odoo.agent_client import ReleaseFailure
from odoo_gate.odoo.databases import Databases
from odoo_gate.odoo.store import Clone, Store, Template
from odoo_gate.odoo.testbed import Release, Testbed, attach_testbed, open_testbed
from odoo_gate.settings import load_settings
from odoo_gate.stack.odoo_server import OdooServer
from odoo_gate.stack.run import Run, new_run_id

MANIFEST = "{{'name': '{0}', 'version': '19.0.1.0.0', 'depends': ['base'], 'license': 'LGPL-3', 'data': {1}}}"
GATE_TOML = """
[project]
name = "store tests"
series = "19.0"
[stack]
odoo_conf = "odoo.conf"
[baseline]
path = "baseline"
"""
ATTACHMENT = """<odoo><record id="a" model="ir.attachment">
<field name="name">a.txt</field><field name="raw">content that goes to the filestore: {0}</field></record></odoo>"""


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """`sound` brings an attachment, `broken` does not install. Their content is new in every session."""
    root = tmp_path_factory.mktemp("project")
    salt = secrets.token_hex(8)
    for name, data in (("sound", ["data.xml"]), ("broken", ["missing.xml"])):
        folder = root / "addons" / name
        folder.mkdir(parents=True)
        (folder / "__manifest__.py").write_text(MANIFEST.format(name, data))
        (folder / "__init__.py").write_text(f"# {salt}\n")
    (root / "addons/sound/data.xml").write_text(ATTACHMENT.format(salt))
    shutil.copytree(root / "addons", root / "baseline/addons")
    (root / "baseline/addons/sound/data.xml").write_text("<odoo/>")
    (root / "odoo.conf").write_text("[options]\nworkers = 1\nproxy_mode = True\ndb_host = production\n")
    (root / "gate.toml").write_text(GATE_TOML)
    return root


@pytest.fixture(scope="module")
def testbed(project: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Testbed]:
    settings = load_settings(project, {})
    with Run(new_run_id(), tmp_path_factory.mktemp("run")) as run:
        testbed = open_testbed(settings, run)
        yield testbed
        forget_own_templates(testbed)


@pytest.fixture(scope="module")
def candidate(testbed: Testbed) -> Release:
    return testbed.candidate


@pytest.fixture(scope="module")
def template(testbed: Testbed, candidate: Release) -> Template:
    return testbed.exact_template(candidate, "sound")


@pytest.fixture(scope="module")
def clone(testbed: Testbed, template: Template) -> Iterator[Clone]:
    with testbed.clone(template) as clone:
        yield clone


@pytest.fixture(scope="module")
def server(testbed: Testbed, candidate: Release, clone: Clone) -> Iterator[OdooServer]:
    server = testbed.start_server(candidate, clone.database)
    yield server
    testbed.stop_server(server)


def forget_own_templates(testbed: Testbed) -> None:
    """Nobody will ever ask for these again: their content has a salt."""
    for stored in testbed.store.templates():
        if stored.label in ("exactly sound", "exactly wanted_twice"):
            Databases(testbed.postgres).drop(stored.database)
            testbed.candidate.agent.files_drop(stored.database)


def parameter(testbed: Testbed, database: str, key: str) -> str | None:
    with psycopg.connect(testbed.postgres.dsn(database)) as connection:
        row = connection.execute("SELECT value FROM ir_config_parameter WHERE key = %s", [key]).fetchone()
    return row[0] if row else None


def test_a_template_is_built_once(testbed: Testbed, candidate: Release, template: Template) -> None:
    assert template.built
    again = testbed.exact_template(candidate, "sound")
    assert not again.built
    assert (again.database, again.log) == (template.database, template.log)


def test_it_holds_the_module_and_what_every_database_has(testbed: Testbed, clone: Clone) -> None:
    with psycopg.connect(testbed.postgres.dsn(clone.database)) as connection:
        rows = connection.execute("SELECT name FROM ir_module_module WHERE state = 'installed'").fetchall()
    installed = {name for (name,) in rows}
    assert {"base", "web", "sound"} <= installed
    assert "broken" not in installed
    assert "mail" not in installed


def test_a_clone_has_an_identity_and_files_of_its_own(
    testbed: Testbed, candidate: Release, template: Template, clone: Clone
) -> None:
    size = candidate.agent.files_size(clone.database)
    assert size > 0
    with testbed.clone(template) as other:
        assert parameter(testbed, other.database, "database.uuid") != parameter(
            testbed, clone.database, "database.uuid"
        )
        assert candidate.agent.files_size(other.database) == size
        candidate.agent.files_drop(other.database)
        assert candidate.agent.files_size(clone.database) == size, "files are linked, not shared"
    assert not Databases(testbed.postgres).exists(other.database)


def test_a_module_that_does_not_install_leaves_nothing(testbed: Testbed, candidate: Release) -> None:
    key = testbed.exact_spec(candidate, ["broken"]).key  # others use this store's PostgreSQL at the same time
    with pytest.raises(ReleaseFailure, match=r"missing\.xml"):
        testbed.exact_template(candidate, "broken")
    assert [name for name in Databases(testbed.postgres).names() if key[:16] in name] == []


def test_of_two_that_want_a_template_one_builds(project: Path, testbed: Testbed) -> None:
    module = project / "addons" / "wanted_twice"
    module.mkdir()
    (module / "__manifest__.py").write_text(MANIFEST.format("wanted_twice", []))
    (module / "__init__.py").write_text(f"# {secrets.token_hex(8)}\n")
    with Run(new_run_id(), project / "second-run") as run:
        second = open_testbed(testbed.settings, run)
        built: list[Template] = []
        spec = second.exact_spec(second.candidate, ["wanted_twice"])
        threads = [
            threading.Thread(target=lambda: built.append(second.store.template(spec, second.candidate.agent)))
            for _ in range(2)
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert sorted(template.built for template in built) == [False, True]


def test_a_pytest_worker_attaches_and_clones(testbed: Testbed, template: Template) -> None:
    worker = attach_testbed(testbed.settings, json.loads(json.dumps(testbed.address)))
    assert worker.images == testbed.images
    assert worker.exact_template(worker.candidate, "sound").database == template.database
    with (
        worker.clone(template, worker.candidate) as clone,
        worker.candidate.agent.session(clone.database) as session,
    ):
        assert session.port > 0


def test_a_worker_starts_servers_that_end_with_the_run(testbed: Testbed) -> None:
    worker = attach_testbed(testbed.settings, json.loads(json.dumps(testbed.address)))
    assert worker.redis() != testbed.redis()
    assert worker.redis().port != testbed.redis().port


def test_the_baseline_has_an_agent_and_templates_of_its_own(testbed: Testbed, template: Template) -> None:
    assert testbed.baseline is not None
    older = testbed.exact_template(testbed.baseline, "sound")
    assert older.key != template.key
    assert testbed.closure_template(testbed.baseline, "sound").key == base_key(testbed), "base is shared"
    worker = attach_testbed(testbed.settings, json.loads(json.dumps(testbed.address)))
    assert worker.baseline is not None
    assert worker.baseline.agent == testbed.baseline.agent


def base_key(testbed: Testbed) -> str:
    return testbed.exact_spec(testbed.candidate, ["base"]).key


def test_the_server_is_like_productions(server: OdooServer) -> None:
    for url in (server.url, server.gevent_url):
        with urllib.request.urlopen(f"{url}/web/health", timeout=10) as answer:
            assert answer.status == 200
    commands = [" ".join(process) for process in server.container.docker.top()["Processes"]]
    assert any("gevent" in command for command in commands)
    assert len([command for command in commands if "odoo" in command]) >= 4, "a master, a worker, cron, gevent"


def test_the_users_odoo_conf_is_honoured_and_what_differs_is_shown(server: OdooServer) -> None:
    conf = server.container.execute("cat", "/mnt/odoo-gate/odoo.conf")
    assert "workers = 1\n" in conf
    assert "proxy_mode = True\n" in conf
    assert {(o.key, o.theirs, o.ours) for o in server.overrides} == {("db_host", "production", "store")}


def test_roles_log_in_with_their_groups(server: OdooServer) -> None:
    assert rpc.login(server).env.user.login == "admin"
    clerk = rpc.login_as(server, "clerk", ["base.group_user"])
    assert clerk.env.user.login == "clerk"
    assert not clerk.env["res.users"].has_group([clerk.env.uid], "base.group_system")


def test_a_refused_login_is_told(server: OdooServer) -> None:
    with pytest.raises(StackError, match="nobody cannot log in"):
        rpc.login(server, "nobody", "nothing")


def test_a_group_that_does_not_exist_is_told(server: OdooServer) -> None:
    with pytest.raises(StackError, match=r"no_such\.group"):
        rpc.login_as(server, "clerk", ["no_such.group"])


def test_web_base_url_follows_the_server(testbed: Testbed, server: OdooServer) -> None:
    assert parameter(testbed, server.database, "web.base.url") == server.url


def test_images_of_the_evidence(testbed: Testbed) -> None:
    assert [image.role for image in testbed.images] == ["odoo", "odoo", "postgres", "redis"]
    assert len({image.digest for image in testbed.images}) == 4


def test_the_inventory_shows_the_template(testbed: Testbed, template: Template) -> None:
    found = {each.key: each for each in Store(testbed.postgres, "reader").templates()}
    assert found[template.key].label == "exactly sound"
    assert found[template.key].size > 10_000_000
