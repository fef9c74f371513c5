"""`contracts diff`: what a consumer of the old contract loses, and what it does not notice."""

from __future__ import annotations

import pytest
from typer.testing import CliRunner

from odoo_gate.cli.app import app

API = """
kind: OdooApi
id: estimating
consumer: Estimating tool
owner: cost control
doors: [json-rpc, xml-rpc]
user: {groups: [base.group_user], may: {res.partner: [read, write]}}
models:
  res.partner:
    fields: {name: char, type: {type: selection, values: [contact, invoice]}}
    methods: {open: "(view, mode=None)"}
"""
FILE = """
apiVersion: v3.0.2
kind: DataContract
id: rows
version: 1.0.0
status: active
customProperties:
  - {property: kind, value: file}
  - {property: consumer, value: Bureau}
  - {property: owner, value: payroll}
  - {property: form, value: {format: csv}}
  - {property: production, value: {model: x.y, method: make, field: content}}
  - {property: controls, value: [{name: rows, count: row, sql: SELECT 1}]}
  - {property: cases, value: [{name: all, records: []}]}
schema:
  - name: row
    properties:
      - {name: code, logicalType: string, required: true}
      - {name: amount, logicalType: number, customProperties: [{property: scale, value: 2}]}
"""
LAST = "- {name: amount, logicalType: number, customProperties: [{property: scale, value: 2}]}"


def compared(folder, old, new):
    (folder / "old.yaml").write_text(old)
    (folder / "new.yaml").write_text(new)
    result = CliRunner().invoke(app, ["contracts", "diff", str(folder / "old.yaml"), str(folder / "new.yaml")])
    return result.exit_code, result.output


def test_the_same_promises_the_same(tmp_path):
    assert compared(tmp_path, API, API) == (0, "the contracts promise the same\n")


@pytest.mark.parametrize(
    ("text", "old", "new", "says"),
    [
        (API, "name: char, ", "", "field res.partner.name is gone"),
        (API, "name: char", "name: text", "is of type text, was char"),
        (API, ", invoice", "", "field res.partner.type value invoice is gone"),
        (API, "(view, mode=None)", "(view, mode)", "cannot be called without mode"),
        (API, ", xml-rpc", "", "door xml-rpc is gone"),
        (API, "[read, write]", "[read]", "right on res.partner to write is gone"),
        (API, "id: estimating", "id: other", "the contract is gone"),
        (FILE, "{format: csv}", "{format: csv, encoding: cp1252}", "encoding 'cp1252'"),
        (FILE, "value: 2}", "value: 3}", "scale 3"),
        (FILE, LAST, "", "record row has fields code, had code, amount"),
        (FILE, ", required: true", "", "required False"),
    ],
)
def test_breaking(tmp_path, text, old, new, says):
    code, output = compared(tmp_path, text, text.replace(old, new))
    assert code == 1
    assert says in output
    assert "BREAKING" in output


@pytest.mark.parametrize(
    ("text", "old", "new", "says"),
    [
        (API, "name: char", "name: char, ref: char", "field res.partner.ref is new"),
        (API, ", invoice", ", invoice, other", "value other is new"),
        (API, "mode=None", "mode=None, more=1", "method res.partner.open is"),
        (
            FILE,
            LAST,
            f"{LAST}\n      - {{name: note, logicalType: string}}",
            "record row has fields code, amount, note",
        ),
    ],
)
def test_compatible(tmp_path, text, old, new, says):
    code, output = compared(tmp_path, text, text.replace(old, new))
    assert code == 0, output
    assert says in output
    assert "BREAKING" not in output
