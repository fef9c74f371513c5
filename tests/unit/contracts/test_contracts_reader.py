"""The independent reader: what fits is read by value, what does not is a fault with its line."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest

from odoo_gate.contracts.data_promises import FileContract
from odoo_gate.contracts.reader import read_file, same

FIXED = {
    "id": "payroll",
    "consumer": "Bureau",
    "owner": "payroll",
    "form": {"format": "fixed-width", "encoding": "ascii", "line_end": "crlf"},
    "production": {"model": "x.export", "method": "make", "field": "content"},
    "cases": [{"name": "one", "records": []}],
    "controls": [{"name": "hours", "stated": "trailer.hours", "sum": "detail.hours"}],
    "records": [
        {
            "name": "detail",
            "identifier": "D",
            "occurs": "1..n",
            "columns": [
                {"name": "record", "width": 1},
                {"name": "day", "type": "date", "width": 8, "format": "yyyyMMdd", "required": True},
                {"name": "code", "width": 4},
                {"name": "hours", "type": "number", "width": 6, "scale": 2, "sign": "always", "required": True},
            ],
        },
        {
            "name": "trailer",
            "identifier": "Z",
            "occurs": "1",
            "columns": [
                {"name": "record", "width": 1},
                {"name": "hours", "type": "number", "width": 6, "scale": 2, "sign": "always"},
            ],
        },
    ],
}
GOOD = b"D20310331AB  +00750\r\nD20310330    -00150\r\nZ+00600\r\n"


def contract(**changes):
    return FileContract.model_validate({**FIXED, **changes})


def test_a_file_that_fits():
    records, faults = read_file(contract(), GOOD)
    assert faults == []
    assert records[0].values == {
        "record": "D",
        "day": date(2031, 3, 31),
        "code": "AB",
        "hours": Decimal("7.50"),
    }
    assert [record.values["hours"] for record in records] == [Decimal("7.50"), Decimal("-1.50"), Decimal("6.00")]


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (GOOD.replace(b"AB  ", b" AB  "), "20 characters, not 19"),
        (GOOD.replace(b"AB  ", b" AB "), "not aligned left"),
        (GOOD.replace(b"AB  +00750", b"AB   +0075"), "no number"),
        (GOOD.replace(b"+00750", b"000750"), "sign always"),
        (GOOD.replace(b"20310331", b"20310231"), "no date"),
        (GOOD.replace(b"20310331", b"        "), "is empty"),
        (GOOD.replace(b"\r\n", b"\n"), "does not end with crlf"),
        (GOOD[:-2], "last line"),
        (GOOD.replace(b"AB", b"\xc3\xa9"), "cannot be read as ascii"),
        (GOOD + b"X\r\n", "no known record"),
        (b"Z+00600\r\n" + GOOD, "comes after"),
        (GOOD + b"Z+00600\r\n", "there are 2 readable records trailer"),
        (b"Z+00600\r\n", "there are 0 readable records detail"),
        (b"", "there are 0 readable records trailer"),
    ],
)
def test_what_does_not_fit_is_a_fault(content, says):
    _, faults = read_file(contract(), content)
    assert any(says in fault.message for fault in faults), faults


CSV = {
    "form": {"format": "csv", "encoding": "utf-8", "line_end": "lf", "separator": ";", "decimal": ","},
    "records": [
        {
            "name": "row",
            "columns": [
                {"name": "name", "required": True},
                {"name": "amount", "type": "number", "scale": 2},
                {"name": "kind", "values": ["in", "out"]},
            ],
        }
    ],
    "controls": [{"name": "rows", "count": "row", "sql": "SELECT 1"}],
}


def test_a_csv_file_that_fits():
    records, faults = read_file(contract(**CSV), 'name;amount;kind\n"Käse; alt";-12,50;in\nB;3,00;out\n'.encode())
    assert faults == []
    assert [tuple(record.values.values()) for record in records] == [
        ("Käse; alt", Decimal("-12.50"), "in"),
        ("B", Decimal("3.00"), "out"),
    ]


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b"name;kind;amount\nA;1,00;in\n", "the header names"),
        (b"name;amount;kind\nA;1.00;in\n", "no number"),
        (b"name;amount;kind\nA;1,0;in\n", "no number"),
        (b"name;amount;kind\nA;1,00;up\n", "not one of in, out"),
        (b"name;amount;kind\nA;1,00\n", "2 fields, not 3"),
        (b"name;amount;kind\r\nA;1,00;in\r\n", "does not end with lf"),
    ],
)
def test_what_does_not_fit_in_csv_is_a_fault(content, says):
    _, faults = read_file(contract(**CSV), content)
    assert any(says in fault.message for fault in faults), faults


def test_values_are_compared_by_value():
    assert same(Decimal("7.50"), "7.5")
    assert same(date(2031, 3, 31), "2031-03-31")
    assert not same(Decimal("7.50"), "seven")
    assert not same("AB", "ab")


def test_a_control_compares_at_least_two_sources():
    with pytest.raises(ValueError, match="at least two"):
        contract(controls=[{"name": "hours", "stated": "trailer.hours"}])


def test_a_control_names_what_is_there():
    with pytest.raises(ValueError, match=r"detail\.hour, which is no"):
        contract(controls=[{"name": "hours", "stated": "trailer.hours", "sum": "detail.hour"}])
