"""Files of a genuine run that were changed, swapped, added or taken away."""

from __future__ import annotations

import os
import shutil
from pathlib import Path
from typing import Any

import pytest

from odoo_gate.errors import ExitCode

FILES = [
    "readiness.json",
    "readiness.dsse.json",
    "readiness.sigstore.json",
    "readiness.svr.sigstore.json",
    "report.html",
    "report.sigstore.json",
    "evidence.jsonl",
    "packages.json",
    "policy.toml",
    "addons.sha256",
    "configuration.sha256",
    "source.json",
    "subject.json",
    "findings.sarif",
    "summary.md",
    "metrics.csv",
    "metrics.prom",
    "gl-code-quality-report.json",
    "gl-sast-report.json",
    "gl-dependency-scanning-report.json",
    "gl-secret-detection-report.json",
    "logs/odoo.log",
]


def refused_for(verification: Any) -> list[str]:
    assert verification.exit_code is ExitCode.INVALID
    return [examined.name for examined in verification.examined if not examined.held]


def test_the_list_of_files_is_complete(go: Any) -> None:
    assert sorted(p.relative_to(go.folder).as_posix() for p in go.folder.rglob("*") if p.is_file()) == sorted(FILES)


@pytest.mark.parametrize("name", FILES)
def test_one_byte_anywhere_in_any_file(go: Any, name: str) -> None:
    """Every 1/40th of the file, its first and its last byte."""
    genuine = go.file(name).read_bytes()
    step = max(1, len(genuine) // 40)
    for position in sorted({*range(0, len(genuine), step), len(genuine) - 1}):
        changed = bytearray(genuine)
        changed[position] ^= 1
        go.file(name).write_bytes(changed)
        assert go.verify().exit_code is ExitCode.INVALID, f"byte {position} of {name} was changed unseen"
    go.file(name).write_bytes(genuine)
    assert go.verify().exit_code is ExitCode.GO


@pytest.mark.parametrize("name", FILES)
def test_any_file_taken_away(go: Any, name: str) -> None:
    go.file(name).unlink()
    assert go.verify().exit_code is ExitCode.INVALID


@pytest.mark.parametrize("name", FILES)
def test_any_file_truncated_or_emptied(go: Any, name: str) -> None:
    genuine = go.file(name).read_bytes()
    for data in (genuine[: len(genuine) // 2], genuine[:-1], b"", genuine + b"\n"):
        go.file(name).write_bytes(data)
        assert go.verify().exit_code is ExitCode.INVALID


@pytest.mark.parametrize("name", FILES)
def test_any_file_replaced_by_a_link_to_the_same_bytes(go: Any, name: str, tmp_path: Path) -> None:
    shutil.move(go.file(name), tmp_path / "elsewhere")
    go.file(name).symlink_to(tmp_path / "elsewhere")
    assert go.verify().exit_code is ExitCode.INVALID


@pytest.mark.parametrize("name", FILES)
def test_any_file_replaced_by_a_pipe_does_not_hang(go: Any, name: str) -> None:
    go.file(name).unlink()
    os.mkfifo(go.file(name))
    assert go.verify().exit_code is ExitCode.INVALID


@pytest.mark.parametrize("name", FILES)
def test_any_file_replaced_by_a_folder(go: Any, name: str) -> None:
    go.file(name).unlink()
    go.file(name).mkdir()
    assert go.verify().exit_code is ExitCode.INVALID


@pytest.mark.parametrize(
    "name",
    [
        "evidence.jsonl",
        "readiness.json",
        "readiness.dsse.json",
        "readiness.sigstore.json",
        "report.html",
        "report.sigstore.json",
    ],
)
def test_any_file_of_another_genuine_run(go: Any, inconclusive: Any, name: str) -> None:
    assert inconclusive.file(name).read_bytes() != go.file(name).read_bytes()
    shutil.copy(inconclusive.file(name), go.file(name))
    assert go.verify().exit_code is ExitCode.INVALID


def test_a_link_in_place_of_a_folder(go: Any, tmp_path: Path) -> None:
    shutil.move(go.file("logs"), tmp_path / "logs")
    go.file("logs").symlink_to(tmp_path / "logs", target_is_directory=True)
    assert refused_for(go.verify()) == ["evidence"]


def test_evidence_added_afterwards(go: Any) -> None:
    shutil.copy(go.file("evidence.jsonl"), go.file("evidence-2.jsonl"))
    assert refused_for(go.verify()) == ["evidence"]


def test_any_file_added_afterwards(go: Any) -> None:
    go.file("logs/other.log").write_text("nothing to see")
    assert refused_for(go.verify()) == ["evidence"]


def test_the_report_of_another_verdict(go: Any, no_go: Any) -> None:
    shutil.copy(go.file("report.html"), no_go.file("report.html"))
    shutil.copy(go.file("report.sigstore.json"), no_go.file("report.sigstore.json"))
    assert refused_for(no_go.verify()) == ["report"]


def test_a_changed_report_beside_a_bundle(go: Any) -> None:
    go.file("report.html").write_bytes(go.file("report.html").read_bytes() + b" ")
    assert refused_for(go.verify("readiness.sigstore.json")) == ["report"]


def test_a_passing_properties_statement_beside_a_no_go(go: Any, no_go: Any) -> None:
    shutil.copy(go.file("readiness.svr.sigstore.json"), no_go.file("readiness.svr.sigstore.json"))
    assert refused_for(no_go.verify()) == ["svr"]
    assert refused_for(no_go.verify("readiness.sigstore.json")) == ["svr"]


def test_a_folder_without_a_bundle(go: Any) -> None:
    assert refused_for(go.verify("logs")) == ["bundle"]


def test_a_bundle_that_is_not_there(go: Any) -> None:
    assert refused_for(go.verify("nowhere.json")) == ["bundle"]
