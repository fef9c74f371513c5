"""Every TOML, YAML, JSON, XML, CSV and Python block of the documentation is read by what reads it in earnest."""

from __future__ import annotations

import ast
import configparser
import csv
import io
import json
import re
import subprocess
import tomllib
from pathlib import Path
from typing import Any

import pytest
import yaml
from blocks import PAGES, ROOT, Block, blocks_of
from defusedxml import ElementTree

from odoo_gate.attest import new_signer
from odoo_gate.attest.trust import load_trust
from odoo_gate.contracts.loader import read_contract
from odoo_gate.policy import load_policy
from odoo_gate.settings import Settings, settings_from

BLOCKS = [block for page in PAGES for block in blocks_of(page)]
SECTIONS = set(Settings.model_fields) - {"root", "file", "sources"}
PROJECT = {"name": "yard", "series": "19.0"}
PEM = re.compile(r"-----BEGIN PUBLIC KEY-----.*?-----END PUBLIC KEY-----", re.DOTALL)
TIMES = "valid_from = 2026-01-01T00:00:00Z\nvalid_until = 2027-01-01T00:00:00Z\n"
GATE = '[gates.ci]\nkey = """{key}"""\nenvironments = ["production"]\n' + TIMES
TABLE = "[environments.production]"
DEMANDS = 'demands = ["run.complete"]\n'


def of(*languages: str) -> list[Block]:
    return [block for block in BLOCKS if block.language in languages]


def test_there_are_blocks_of_each_kind():
    assert len(of("toml")) > 25
    assert of("yaml")
    assert of("python")


def is_policy(written: dict[str, Any]) -> bool:
    return bool(written.keys() & {"version", "environments", "duties"})


@pytest.mark.parametrize("block", of("toml"), ids=str)
def test_a_toml_block_is_taken_as_settings_policy_or_trust(block: Block, tmp_path: Path):
    written = tomllib.loads(block.text)
    assert written, "the block says nothing"
    if written.keys() & {"people", "gates", "timestamps"}:
        head = "" if "version" in written else "version = 1\n"
        key = new_signer().public_key.pem.decode()
        text = head + PEM.sub(lambda _: key, block.text)
        somebody = "" if written.keys() & {"people", "gates"} else GATE.format(key=key)
        assert load_trust((text + somebody).encode())
        return
    if is_policy(written):
        load_policy(_whole_policy(block.text, written).encode())
        return
    assert written.keys() <= SECTIONS
    settings_from(_completed(written, tmp_path), root=tmp_path)


def _whole_policy(text: str, written: dict[str, Any]) -> str:
    """The fragment with what no policy can do without."""
    head = "" if "version" in written else "version = 1\n"
    if not any("demands" in rules for rules in written.get("environments", {}).values()):
        named = f"{TABLE}\n" in text
        text = text.replace(f"{TABLE}\n", f"{TABLE}\n{DEMANDS}") if named else f"{text}\n{TABLE}\n{DEMANDS}"
    before = f"\n[environments.staging]\n{DEMANDS}" if "promoted_from" in text else ""
    return head + text + before


def _completed(written: dict[str, Any], root: Path) -> dict[str, Any]:
    """The fragment with what no gate.toml can do without, and the folders and files that it names."""
    whole = {"project": PROJECT, **written}
    folders = [*whole.setdefault("addons", {}).get("paths", ["addons"]), whole.get("baseline", {}).get("path", "")]
    for folder in filter(None, folders):
        (root / folder).mkdir(parents=True, exist_ok=True)
    files = [whole.get("stack", {}).get(key, "") for key in ("odoo_conf", "ingress_conf")]
    for file in filter(None, [*files, whole.get("policy", {}).get("file", "")]):
        (root / file).parent.mkdir(parents=True, exist_ok=True)
        (root / file).touch()
    return whole


@pytest.mark.parametrize("block", of("yaml", "yml"), ids=str)
def test_a_yaml_block_is_one(block: Block, tmp_path: Path):
    written = yaml.safe_load(block.text)
    assert written
    if isinstance(written, dict) and written.get("kind") == "OdooApi":
        (tmp_path / "contract.yaml").write_text(block.text)
        assert read_contract(tmp_path / "contract.yaml").id == written["id"]


@pytest.mark.parametrize("block", of("json", "xml", "csv", "ini"), ids=str)
def test_a_block_of_data_is_well_formed(block: Block):
    match block.language:
        case "json":
            assert json.loads(block.text)
        case "xml":
            assert ElementTree.fromstring(f"<odoo>{block.text}</odoo>") is not None
        case "ini":
            parser = configparser.ConfigParser(strict=False, interpolation=None)
            parser.read_string(block.text)
            assert parser.sections()
        case "csv":
            assert len({len(row) for row in csv.reader(io.StringIO(block.text))}) == 1


@pytest.mark.parametrize("block", of("python"), ids=str)
def test_a_python_block_parses_and_is_the_file_it_quotes(block: Block):
    assert ast.parse(block.text).body or block.text.startswith("#")
    if block.title.startswith("examples/"):
        assert block.text.strip() in (ROOT / block.title).read_text("utf-8")


@pytest.mark.parametrize("block", BLOCKS, ids=str)
def test_a_block_has_a_language_that_is_read(block: Block):
    known = {"toml", "yaml", "yml", "json", "xml", "csv", "ini", "python", "console", "sh", "bash", "text", "sql", ""}
    assert block.language in known


@pytest.mark.parametrize("block", [block for block in BLOCKS if block.text.startswith("#!")], ids=str)
def test_a_script_is_one_that_a_shell_can_read(block: Block):
    assert subprocess.run(["sh", "-n"], input=block.text, text=True, check=False).returncode == 0
