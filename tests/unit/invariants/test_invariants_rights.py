"""Widened rights are errors, narrowed ones notes."""

from __future__ import annotations

import json

from odoo_gate.invariants.difference import Weight
from odoo_gate.invariants.rights import rights_differences

MODELS = {"model sale": "", "model bill": ""}
GROUPS = {"group clerk": "", "group chief": ""}


def rule(domain, groups="", operations="create read unlink write"):
    return json.dumps({"domain": domain, "groups": groups, "operations": operations})


BEFORE = {
    **MODELS,
    **GROUPS,
    "group clerk on sale": "read",
    "group chief on sale": "read write",
    "everyone on bill": "read",
    "user 5": "clerk",
    "rule own on sale": rule("[('user_id', '=', user.id)]", "clerk"),
    "rule company on sale": rule("[('company_id', 'in', company_ids)]"),
}


def told(after, before=BEFORE):
    found = list(rights_differences(before, after))
    return {
        "errors": [(each.key, each.message) for each in found if each.weight is Weight.ERROR],
        "notes": [(each.key, each.message) for each in found if each.weight is Weight.NOTE],
    }


def test_nothing_changed():
    assert told(BEFORE) == {"errors": [], "notes": []}


def test_a_group_gains_an_operation():
    after = told({**BEFORE, "group clerk on sale": "read unlink"})
    assert after["errors"] == [("group clerk on sale", "may unlink, which it could not before")]


def test_a_group_gains_a_model_that_was_there():
    assert told({**BEFORE, "group clerk on bill": "read"})["errors"]


def test_a_new_model_is_a_note():
    after = told({**BEFORE, "model fresh": "", "group clerk on fresh": "read"})
    assert after["errors"] == []
    assert after["notes"]


def test_everybody_gains():
    assert told({**BEFORE, "everyone on bill": "read write"})["errors"]


def test_taken_away_is_a_note():
    after = told({key: value for key, value in BEFORE.items() if key != "group chief on sale"})
    assert after == {"errors": [], "notes": [("group chief on sale", "may no longer read, write")]}


def test_a_user_joins_a_group():
    assert told({**BEFORE, "user 5": "clerk chief"})["errors"] == [("user 5", "is in chief and was not")]


def test_a_user_becomes_active():
    assert told({**BEFORE, "user 6": "clerk"})["errors"] == [("user 6", "is active and was not")]


def test_a_new_group_gives_its_members_more_on_an_old_model():
    after = {**BEFORE, "group fresh": "", "group fresh on sale": "read write", "user 5": "clerk fresh"}
    assert told(after)["errors"] == [("user 5", "may write sale through fresh, which is new")]


def test_rules():
    without = {key: value for key, value in BEFORE.items() if key != "rule company on sale"}
    assert told(without)["errors"] == [("rule company on sale", "is gone, and narrows nobody any more")]
    opened = told({**BEFORE, "rule own on sale": rule("[(1, '=', 1)]", "clerk")})
    assert opened["errors"][0][1].startswith("allows every record")
    other = told({**BEFORE, "rule own on sale": rule("[('a', '=', 1)]", "clerk")})
    assert other["errors"][0][1].startswith("has another domain")
    released = told({**BEFORE, "rule company on sale": rule("[('company_id', 'in', company_ids)]", "", "write")})
    assert released["errors"] == [("rule company on sale", "no longer narrows create, read, unlink")]
    alternative = told({**BEFORE, "rule all on sale": rule("[(1, '=', 1)]", "clerk")})
    assert alternative["errors"] == [("rule all on sale", "is new, and lets its groups see more")]
    narrowing = told({**BEFORE, "rule chief on sale": rule("[('a', '=', 1)]", "chief")})
    assert narrowing["errors"] == []


def test_a_rule_that_only_narrows_is_a_note():
    both = "[('user_id', '=', user.id), ('state', '=', 'done')]"
    found = told({**BEFORE, "rule own on sale": rule(both, "clerk")})
    assert found["errors"] == []
    assert found["notes"][0][1].startswith("allows fewer records")
    either = "['|', ('user_id', '=', user.id), ('state', '=', 'done')]"
    found = told({**BEFORE, "rule own on sale": rule(either, "clerk")})
    assert found["errors"][0][1].startswith("allows more records")
