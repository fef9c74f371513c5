"""`odoo-gate respond` against an API on loopback that plays what GitHub and GitLab document."""

from __future__ import annotations

import hashlib
import hmac
import json
import subprocess
import threading
from collections.abc import Iterator
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
import typer

from odoo_gate.addons import addons_listing
from odoo_gate.attest import new_signer
from odoo_gate.attest.keys import write_key_pair
from odoo_gate.attest.statement import sha256
from odoo_gate.cli import respond
from odoo_gate.errors import InfrastructureError, UsageError, VerificationError
from odoo_gate.evidence import EvidenceWriter
from odoo_gate.judgement import assemble, read_policy
from odoo_gate.model import CheckResult, ImageIdentity, Outcome, ReleaseSubject
from odoo_gate.settings import load_settings
from odoo_gate.subject import configuration_listing, revision

DIGEST = f"sha256:{'a' * 64}"
GATE_TOML = '[project]\nname = "Bouw"\nseries = "19.0"\n[policy]\nfile = "policy.toml"\n'
POLICY = 'version = 1\n[environments.production]\ndemands = ["run.complete", "tests.*"]\n'
HEAD = "f" * 40


class Api:
    """What was posted to it; answers as documented, 409 where the commit is not the head."""

    def __init__(self) -> None:
        self.posted: list[tuple[str, dict[str, str], Any]] = []
        self.head = ""
        self.redirect = ""
        api = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
                api.posted.append((self.path, dict(self.headers.items()), body))
                if api.redirect:
                    self.send_response(302)
                    self.send_header("Location", api.redirect)
                elif "sha" in body and body["sha"] != api.head:
                    self.send_response(409)
                else:
                    self.send_response(201 if "sha" in body else 204)
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, *_: object) -> None:
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}"


@pytest.fixture
def api() -> Iterator[Api]:
    played = Api()
    thread = threading.Thread(target=played.server.serve_forever, daemon=True)
    thread.start()
    yield played
    played.server.shutdown()
    thread.join()
    played.server.server_close()


def git(root: Path, *arguments: str) -> None:
    identity = ("-c", "user.name=t", "-c", "user.email=t@example.com")
    subprocess.run(["git", *identity, *arguments], cwd=root, check=True, capture_output=True)


@pytest.fixture
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    root = tmp_path / "checkout"
    addon = root / "addons" / "job_costing"
    addon.mkdir(parents=True)
    (addon / "__manifest__.py").write_text('{"name": "Job costing"}\n')
    (root / "gate.toml").write_text(GATE_TOML)
    (root / "policy.toml").write_text(POLICY)
    git(root, "init", "--quiet")
    git(root, "add", ".")
    git(root, "commit", "--quiet", "--message", "release")
    monkeypatch.setenv("ODOO_GATE_API_TOKEN", "s3cret")
    monkeypatch.delenv("ODOO_GATE_WEBHOOK_SECRET", raising=False)
    return root


def judge(root: Path, outcome: Outcome = Outcome.PASSED) -> tuple[Path, str]:
    """A judged run of the checkout, and its commit."""
    settings, policy, now = load_settings(root, {}), (root / "policy.toml").read_bytes(), datetime.now(UTC)
    assert policy == read_policy(settings)
    folder = root.parent / f"run-{outcome}"
    writer = EvidenceWriter(folder / "evidence.jsonl")
    reason = "" if outcome is Outcome.PASSED else "invoice 7 lost a cent"
    writer.write(CheckResult("tests.at-install", "/a:T.t", outcome, now, 1.0, reason))
    writer.write(CheckResult("run.complete", "", Outcome.PASSED, now, 1.0))
    signer = new_signer()
    write_key_pair(signer, root.parent / f"{outcome}.key")
    commit, dirty = revision(root)
    images = (ImageIdentity("odoo", "odoo:19.0", DIGEST, "pulled"),)
    subject = ReleaseSubject("Bouw", "19.0", "production", commit, dirty, {}, images, sha256(policy))
    listing = addons_listing(settings.addons_roots, root).encode()
    assemble(folder, subject, listing, policy, signer, now, configuration=configuration_listing(settings))
    return folder, commit


def call(service: str, event: object, root: Path, folder: Path, api: str, *more: str) -> int:
    path = root.parent / "event.json"
    path.write_text(json.dumps(event))
    key = f"{folder.parent / folder.name.removeprefix('run-')}.key.pub"
    words = [service, str(path), str(folder), "--project", str(root), "--key", key, "--image", f"odoo={DIGEST}"]
    if service == "gitlab":
        words += ["--environment", "production"]
    command = typer.main.get_command(respond.app)
    return int(command.main([*words, "--api", api, *more], standalone_mode=False))


def rule(api: str, sha: str, environment: str = "production") -> dict[str, Any]:
    """GitHub's event, with what it holds besides."""
    return {
        "action": "requested",
        "environment": environment,
        "event": "push",
        "deployment_callback_url": f"{api}/repos/bouw/odoo/actions/runs/815/deployment_protection_rule",
        "deployment": {"id": 1, "sha": sha, "ref": "main", "environment": environment},
        "repository": {"full_name": "bouw/odoo"},
        "sender": {"login": "daan"},
    }


def status_check(sha: str) -> dict[str, Any]:
    """GitLab's event."""
    return {
        "object_kind": "merge_request",
        "project": {"id": 42, "name": "odoo"},
        "object_attributes": {"iid": 7, "last_commit": {"id": sha, "message": "x"}},
        "external_approval_rule": {"id": 3, "name": "odoo-gate", "external_url": "https://gate.example.org"},
    }


def test_github_is_told_of_a_go(root: Path, api: Api) -> None:
    folder, commit = judge(root)
    assert call("github", rule(api.url, commit), root, folder, api.url) == 0
    ((path, headers, body),) = api.posted
    assert path == "/repos/bouw/odoo/actions/runs/815/deployment_protection_rule"
    assert headers["Authorization"] == "Bearer s3cret"
    assert (body["environment_name"], body["state"]) == ("production", "approved")
    assert "GO for production" in body["comment"]


def test_github_is_told_of_a_no_go_and_why(root: Path, api: Api) -> None:
    folder, commit = judge(root, Outcome.FAILED)
    assert call("github", rule(api.url, commit), root, folder, api.url) == 1
    ((_, _, body),) = api.posted
    assert body["state"] == "rejected"
    assert "tests.at-install: invoice 7 lost a cent" in body["comment"]


@pytest.mark.parametrize(
    "change", [{"sha": HEAD}, {"environment": "staging"}], ids=["another commit", "another environment"]
)
def test_github_asks_about_something_else(root: Path, api: Api, change: dict[str, str]) -> None:
    folder, commit = judge(root)
    assert call("github", rule(api.url, **{"sha": commit} | change), root, folder, api.url) == 5
    assert api.posted[0][2]["state"] == "rejected"


@pytest.mark.parametrize(
    "url",
    [
        "http://127.0.0.1:9/repos/a/b/actions/runs/1/deployment_protection_rule",
        "{api}/user/keys",
        "{api}.evil.example/x",
        "",
    ],
    ids=["another host", "another path", "another domain", "nowhere"],
)
def test_an_event_does_not_lead_the_token_elsewhere(root: Path, api: Api, url: str) -> None:
    folder, commit = judge(root)
    event = rule(api.url, commit) | {"deployment_callback_url": url.format(api=api.url)}
    with pytest.raises(VerificationError, match="wants its answer at"):
        call("github", event, root, folder, api.url)
    assert api.posted == []


def test_the_api_does_not_lead_the_token_elsewhere(root: Path, api: Api) -> None:
    folder, commit = judge(root)
    api.redirect = f"{api.url}/elsewhere"
    with pytest.raises(InfrastructureError, match="answered 302"):
        call("github", rule(api.url, commit), root, folder, api.url)
    assert len(api.posted) == 1


def test_gitlab_is_told_of_a_go(root: Path, api: Api) -> None:
    folder, commit = judge(root)
    api.head = commit
    assert call("gitlab", status_check(commit), root, folder, f"{api.url}/api/v4") == 0
    ((path, headers, body),) = api.posted
    assert path == "/api/v4/projects/42/merge_requests/7/status_check_responses"
    assert {name.lower(): value for name, value in headers.items()}["private-token"] == "s3cret"
    assert body == {"sha": commit, "external_status_check_id": 3, "status": "passed"}


def test_gitlab_is_told_of_a_no_go(root: Path, api: Api) -> None:
    folder, commit = judge(root, Outcome.FAILED)
    api.head = commit
    assert call("gitlab", status_check(commit), root, folder, f"{api.url}/api/v4") == 1
    assert api.posted[0][2]["status"] == "failed"


def test_a_commit_that_is_not_the_head_any_more(root: Path, api: Api) -> None:
    folder, commit = judge(root)
    api.head = HEAD
    with pytest.raises(InfrastructureError, match="not the head any more"):
        call("gitlab", status_check(commit), root, folder, f"{api.url}/api/v4")


def test_a_report_of_another_commit_fails_the_check(root: Path, api: Api) -> None:
    folder, _ = judge(root)
    api.head = HEAD
    assert call("gitlab", status_check(HEAD), root, folder, f"{api.url}/api/v4") == 5
    assert api.posted[0][2]["status"] == "failed"


def test_a_signed_event(root: Path, api: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    folder, commit = judge(root)
    monkeypatch.setenv("ODOO_GATE_WEBHOOK_SECRET", "shared")
    event = rule(api.url, commit)
    signature = hmac.new(b"shared", json.dumps(event).encode(), hashlib.sha256).hexdigest()
    for wrong in ("", "sha256=", f"sha256={'0' * 64}", "sha256=\u00e9"):
        with pytest.raises(VerificationError, match="not signed with the secret"):
            call("github", event, root, folder, api.url, "--signature", wrong)
    assert api.posted == []
    assert call("github", event, root, folder, api.url, "--signature", f"sha256={signature}") == 0


@pytest.mark.parametrize(
    "event", [[], {}, {"action": "completed"}, {"object_kind": "push"}, rule("http://x", "main"), rule("http://x", "")]
)
def test_what_is_no_event(root: Path, api: Api, event: object) -> None:
    folder, _ = judge(root)
    for service in ("github", "gitlab"):
        with pytest.raises(VerificationError, match="no event to answer"):
            call(service, event, root, folder, api.url)


def test_without_a_token(root: Path, api: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    folder, commit = judge(root)
    monkeypatch.delenv("ODOO_GATE_API_TOKEN")
    with pytest.raises(UsageError, match="no token"):
        call("github", rule(api.url, commit), root, folder, api.url)
