"""Statements that the right key signed and that still must not pass: a signer that lies, errs or was tricked."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from odoo_gate.attest.bundle import write_bundle
from odoo_gate.attest.statement import sha256
from odoo_gate.errors import ExitCode

BUNDLE = "readiness.sigstore.json"
Change = Callable[[Any], Any]


def refused_for(verification: Any) -> list[str]:
    assert verification.exit_code is ExitCode.INVALID
    return [examined.name for examined in verification.examined if not examined.held]


def test_a_verdict_softened_by_the_signer(no_go: Any) -> None:
    statement = no_go.statement()
    statement["predicate"].update(verdict="GO", reasons=[])
    no_go.put_statement(statement)
    assert "verdict" in refused_for(no_go.verify(BUNDLE))


def test_a_failure_made_to_pass_in_the_statement_alone(no_go: Any) -> None:
    statement = no_go.statement()
    statement["predicate"].update(verdict="GO", reasons=[])
    for check in statement["predicate"]["checks"]:
        check.update(outcome="passed", reason="")
    no_go.put_statement(statement)
    assert "results" in refused_for(no_go.verify())


def test_a_go_from_no_checks_at_all(go: Any) -> None:
    statement = go.statement()
    statement["predicate"]["checks"] = []
    go.put_statement(statement)
    assert "verdict" in refused_for(go.verify(BUNDLE))


def test_another_environments_policy_section(development_go: Any) -> None:
    statement = development_go.statement()
    statement["predicate"]["release"]["environment"] = "production"
    statement["predicate"]["checks"] = statement["predicate"]["checks"][-1:]
    development_go.put_statement(statement)
    development_go.leave_bundle_alone()
    assert refused_for(development_go.verify(BUNDLE, environment="production")) == ["verdict"]


def longer(statement: Any) -> None:
    statement["predicate"]["validUntil"] = "2027-11-21T12:00:00Z"


def younger(statement: Any) -> None:
    statement["predicate"]["startedOn"] = "2026-11-21T12:00:00Z"
    statement["predicate"]["validUntil"] = "2026-11-22T12:00:00Z"


@pytest.mark.parametrize("change", [longer, younger])
def test_validity_that_the_policy_does_not_give(go: Any, change: Change) -> None:
    statement = go.statement()
    change(statement)
    go.put_statement(statement)
    go.leave_bundle_alone()
    assert refused_for(go.verify(BUNDLE)) == ["age"]


def drop(name: str) -> Change:
    def change(statement: Any) -> None:
        statement["subject"] = [s for s in statement["subject"] if s["name"] != name]

    return change


@pytest.mark.parametrize(
    ("name", "refused"), [("addons.sha256", "addons"), ("source.json", "source"), ("image:odoo", "images")]
)
def test_a_subject_left_out(go: Any, name: str, refused: str) -> None:
    statement = go.statement()
    drop(name)(statement)
    go.put_statement(statement)
    assert refused in refused_for(go.verify(BUNDLE))


def test_an_image_left_out_of_subjects_and_release(go: Any) -> None:
    statement = go.statement()
    drop("image:odoo")(statement)
    statement["predicate"]["release"]["images"] = statement["predicate"]["release"]["images"][1:]
    go.put_statement(statement)
    assert "image odoo" in refused_for(go.verify(BUNDLE))


def test_no_image_at_all(go: Any) -> None:
    statement = go.statement()
    statement["subject"] = statement["subject"][:3]
    statement["predicate"]["release"]["images"] = []
    go.put_statement(statement)
    go.leave_bundle_alone()
    assert refused_for(go.verify(BUNDLE, images={})) == ["images"]


def test_a_subject_added(go: Any) -> None:
    statement = go.statement()
    statement["subject"].append({"name": "other.tar", "digest": {"sha256": "0" * 64}})
    go.put_statement(statement)
    assert "subjects" in refused_for(go.verify(BUNDLE))


def test_a_subject_twice(go: Any) -> None:
    statement = go.statement()
    statement["subject"].append({"name": "addons.sha256", "digest": {"sha256": sha256(b"evil")}})
    go.put_statement(statement)
    assert "subjects" in refused_for(go.verify(BUNDLE, addons_listing=b"evil"))


def test_an_image_that_differs_between_subject_and_release(go: Any) -> None:
    statement = go.statement()
    statement["predicate"]["release"]["images"][0]["digest"] = "sha256:" + "e" * 64
    go.put_statement(statement)
    assert "images" in refused_for(go.verify(BUNDLE))


def test_a_commit_that_differs_between_subject_and_release(go: Any) -> None:
    statement = go.statement()
    statement["predicate"]["release"]["commit"] = "f" * 40
    go.put_statement(statement)
    assert "source" in refused_for(go.verify(BUNDLE))


def test_a_policy_text_that_is_not_the_policy_named(go: Any) -> None:
    statement = go.statement()
    statement["predicate"]["policy"] = "version = 1"
    go.put_statement(statement)
    assert "policy" in refused_for(go.verify(BUNDLE))


@pytest.mark.parametrize(
    "path",
    [
        "../evil",
        "/etc/passwd",
        "logs/../../evil",
        "a\\b",
        "",
        ".",
        "logs//odoo.log",
        "x\x00y",
        "C:/x",
        "\u202egnp",
    ],
)
def test_evidence_outside_the_run_folder(go: Any, path: str) -> None:
    (go.folder.parent / "evil").write_bytes(b"evil")
    statement = go.statement()
    statement["predicate"]["evidence"].append({"path": path, "sha256": sha256(b"evil"), "size": 4})
    go.put_statement(statement)
    assert "evidence" in refused_for(go.verify())


@pytest.mark.parametrize(
    "kind",
    [
        "https://odoo-gate.dev/readiness/v2",
        "https://odoo-gate.dev/readiness/V1",
        "https://odoo-gate.dev/report/v1",
        "https://in-toto.io/attestation/svr/v0.1",
        "https://slsa.dev/provenance/v1",
        "",
        None,
        1,
    ],
)
def test_a_go_of_another_type(go: Any, kind: Any) -> None:
    statement = go.statement()
    statement["predicateType"] = kind
    go.put_statement(statement)
    assert refused_for(go.verify()) == ["statement"]


@pytest.mark.parametrize("name", ["readiness.svr.sigstore.json", "report.sigstore.json"])
def test_our_own_other_statements_in_place_of_the_verdict(go: Any, name: str) -> None:
    go.file(BUNDLE).write_bytes(go.file(name).read_bytes())
    assert refused_for(go.verify()) == ["statement"]


def unknown_key(statement: Any) -> None:
    statement["predicate"]["override"] = True


def unknown_verdict(statement: Any) -> None:
    statement["predicate"]["verdict"] = "PROBABLY"


def lower_case_verdict(statement: Any) -> None:
    statement["predicate"]["verdict"] = "go"


def text_for_truth(statement: Any) -> None:
    statement["predicate"]["release"]["dirty"] = "false"


def zoneless_time(statement: Any) -> None:
    statement["predicate"]["validUntil"] = "2027-01-01T00:00:00"


def epoch_time(statement: Any) -> None:
    statement["predicate"]["validUntil"] = 1_900_000_000


def other_digest_algorithm(statement: Any) -> None:
    statement["subject"][0]["digest"] = {"md5": "0" * 32}


def upper_case_digest(statement: Any) -> None:
    statement["subject"][0]["digest"]["sha256"] = statement["subject"][0]["digest"]["sha256"].upper()


def no_subject(statement: Any) -> None:
    statement["subject"] = []


def missing_checks(statement: Any) -> None:
    del statement["predicate"]["checks"]


def other_statement_version(statement: Any) -> None:
    statement["_type"] = "https://in-toto.io/Statement/v0.1"


def python_names(statement: Any) -> None:
    statement["predicate"]["valid_until"] = statement["predicate"].pop("validUntil")


@pytest.mark.parametrize(
    "change",
    [
        unknown_key,
        unknown_verdict,
        lower_case_verdict,
        text_for_truth,
        zoneless_time,
        epoch_time,
        other_digest_algorithm,
        upper_case_digest,
        no_subject,
        missing_checks,
        other_statement_version,
        python_names,
    ],
)
def test_a_malformed_statement(go: Any, change: Change) -> None:
    statement = go.statement()
    change(statement)
    go.put_statement(statement)
    assert refused_for(go.verify()) == ["statement"]


def skip_without_reason(check: Any) -> None:
    check.update(outcome="skipped", reason="")


def passed_with_errors(check: Any) -> None:
    check["findings"] = [{"rule": "r", "message": "m", "severity": "error", "place": None, "remedy": ""}]


@pytest.mark.parametrize("change", [skip_without_reason, passed_with_errors])
def test_a_check_result_that_cannot_be(go: Any, change: Change) -> None:
    statement = go.statement()
    change(statement["predicate"]["checks"][0])
    go.put_statement(statement)
    assert "verdict" in refused_for(go.verify(BUNDLE))


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (b'"verdict": "GO"', b'"verdict": "NO-GO", "verdict": "GO"'),
        (b'"duration": 1.5', b'"duration": NaN'),
        (b'"duration": 1.5', b'"duration": 1e999'),
        (b'"duration": 1.5', b'"duration": -1'),
        (b'"value": 7.0', b'"value": Infinity'),
        (b'"project": "Hollander Bouw"', b'"project": "\\ud800"'),
        (b'"reasons": []', b'"reasons": ' + b"[" * 40 + b"]" * 40),
        (b'"project": "Hollander Bouw"', b'"project": "\xff"'),
    ],
)
def test_signed_json_that_two_parsers_read_differently(go: Any, old: bytes, new: bytes) -> None:
    payload = go.file("readiness.json").read_bytes()
    assert old in payload
    go.put_payload(payload.replace(old, new, 1))
    assert refused_for(go.verify()) == ["statement"]


def test_the_bundle_of_a_report_signed_for_another_run(go: Any) -> None:
    statement = go.statement()
    statement["predicate"]["run"] = "other"
    go.put_statement(statement)
    assert {"report", "svr"} <= set(refused_for(go.verify()))


def test_a_softened_report_signed_by_the_right_key(no_go: Any) -> None:
    """The report's statement must be byte for byte the one that follows from the verdict's."""
    html = b"<h1>GO</h1>"
    no_go.file("report.html").write_bytes(html)
    forged = {"subject": [{"name": "report.html", "digest": {"sha256": sha256(html)}}]}
    envelope = no_go.signer.sign(json.dumps(forged).encode())
    no_go.file("report.sigstore.json").write_bytes(write_bundle(envelope, ""))
    assert refused_for(no_go.verify()) == ["report"]


scalars = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=8)
values = scalars | st.lists(scalars, max_size=2) | st.dictionaries(st.text(max_size=4), scalars, max_size=2)


@settings(max_examples=300, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(st.data())
def test_any_signed_nonsense_is_examined_without_a_crash(no_go: Any, data: st.DataObject) -> None:
    """The key holder's own mistakes: replace any part of the statement by anything. It never becomes a GO."""
    statement = no_go.statement()
    node = statement
    while True:
        keys = list(range(len(node))) if isinstance(node, list) else list(node)
        key = data.draw(st.sampled_from(keys))
        if isinstance(node[key], dict | list) and node[key] and data.draw(st.booleans()):
            node = node[key]
            continue
        node[key] = data.draw(values)
        break
    payload = json.dumps(statement).encode()
    target = no_go.folder.parent / "nonsense.json"
    target.write_bytes(write_bundle(no_go.signer.sign(payload), no_go.signer.public_key.hint))
    assert no_go.verify("../nonsense.json").exit_code is not ExitCode.GO
