"""What the SQL rule takes for a hole, for something to look at, and for sound."""

from __future__ import annotations

import ast

import pytest

from odoo_gate.model import Severity
from odoo_gate.security.code.rules import RULES
from odoo_gate.security.code.source import AddonSource, PythonFile

RULE = next(rule for rule in RULES if rule.name == "sql-built-from-strings")
CLASS = "class Thing(models.Model):\n    _name = 'thing'\n\n    def {name}(self, value, order):\n{body}"

HOLES = {
    "f-string": 'cr.execute(f"SELECT id FROM thing WHERE name = {value}")',
    "percent": "cr.execute(\"SELECT id FROM thing WHERE name = '%s'\" % value)",
    "percent-by-name": "cr.execute(\"SELECT id FROM thing WHERE name = '%(name)s'\" % {'name': value})",
    "plus": 'cr.execute("SELECT id FROM thing ORDER BY " + order)',
    "format": 'cr.execute("SELECT id FROM thing ORDER BY {}".format(order))',
    "format-by-name": 'cr.execute("SELECT id FROM thing ORDER BY {by}".format(by=order))',
    "join": 'cr.execute("SELECT id FROM thing WHERE " + " AND ".join([value]))',
    "variable": 'query = f"SELECT {value}"\ncr.execute(query)',
    "added-later": 'query = "SELECT id FROM thing ORDER BY "\nquery += order\ncr.execute(query)',
    "SQL": 'return SQL(f"SELECT {value}")',
    "by-keyword": 'cr.execute(query=f"SELECT {value}")',
    "all-of-it": "cr.execute(value)",
}
SOUND = {
    "parameters": 'cr.execute("SELECT id FROM thing WHERE name = %s", [value])',
    "table": 'cr.execute(f"SELECT id FROM {self._table} WHERE name = %s", [value])',
    "number": 'cr.execute("SELECT id FROM thing LIMIT %d" % value)',
    "int": 'cr.execute(f"SELECT id FROM thing LIMIT {int(value)}")',
    "constant": 'column = "name"\ncr.execute(f"SELECT {column} FROM thing")',
    "choice": 'by = "name DESC" if value else "name"\ncr.execute("SELECT id FROM thing ORDER BY " + by)',
    "fixed-list": 'assert order in ("name", "date")\ncr.execute(f"SELECT id FROM thing ORDER BY {order}")',
    "loop": 'for column in ("a", "b"):\n    cr.execute(f"SELECT {column} FROM thing")',
    "identifier": 'cr.execute(SQL("SELECT %s FROM thing", SQL.identifier(value)))',
    "psycopg2": 'cr.execute(sql.SQL("SELECT {} FROM thing").format(sql.Identifier(value)))',
    "placeholders": 'cr.execute("SELECT id FROM thing WHERE id IN (%s)" % ",".join(["%s"] * len(value)), value)',
    "no-cursor": 'self.shell.execute(f"SELECT {value}")',
}


def severities(body: str, name: str = "find") -> list[Severity]:
    indented = "".join(f"        {line}\n" for line in body.splitlines())
    text = CLASS.format(name=name, body=indented)
    file = PythonFile("thing.py", text, ast.parse(text))
    return [hit.severity for hit in RULE.examine(AddonSource("thing", (file,), (), (), (), ()))]


@pytest.mark.parametrize("name", HOLES)
def test_what_any_user_can_hand_over_is_an_error(name):
    assert severities(HOLES[name]) == [Severity.ERROR]


@pytest.mark.parametrize("name", SOUND)
def test_what_is_the_developers_own_is_no_finding(name):
    assert severities(SOUND[name]) == []


def test_what_only_other_code_hands_over_is_a_warning():
    assert severities(HOLES["plus"], name="_find") == [Severity.WARNING]


def test_a_value_in_quotes_is_an_error_wherever_it_comes_from():
    assert severities(HOLES["percent"], name="_find") == [Severity.ERROR]
