"""A contract drafted from a running release is one that the release keeps; asked of another it says what is missing."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
import yaml
from typed import typed

from odoo_gate.contracts import (
    ApiContract,
    ContractError,
    Inquiry,
    draft_contract,
    findings_of,
    open_site,
    read_contract,
)
from odoo_gate.model import Severity
from odoo_gate.odoo.testbed import Testbed, open_testbed
from odoo_gate.settings import load_settings
from odoo_gate.stack.run import Run, new_run_id

MODEL = """
from odoo import api, fields, models


class Note(models.Model):
    _name = "drafted.note"
    _description = "Note"

    name = fields.Char(required=True)
    kind = fields.Selection([("a", "A"), ("b", "B")], default="a")
    partner_id = fields.Many2one("res.partner")

    def shout(self, times=2):
        return [note.name.upper() * times for note in self]

    @api.model
    def _private(self):
        return None
"""
ACCESS = (
    "id,name,model_id:id,group_id:id,perm_read,perm_write,perm_create,perm_unlink\n"
    "access_note,note,model_drafted_note,base.group_user,1,0,0,0\n"
)
DATA = '<odoo><record id="one" model="drafted.note"><field name="name">one</field></record></odoo>'


@dataclass(frozen=True)
class Drafted:
    testbed: Testbed
    text: str
    folder: Path

    def contract(self, **changes: object) -> ApiContract:
        path = self.folder / "drafted.yaml"
        path.write_text(yaml.safe_dump({**yaml.safe_load(self.text), **changes}), "utf-8")
        contract = read_contract(path)
        assert isinstance(contract, ApiContract)
        return contract


@pytest.fixture(scope="module")
def drafted(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Drafted]:
    root = tmp_path_factory.mktemp("drafting")
    addon = root / "addons/drafted"
    addon.mkdir(parents=True)
    (addon / "__init__.py").write_text("from . import note\n")
    (addon / "note.py").write_text(MODEL)
    (addon / "ir.model.access.csv").write_text(ACCESS)
    (addon / "one.xml").write_text(DATA)
    (addon / "__manifest__.py").write_text(
        "{'name': 'Drafted', 'version': '19.0.1.0.0', 'depends': ['web', 'rpc'], 'license': 'LGPL-3', "
        "'data': ['ir.model.access.csv', 'one.xml']}"
    )
    (root / "gate.toml").write_text('[project]\nname = "drafting"\nseries = "19.0"\n')
    what = ("--model", "drafted.note", "--id", "notes", "--consumer", "Notes on the phone", "--owner", "somebody")
    text = typed("contracts", "record", "--project", str(root), "--release", "candidate", *what, folder=root)
    with Run(new_run_id(), root / "run", print) as run:
        yield Drafted(open_testbed(load_settings(root, os.environ), run, print), text, root)


def test_the_draft_says_what_there_is(drafted):
    contract = drafted.contract()
    promise = contract.models["drafted.note"]
    assert set(contract.models) == {"drafted.note"}
    assert promise.fields["kind"].values == ("a", "b")
    assert promise.fields["partner_id"].relation == "res.partner"
    assert {name: each.signature for name, each in promise.methods.items()} == {"shout": "(times=2)"}
    assert contract.user.may == {"drafted.note": ("read",)}


def test_who_names_no_model_gets_those_of_the_project(drafted):
    text = draft_contract(
        drafted.testbed,
        drafted.testbed.candidate,
        name="notes",
        consumer="Notes on the phone",
        owner="somebody",
        models=(),
        groups=("base.group_user",),
        say=print,
    )
    assert text == drafted.text


def test_an_unknown_model_is_refused(drafted):
    with pytest.raises(ContractError, match=r"there is no model no\.such"):
        draft_contract(
            drafted.testbed,
            drafted.testbed.candidate,
            name="x",
            consumer="x",
            owner="x",
            models=("no.such",),
            groups=("base.group_user",),
            say=print,
        )


def test_the_release_keeps_its_own_draft_and_breaks_another(drafted):
    testbed = drafted.testbed
    call = {"model": "drafted.note", "method": "shout", "records": [], "arguments": {"times": 1}}
    kept = drafted.contract(calls=[call])
    promised_more = {"drafted.note": {"fields": {"name": "text", "colour": "char"}, "methods": {"_private": "()"}}}
    broken = drafted.contract(
        id="broken",
        models=promised_more,
        calls=[{**call, "records": [["name", "=", "nobody"]]}],
        user={"groups": ["base.group_user"], "may": {"drafted.note": ["read", "write"]}},
    )
    unknown = drafted.contract(id="unknown", user={"groups": ["no.group"], "may": {"drafted.note": ["read"]}})
    with open_site(testbed, testbed.candidate, testbed.full_template(testbed.candidate), print) as site:
        inquiry = Inquiry(site, [kept, broken, unknown])
        answers = [*inquiry.api, *inquiry.rights, *inquiry.latency]
    rules = {
        contract.id: {
            finding.rule
            for finding in findings_of([each for each in answers if each.contract.id == contract.id], None)
            if finding.severity is Severity.ERROR
        }
        for contract in (kept, broken, unknown)
    }
    assert rules == {
        "notes": set(),
        "broken": {"field-type", "field-missing", "method-private", "no-records", "right-missing"},
        "unknown": {"no-user", "not-measured"},
    }
