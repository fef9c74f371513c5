from __future__ import annotations

import json

import pytest

from odoo_gate.contracts.calls.matching import mismatches
from odoo_gate.contracts.calls.pacts import read_pact
from odoo_gate.contracts.errors import ContractError
from odoo_gate.stack.counterpart import Heard

V4 = {
    "consumer": {"name": "odoo"},
    "provider": {"name": "portal"},
    "interactions": [
        {
            "type": "Synchronous/HTTP",
            "description": "an order",
            "request": {
                "method": "post",
                "path": "/orders",
                "query": {"dry": ["1"]},
                "headers": {"Content-Type": ["application/json"], "X-Key": ["k1"]},
                "body": {
                    "content": {"order": "P1", "lines": [{"quantity": 1.5}]},
                    "contentType": "application/json",
                    "encoded": False,
                },
                "matchingRules": {
                    "header": {"X-Key": {"combine": "AND", "matchers": [{"match": "regex", "regex": "^k[0-9]$"}]}},
                    "body": {
                        "$.order": {"combine": "AND", "matchers": [{"match": "regex", "regex": "^P[0-9]+$"}]},
                        "$.lines": {"combine": "AND", "matchers": [{"match": "type", "min": 1}]},
                        "$.lines[*].quantity": {"combine": "AND", "matchers": [{"match": "number"}]},
                    },
                },
            },
            "response": {"status": 201, "body": {"content": {"reference": "R"}, "contentType": "application/json"}},
        }
    ],
    "metadata": {"pactSpecification": {"version": "4.0"}},
}
V3 = {
    **V4,
    "interactions": [
        {
            "description": "an order",
            "request": {
                **V4["interactions"][0]["request"],
                "headers": {"Content-Type": "application/json", "X-Key": "k1"},
                "body": {"order": "P1", "lines": [{"quantity": 1.5}]},
            },
            "response": {"status": 201, "body": {"reference": "R"}},
        }
    ],
    "metadata": {"pactSpecification": {"version": "3.0.0"}},
}


def read(tmp_path, document):
    path = tmp_path / "a.pact.json"
    path.write_text(document if isinstance(document, str) else json.dumps(document))
    return read_pact(path, path.name)


def heard(body, *, method="POST", path="/orders", query="dry=1", key="k2"):
    headers = (("Content-Type", "application/json"), ("X-Key", key), ("Host", "portal"))
    return Heard(0, method, path, query, headers, json.dumps(body).encode(), 0.0, 201, "whole", True)


GOOD = {"order": "P77", "lines": [{"quantity": 2}, {"quantity": 3.25}]}


@pytest.mark.parametrize("document", [V3, V4], ids=["version 3", "version 4"])
def test_both_versions_say_the_same(tmp_path, document):
    (interaction,) = read(tmp_path, document).interactions
    assert (interaction.method, interaction.path, interaction.status) == ("POST", "/orders", 201)
    assert interaction.query == {"dry": ("1",)}
    assert interaction.request.headers["X-Key"] == ("k1",)
    assert json.loads(interaction.response.body) == {"reference": "R"}
    assert mismatches(interaction, heard(GOOD)) == ()


@pytest.mark.parametrize(
    ("request_", "said"),
    [
        (heard({"lines": [{"quantity": 2}]}), "order"),
        (heard({"order": "P1", "lines": []}), "1"),
        (heard({"order": "P1", "lines": [{"quantity": "two"}]}), "two"),
        (heard({"order": "X1", "lines": [{"quantity": 2}]}), "X1"),
        (heard(GOOD, key="other"), "other"),
        (heard(GOOD, query=""), "dry"),
        (heard(GOOD, path="/order"), "/order"),
        (heard(GOOD, method="PUT"), "PUT"),
    ],
    ids=["field missing", "too few", "not a number", "regex", "header", "query", "path", "method"],
)
def test_what_differs_is_named(tmp_path, request_, said):
    (interaction,) = read(tmp_path, V4).interactions
    assert said in " ".join(mismatches(interaction, request_))


@pytest.mark.parametrize(
    ("document", "said"),
    [
        ("{", "not JSON"),
        ('{"a": 1, "a": 2}', "twice"),
        ("{}", "metadata"),
        ({**V4, "interactions": []}, "no interactions"),
        ({**V4, "metadata": {"pactSpecification": {"version": "2.0.0"}}}, "version 2.0.0"),
        ({**V4, "interactions": V4["interactions"] * 2}, "two interactions"),
        ({**V4, "interactions": [{"type": "Asynchronous/Messages", "description": "m"}]}, "Synchronous/HTTP"),
        ({**V3, "interactions": [{**V3["interactions"][0], "request": {"method": "GET"}}]}, "path"),
    ],
    ids=["no json", "key twice", "no pact", "empty", "version 2", "same name", "message", "no path"],
)
def test_what_is_no_pact_is_refused(tmp_path, document, said):
    with pytest.raises(ContractError, match=r"a\.pact\.json") as raised:
        read(tmp_path, document)
    assert said in raised.value.message


def test_a_file_that_is_not_there_is_named(tmp_path):
    with pytest.raises(ContractError, match="nowhere"):
        read_pact(tmp_path / "nowhere.json", "nowhere.json")
