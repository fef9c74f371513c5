"""Contracts are read strictly: what is misspelt, doubled or outside the standard is told with its place."""

from __future__ import annotations

import pytest

from odoo_gate.contracts import ContractError, load_contracts, read_contract
from odoo_gate.settings import settings_from

API = """
kind: OdooApi
id: estimating
consumer: Estimating tool
owner: cost@builder.example
doors: [json-rpc]
user:
  groups: [base.group_user]
  may:
    res.partner: [read]
models:
  res.partner:
    fields:
      name: char
      type: {type: selection, values: [contact, invoice]}
    methods:
      name_get: ()
"""
BI = """
apiVersion: v3.0.2
kind: DataContract
id: cube
version: 1.0.0
status: active
roles: [{role: bi_reader, access: read}]
customProperties:
  - {property: kind, value: bi}
  - {property: consumer, value: Dashboards}
  - {property: owner, value: bi@builder.example}
  - {property: grants, value: [GRANT SELECT ON res_partner TO bi_reader]}
  - property: totals
    value: [{name: partners, sql: SELECT 1, equals: SELECT 1}]
schema:
  - name: res_partner
    properties:
      - {name: id, logicalType: integer, physicalType: integer, primaryKey: true, required: true}
"""


def written(folder, text, name="one.yaml"):
    path = folder / name
    path.write_text(text, "utf-8")
    return path


def refused(folder, text):
    with pytest.raises(ContractError) as error:
        read_contract(written(folder, text))
    return str(error.value)


def test_an_api_contract(tmp_path):
    contract = read_contract(written(tmp_path, API))
    assert contract.models["res.partner"].fields["name"].type == "char"
    assert contract.models["res.partner"].fields["type"].values == ("contact", "invoice")
    assert contract.named_models == ("res.partner",)
    assert contract.file == "one.yaml"


def test_a_bi_contract_in_the_open_data_contract_standard(tmp_path):
    contract = read_contract(written(tmp_path, BI))
    assert (contract.role, contract.relations[0].columns[0].key) == ("bi_reader", True)


@pytest.mark.parametrize(
    ("text", "says"),
    [
        (API.replace("owner:", "ownr:"), "'ownr' is not a key here; did you mean 'owner'?"),
        (API.replace("values:", "value:"), "did you mean 'values'?"),
        (API.replace("OdooApi", "OdooAPI"), "did you mean OdooApi?"),
        (API.replace("json-rpc", "soap"), "doors"),
        (API.replace("()", "(a, a"), "is not a signature"),
        (API.replace("type: selection", "type: char"), "has no values"),
        (API + "kind: OdooApi\n", "is written twice"),
        (BI.replace("status: active", "statuss: active"), "did you mean 'status'?"),
        (BI.replace("logicalType: integer", "logicalType: whole"), "Open Data Contract Standard"),
        (BI.replace("property: owner", "property: owners"), "did you mean 'owner'?"),
        (BI.replace("value: bi}", "value: cube}"), "say what the data is"),
        (BI.replace("schema:", "tags:\n  - x\nschemas:"), "did you mean 'schema'?"),
        ("- a\n- b\n", "holds no contract"),
        ("kind: [", "one.yaml:"),
        ("kind: !!python/name:os.system\n", "one.yaml"),
    ],
)
def test_what_is_wrong_is_told(tmp_path, text, says):
    assert says in refused(tmp_path, text)


def test_words_stay_words(tmp_path):
    text = API.replace("[contact, invoice]", "[no, 2026-03-31, on]")
    assert read_contract(written(tmp_path, text)).models["res.partner"].fields["type"].values == (
        "no",
        "2026-03-31",
        "on",
    )


def project(tmp_path):
    (tmp_path / "addons").mkdir()
    (tmp_path / "contracts").mkdir()
    return settings_from({"project": {"name": "p", "series": "19.0"}}, root=tmp_path)


def test_no_folder_holds_no_contracts(tmp_path):
    (tmp_path / "addons").mkdir()
    assert load_contracts(settings_from({"project": {"name": "p", "series": "19.0"}}, root=tmp_path)) == ()


def test_one_id_belongs_to_one_contract(tmp_path):
    settings = project(tmp_path)
    written(tmp_path / "contracts", API, "a.yaml")
    written(tmp_path / "contracts", API, "b.yaml")
    with pytest.raises(ContractError, match="both called estimating"):
        load_contracts(settings)


def test_scripts_lie_beside_their_contract(tmp_path):
    settings = project(tmp_path)
    changes = "  - {property: changes, value: {script: ../away.py}}\nschema:"
    incremental = "- name: res_partner\n    customProperties: [{property: incremental, value: id}]"
    text = BI.replace("schema:", changes).replace("- name: res_partner", incremental)
    written(tmp_path / "contracts", text, "a.yaml")
    with pytest.raises(ContractError, match="no file beside it"):
        load_contracts(settings)
